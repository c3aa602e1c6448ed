//! `cargo xtask test`: the suites, each with what passed, failed and was skipped, by name.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::{
    artefacts,
    command::{self, Compiler, cargo, cargo_of_all, command, shown},
    macos, setup, windows,
};

#[derive(clap::Args)]
pub struct Arguments {
    /// Suites; all of them without a name
    #[arg(value_enum)]
    suites: Vec<Suite>,
}

/// A suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Suite {
    /// Formatting, lints, and the tests of each crate and package
    Unit,
    /// The Identity Server's nodes, killed ones too, and programs of others that talk to it
    Identity,
    /// The agent with cards, readers, programs and faults, without a browser
    Agent,
    /// Documents signed through the real dialog, judged by programs of others
    Signing,
    /// Page to card and back, in a real browser
    Road,
    /// The packed npm package, in each environment that uses it
    Sdk,
    /// The agent of Windows, compiled here and run under Wine, where these can be had
    Windows,
    /// The agent of macOS, type-checked and not run
    Macos,
}

/// What a suite did.
#[derive(Debug, Default)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: Vec<String>,
    broken: Vec<String>,
    /// What it said, of one that runs beside others.
    held: Option<Vec<String>>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    setup::check_node()?;
    setup::install()?;
    let wanted = |suite| arguments.suites.is_empty() || arguments.suites.contains(&suite);
    let mut tallies = Vec::new();
    if wanted(Suite::Unit) {
        let mut tally = Tally::default();
        unit(&mut tally)?;
        tallies.push((Suite::Unit, tally));
    }
    let by_name: Vec<_> = BY_NAME.into_iter().filter(|(suite, _)| wanted(*suite)).collect();
    if !by_name.is_empty() {
        setup::python_packages()?;
        setup::node_outsiders()?;
        if wanted(Suite::Sdk) {
            setup::bundlers()?;
        }
        if wanted(Suite::Windows)
            && let Err(error) = setup::packages(&windows::PACKAGES)
        {
            // What is missing is skipped by name.
            println!("{error}");
        }
        artefacts::build(COMPILER)?;
        tallies.extend(run_by_name(&by_name)?);
    }
    println!();
    for (suite, tally) in &tallies {
        println!("suite {suite:?}: {}", tally.line());
        tally.skipped.iter().for_each(|name| println!("  skipped: {name}"));
        tally.broken.iter().for_each(|name| println!("  failed: {name}"));
    }
    let bad = tallies.iter().any(|(_, tally)| !tally.is_good());
    if bad { bail!("some tests failed") } else { Ok(()) }
}

/// In two lanes side by side, so that both cores have something to do while browsers and cards are
/// waited for; in each, one suite after the other.
fn run_by_name(suites: &[(Suite, &str)]) -> Result<Vec<(Suite, Tally)>> {
    let (beside, others): (Vec<_>, Vec<_>) =
        suites.iter().copied().partition(|(suite, _)| BESIDE.contains(suite));
    thread::scope(|scope| {
        let beside = scope.spawn(move || lane(&beside, || Some(Vec::new())));
        let mut tallies = lane(&others, || None)?;
        for (suite, mut tally) in beside.join().map_err(|_| anyhow!("it panicked"))?? {
            tally.held.take().into_iter().flatten().for_each(|line| println!("{line}"));
            tallies.push((suite, tally));
        }
        Ok(tallies)
    })
}

/// `held` is where each keeps what it says, if not on the terminal.
fn lane(
    suites: &[(Suite, &str)],
    held: fn() -> Option<Vec<String>>,
) -> Result<Vec<(Suite, Tally)>> {
    let run = |(suite, name): &(Suite, &str)| {
        let mut tally = Tally { held: held(), ..Tally::default() };
        match suite {
            Suite::Windows => tally.windows(name)?,
            Suite::Macos => tally.macos(name)?,
            _ => tally.suite(name, &[])?,
        }
        Ok((*suite, tally))
    };
    suites.iter().map(run).collect()
}

fn unit(tally: &mut Tally) -> Result<()> {
    tally.step("rustfmt", cargo().args(["fmt", "--all", "--check"]))?;
    tally.step("clippy", cargo_of_all("build", COMPILER).args(["--quiet", "--all-targets"]))?;
    let of_tests = BY_NAME.into_iter().filter(|(suite, _)| *suite != Suite::Macos);
    let by_name = of_tests.flat_map(|(_, name)| ["--test", name]);
    let mut suites = cargo_of_all("build", COMPILER);
    tally.step("clippy of the suites", suites.arg("--quiet").args(by_name))?;
    let mut tests = cargo_of_all("test", COMPILER);
    tests.args(["--no-fail-fast", "--", "--show-output"]);
    // The card crate's tests put the emulated card into a reader.
    tests.env("WARDKEY_CARD_SIMULATOR", command::built()?.join("wardkey-card-simulator"));
    tally.cargo_test(&mut tests)?;
    artefacts::programs(&[], COMPILER)?;
    artefacts::npm_package(&command::built()?)?;
    artefacts::extension()?;
    setup::web_ext()?;
    let mut lint = command("node");
    lint.arg("tests/outsiders/web-ext/node_modules/web-ext/bin/web-ext.js");
    lint.args(["lint", "--warnings-as-errors", "--no-config-discovery"]);
    lint.args(["--source-dir", "extension/dist/firefox"]);
    tally.step("web-ext lint", &mut lint)?;
    setup::typedoc()?;
    for folder in ["sdk-wasm/npm", "extension"] {
        let mut install = command("npm");
        install.args(["ci", "--silent", "--no-audit", "--no-fund", "--prefix", folder]);
        command::run(&mut install)?;
        let mut check = command("npm");
        check.args(["run", "--silent", "check", "--prefix", folder]);
        tally.step(&format!("types of {folder}"), &mut check)?;
        tally.node_test(command("npm").args(["test", "--silent", "--prefix", folder]))?;
    }
    // As it was just built: the file of this one is gone.
    let mut site = Command::new(command::built()?.join("xtask"));
    site.args(["package", "site", "--programs"]).arg(command::built()?);
    tally.step(
        "package site",
        site.arg("--out").arg(command::repository().join("target/tmp/site")),
    )?;
    Ok(())
}

impl Tally {
    fn line(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped.len())
    }

    /// A suite that ran nothing, and does not say why, is no success.
    fn is_good(&self) -> bool {
        let ran = self.passed > 0 || !self.skipped.is_empty();
        self.failed == 0 && self.broken.is_empty() && ran
    }

    fn say(&mut self, line: String) {
        match &mut self.held {
            Some(held) => held.push(line),
            None => println!("{line}"),
        }
    }

    /// A check that passes or fails as a whole.
    fn step(&mut self, name: &str, command: &mut Command) -> Result<()> {
        println!("{}", shown(command));
        if command.status()?.success() {
            self.passed += 1;
        } else {
            self.failed += 1;
            self.broken.push(name.to_owned());
        }
        Ok(())
    }

    /// One of the suites that run by name.
    fn suite(&mut self, name: &str, environment: &[(&str, PathBuf)]) -> Result<()> {
        let mut tests = cargo_of_all("test", COMPILER);
        tests.envs(environment.iter().cloned());
        self.cargo_test(tests.args(["--test", name, "--", "--test-threads=1"]))
    }

    /// The suite of Windows, as far as it can be had here.
    fn windows(&mut self, name: &str) -> Result<()> {
        let tools = match windows::Tools::find() {
            Ok(tools) => tools,
            Err(why) => return self.skip(&format!("{name}: {why}")),
        };
        for mut compile in tools.compile()? {
            self.step("compiled for Windows", &mut compile)?;
        }
        match tools.environment() {
            // What does not compile is not run.
            _ if self.failed > 0 => Ok(()),
            Ok(environment) => self.suite(name, &environment),
            Err(why) => self.skip(&format!("{name}: compiled, not run: {why}")),
        }
    }

    /// What the compiler says of macOS, where it can be asked.
    fn macos(&mut self, name: &str) -> Result<()> {
        match macos::check() {
            Ok(mut check) => self.step("type-checked for macOS", &mut check),
            Err(why) => self.skip(&format!("{name}: {why}")),
        }
    }

    fn skip(&mut self, why: &str) -> Result<()> {
        self.say(format!("SKIPPED {why}"));
        self.skipped.push(why.to_owned());
        Ok(())
    }

    fn cargo_test(&mut self, command: &mut Command) -> Result<()> {
        self.listen(command, |tally, line| {
            let Some(result) = line.strip_prefix("test result: ") else { return };
            let count = |what: &str| -> usize {
                let before = result.split(what).next().unwrap_or_default();
                let number = before.trim_end().rsplit([' ', '.']).next().unwrap_or_default();
                number.parse().unwrap_or_default()
            };
            tally.passed += count("passed");
            tally.failed += count("failed");
        })
    }

    fn node_test(&mut self, command: &mut Command) -> Result<()> {
        self.listen(command, |tally, line| {
            let line = line.trim_start_matches(['#', 'ℹ', ' ']);
            let number = |name: &str| -> usize {
                line.strip_prefix(name).and_then(|n| n.trim().parse().ok()).unwrap_or_default()
            };
            tally.passed += number("pass ");
            tally.failed += number("fail ");
        })
    }

    fn listen(&mut self, command: &mut Command, hear: fn(&mut Self, &str)) -> Result<()> {
        self.say(shown(command));
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("no output")?;
        let before = self.passed + self.failed;
        let mut why = Why::default();
        for line in BufReader::new(output).lines() {
            let line = line?;
            self.broken.extend(why.heard(&line));
            let said = line.trim_start();
            let skipped = said.strip_prefix("SKIPPED ").or_else(|| said.strip_prefix("skipped: "));
            if let Some(name) = skipped {
                self.skipped.push(name.to_owned());
            }
            hear(self, &line);
            self.say(line);
        }
        let status = child.wait()?;
        let ran = self.passed + self.failed > before;
        if !status.success() || !ran {
            self.broken.push(format!("{}: {status}", shown(command)));
        }
        Ok(())
    }
}

/// Tests are built and linted in one.
const COMPILER: Compiler = Compiler::Clippy;
/// The suites that are not run unless they are named: those of `tests`, which need the programs, and macOS.
const BY_NAME: [(Suite, &str); 7] = [
    (Suite::Identity, "identity"),
    (Suite::Agent, "agent"),
    (Suite::Signing, "signing"),
    (Suite::Road, "road"),
    (Suite::Sdk, "sdk"),
    (Suite::Windows, "windows"),
    (Suite::Macos, "macos"),
];

/// Those of the second lane.
const BESIDE: [Suite; 5] =
    [Suite::Identity, Suite::Signing, Suite::Sdk, Suite::Windows, Suite::Macos];

/// Finds in a test runner's output what failed and the first lines of why.
#[derive(Default)]
struct Why {
    among_failures: bool,
    lines_left: usize,
}

impl Why {
    const LINES: usize = 6;

    /// What of the line belongs into the closing lines.
    fn heard(&mut self, line: &str) -> Option<String> {
        let ended = line.starts_with("test result: ") || line == "successes:";
        self.among_failures = !ended && (self.among_failures || line == "failures:");
        if !self.among_failures || line == "failures:" {
            self.lines_left = 0;
            return None;
        }
        let name = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" ----"));
        if let Some(name) = name {
            self.lines_left = Self::LINES;
            return Some(name.to_owned());
        }
        let said = self.lines_left > 0 && !line.trim().is_empty();
        self.lines_left = self.lines_left.saturating_sub(usize::from(said));
        said.then(|| format!("  {line}"))
    }
}
