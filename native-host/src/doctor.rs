//! `doctor`: what is installed, what works, and what to do about the rest.
//!
//! It needs no administrator rights, changes nothing, and tells nothing of persons. Everything that
//! can hang, a driver, a module, a server, is waited for in a thread or a process of its own.

mod agent;
mod browsers;
mod bundle;
mod cards;
mod certificates;
mod codes;
mod desktop;
mod extension;
mod host;
mod managed;
mod manifests;
mod modules;
mod policy;
mod process;
mod programs;
mod readers;
mod remote;
mod server;
mod system;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use wardkey_agent_link::Instance;
use wardkey_protocol::{
    own::{Finding, FindingState, Report},
    version::BUILD,
};

use crate::{
    clock,
    dialog::words::Language,
    policy::{Policy, PolicyError},
};
use codes::Code;
use system::System;

pub use process::examine as examine_for_extension;

/// What to examine, and how to report.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write a support bundle, a zip without secrets and names, to a new file
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// How long each module, reader and server may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=30))]
    timeout: u64,
    /// The extension asks: it is there, and its browser has found this host
    #[arg(long, hide = true)]
    from_extension: bool,
}

/// Examines everything, and prints it.
///
/// # Errors
///
/// When there is a problem, so that scripts see it by the exit status, or when the bundle can't be
/// written.
pub fn run(arguments: &Arguments, instance: &Instance) -> anyhow::Result<()> {
    let report = examine(arguments, instance);
    // Who reads what is printed may stop before its end.
    let patience = Duration::from_secs(arguments.timeout);
    let bundle = arguments.bundle.as_ref();
    let bundled = bundle.map(|file| bundle::write(file, &report, instance, patience));
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        let language = Language::of_desktop(|name| std::env::var(name).ok());
        print!("{}", text(&report, language));
    }
    bundled.transpose()?;
    if let Some(file) = bundle.filter(|_| !arguments.json) {
        println!("The support bundle is {}.", file.display());
    }
    let problems = count(&report, FindingState::Problem);
    anyhow::ensure!(problems == 0, "{}", policy::counted(problems, "problem"));
    Ok(())
}

/// The report as people read it. What a finding says of this very computer stays English, for those who
/// help.
fn text(report: &Report, language: &Language) -> String {
    let mut text = String::new();
    for Finding { code, state, found, remedy, .. } in &report.findings {
        let mark = match state {
            FindingState::Ok => "ok",
            FindingState::Warning => "warning",
            FindingState::Problem => "PROBLEM",
        };
        let (means, remedy) = language.finding(code).unwrap_or((found, remedy));
        text += &format!("{mark:<8} {code:<26} {means}\n");
        if means != found {
            text += &format!("{:<35}   {found}\n", "");
        }
        if !remedy.is_empty() {
            text += &format!("{:<35} → {remedy}\n", "");
        }
    }
    text
}

/// Every finding's code, with what it means and what to do about it.
#[cfg(test)]
pub(crate) fn codes() -> Vec<(&'static str, &'static str, &'static str)> {
    Code::ALL.iter().map(|code| (code.as_str(), code.means(), code.remedy())).collect()
}

fn count(report: &Report, state: FindingState) -> usize {
    report.findings.iter().filter(|finding| finding.state == state).count()
}

/// From the browser down to the card and out to the server.
fn examine(arguments: &Arguments, instance: &Instance) -> Report {
    let patience = Duration::from_secs(arguments.timeout);
    let read = {
        let instance = instance.clone();
        within(patience, move || Policy::load(&instance))
    };
    let silent = read.is_none();
    let computer = Arc::new(Computer {
        system: System::this(|name| std::env::var_os(name)),
        policy: read.unwrap_or_else(|| Ok(Policy::default())),
        no_policy: Policy::default(),
        patience,
    });
    let from_extension = arguments.from_extension;
    let mut checks = vec![
        computer.check(Code::FilesSilent, move |it| installed(it, from_extension)),
        computer.check(Code::ServerSilent, |it| {
            server::examine(&it.in_force().servers, it.patience, clock::now)
        }),
        computer.check(Code::RemoteUnreachable, |it| {
            remote::examine(&it.in_force().cards.remote, it.patience, clock::now)
        }),
        computer.check(Code::ModuleHangs, cards),
        computer.check(Code::PolicyDesktopUnheard, |it| {
            desktop::findings(it.in_force(), it.patience, desktop::listen)
        }),
        computer.check(Code::ProgramSilent, |it| {
            programs::findings(&it.in_force().programs, it.patience)
        }),
    ];
    let met = {
        let instance = instance.clone();
        within(patience + SLACK, move || agent::meet(&instance, patience))
    };
    let met =
        met.unwrap_or_else(|| agent::Met { finding: Code::AgentUnreachable.found(), since: None });
    let mut findings = vec![met.finding];
    if silent {
        findings.push(Code::PolicySilent.found());
    } else {
        let instance = instance.clone();
        checks.push(computer.check(Code::PolicySilent, move |it| {
            let file = Policy::file(&instance);
            let stands = Policy::as_it_stands(&instance).unwrap_or_default();
            let mut findings = policy::findings(&it.policy, stands, file.as_deref(), met.since);
            if Policy::admit_instance(&instance).is_err() {
                findings.push(Code::InstanceForbidden.found());
            }
            findings
        }));
    }
    findings.extend(checks.into_iter().flat_map(Check::findings));
    findings.sort_by_key(|finding| finding.subject);
    Report { host: BUILD.to_owned(), time: clock::now().to_string(), findings }
}

/// What is examined.
struct Computer {
    system: System,
    policy: Result<Policy, PolicyError>,
    /// What counts where the policy can't be read.
    no_policy: Policy,
    patience: Duration,
}

/// A check under way.
struct Check {
    silent: Code,
    until: Instant,
    findings: Receiver<Vec<Finding>>,
}

impl Computer {
    fn in_force(&self) -> &Policy {
        self.policy.as_ref().unwrap_or(&self.no_policy)
    }

    /// Starts a check, of which this is said where it does not end.
    fn check(
        self: &Arc<Self>,
        silent: Code,
        check: impl FnOnce(&Self) -> Vec<Finding> + Send + 'static,
    ) -> Check {
        let computer = self.clone();
        // Longer than what it waits for by itself, one after the other.
        let until = Instant::now() + self.patience * 3 + SLACK;
        Check { silent, until, findings: begin(move || check(&computer)) }
    }
}

impl Check {
    fn findings(self) -> Vec<Finding> {
        let left = self.until.saturating_duration_since(Instant::now());
        match self.findings.recv_timeout(left) {
            Ok(findings) => findings,
            Err(RecvTimeoutError::Timeout) => vec![self.silent.found()],
            // A check that fell over says nothing; the others do.
            Err(RecvTimeoutError::Disconnected) => Vec::new(),
        }
    }
}

fn installed(computer: &Computer, from_extension: bool) -> Vec<Finding> {
    let system = &computer.system;
    let program = std::env::current_exe().ok();
    let installed = browsers::installed(system);
    let mut findings = browsers::findings(&installed);
    if from_extension {
        findings.extend([extension::it_asked(), manifests::it_asked()]);
    } else {
        let (program, more) = (program.as_deref(), computer.in_force().extensions.as_slice());
        findings.extend(extension::findings(system, &installed, more));
        findings.extend(manifests::findings(system, &installed, program, more));
    }
    findings.extend(host::findings(system, program.as_deref()));
    findings
}

fn cards(computer: &Computer) -> Vec<Finding> {
    let (policy, patience) = (computer.in_force(), computer.patience);
    let (readers, mut findings) = readers::examine(policy.simulation.socket.as_deref(), patience);
    let answered = modules::ask(policy.ways(), patience);
    findings.extend(modules::findings(&answered));
    let has_service = readers.is_some();
    let readers = readers.unwrap_or_default();
    let cards = cards::read(&readers, &answered);
    // Without a service nobody knows whether there is a card.
    if has_service || !cards.is_empty() {
        findings.extend(cards::findings(&readers, &answered, &cards));
        findings.extend(certificates::findings(&cards, clock::now()));
    }
    findings
}

/// What a call returns, unless it takes longer than that; then its thread is left behind.
fn within<T: Send + 'static>(
    patience: Duration,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    begin(call).recv_timeout(patience).ok()
}

fn begin<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (sender, result) = mpsc::channel();
    thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(call());
    });
    result
}

/// For what a check does beside waiting.
const SLACK: Duration = Duration::from_secs(3);
const FROM_EXTENSION: &str = "--from-extension";

#[cfg(test)]
mod tests;
