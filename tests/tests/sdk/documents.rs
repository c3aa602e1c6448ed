//! What the documents have people type and write: each command line is one that its program takes, and
//! each file is one that its reader takes. `sdk-wasm/npm/test/blocks.test.mjs` knows which block is
//! whose.

use std::{fs, process::Command};

use anyhow::{Context as _, Result, ensure};
use wardkey_tests::stage::built;

use super::world::{Test, World, repository};

pub const TRIALS: &[(&str, Test)] = &[
    ("documents::every_command_line_is_one_that_its_program_takes", commands),
    ("documents::a_program_in_the_policy_and_people_of_the_simulator", files),
];

fn commands(_: &mut World) -> Result<()> {
    let mut checked = 0;
    for document in DOCUMENTS {
        let mut found = 0;
        for (language, text) in blocks(document)? {
            if ["", "sh", "ini"].contains(&language.as_str()) {
                for line in text.replace("\\\n", " ").lines() {
                    found +=
                        usize::from(takes(line).with_context(|| format!("{document}: {line}"))?);
                }
            }
        }
        ensure!(found > 0, "{document} has none");
        checked += found;
    }
    println!("{checked} command lines");
    Ok(())
}

/// Whether a line calls one of our programs, which then has to know the command and its options.
fn takes(line: &str) -> Result<bool> {
    let line = line.split(" #").next().unwrap_or_default();
    let plain = line.replace(['"', '$', '(', ')', '[', ']', '|', '='], " ");
    let mut words = plain.split_whitespace();
    let program = loop {
        let Some(word) = words.next() else { return Ok(false) };
        let name = word.rsplit('/').next().unwrap_or_default();
        match name {
            "wardkey-host" | "wardkey-identity" | "wardkey-simulator" => break name,
            "xtask" => break name,
            _ => {}
        }
    };
    // Until another command begins.
    let words: Vec<_> = words.take_while(|word| !["&&", "&", "<", "…"].contains(word)).collect();
    let is_name = |word: &&&str| word.chars().all(|it| it.is_ascii_lowercase() || it == '-');
    let command: Vec<_> =
        words.iter().take_while(is_name).take_while(|word| !word.starts_with('-')).collect();
    ensure!(!command.is_empty(), "no command");
    let output = Command::new(built(program)?).args(&command).arg("--help").output()?;
    let trouble = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {command:?}: {trouble}");
    let help = String::from_utf8_lossy(&output.stdout);
    let known: Vec<_> = help.split(|it: char| it.is_whitespace() || "[],=<".contains(it)).collect();
    for option in words.iter().filter(|word| word.starts_with("--")) {
        ensure!(known.contains(option), "{program} {command:?} has no {option}");
    }
    Ok(true)
}

fn files(_: &mut World) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let policy = format!("{SERVER}{}", toml("docs/ticket-api.md")?);
    let file = folder.path().join("policy.toml");
    fs::write(&file, policy)?;
    let mut check = Command::new(built("wardkey-host")?);
    let output = check.args(["policy", "check"]).arg(&file).output()?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&said));

    // Who is there is said to whoever asks for somebody else.
    let file = folder.path().join("users.toml");
    fs::write(&file, toml("docs/simulator.md")?)?;
    let mut run = Command::new(built("wardkey-simulator")?);
    run.arg("run").arg("--users").arg(&file).arg("--folder").arg(folder.path().join("simulation"));
    let output = run.args(["--insert", "Nobody"]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said.contains("there are Maya Patel"), "{said}");
    Ok(())
}

fn toml(document: &str) -> Result<String> {
    let mut blocks = blocks(document)?.into_iter();
    let block = blocks.find(|(language, _)| language == "toml");
    block.map(|(_, text)| text).with_context(|| format!("{document} has no TOML"))
}

/// The language and the text of each block.
pub fn blocks(document: &str) -> Result<Vec<(String, String)>> {
    let text =
        fs::read_to_string(repository().join(document)).with_context(|| document.to_owned())?;
    let parts = format!("\n{text}");
    let blocks = parts.split("\n```").skip(1).step_by(2);
    let block = |block: &str| -> Option<(String, String)> {
        block.split_once('\n').map(|(language, text)| (language.to_owned(), text.to_owned()))
    };
    Ok(blocks.filter_map(block).collect())
}

/// Those that have command lines of ours.
const DOCUMENTS: &[&str] = &[
    "CONTRIBUTING.md",
    "README.md",
    "docs/deploying.md",
    "docs/doctor.md",
    "docs/identity-server.md",
    "docs/passcode.md",
    "docs/policy.md",
    "docs/simulator.md",
    "docs/testing.md",
    "docs/ticket-api.md",
    "identity-server/README.md",
];

/// What a policy has besides.
pub const SERVER: &str = r#"
[[server]]
url = "https://id.example"
name = "Server"
authority = "/nowhere.pem"

[[origin]]
origin = "https://ward.example"
capabilities = ["sign_in", "ticket"]

"#;
