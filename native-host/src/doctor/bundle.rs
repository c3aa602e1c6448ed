//! The support bundle: the report, and what else helps those who help, in one zip. No passcode,
//! ticket, person's name or card's serial number is in it.

mod log;
mod redact;
mod system;
mod zip;

use std::{io::Write as _, path::Path, time::Duration};

use anyhow::Context as _;
use wardkey_agent_link::Instance;
use wardkey_protocol::own::Report;

use super::{policy, text, within};
use crate::{dialog::words::Language, policy::Policy, private};
use redact::Redactor;
use zip::Zip;

/// Writes the bundle to a new file that its user alone may read. What can't be read in time is left out.
///
/// # Errors
///
/// Where the file is there already, or can't be written.
pub fn write(
    file: &Path,
    report: &Report,
    instance: &Instance,
    patience: Duration,
) -> anyhow::Result<()> {
    let variable = |name: &str| std::env::var(name).ok();
    let redactor = Redactor::new(variable);
    // One that can't be read may hold anything, and a drive may be silent.
    let policy = {
        let instance = instance.clone();
        within(patience, move || Policy::as_it_stands(&instance))
    };
    let view = policy.and_then(Result::ok).map(policy::view);
    let log = {
        let file = instance.log();
        within(patience, move || log::tail(&file)).flatten()
    };
    let mut readme = README.to_owned();
    for key in view.iter().flat_map(|view| &view.left_out) {
        readme += &format!("- of the policy: {key}\n");
    }
    if let Some(log) = &log {
        readme += &format!("- of the agent's log: {} lines\n", log.left_out);
    }
    let mut files = vec![
        ("README.txt", readme),
        ("report.txt", text(report, Language::english())),
        ("report.json", serde_json::to_string_pretty(report)?),
        ("system.json", format!("{:#}\n", system::facts(variable))),
    ];
    if let Some(view) = &view {
        files.push(("policy.json", format!("{:#}\n", view.shown)));
    }
    files.extend(log.map(|log| ("agent.log", log.lines)));

    let mut zip = Zip::default();
    for (name, content) in files {
        zip.add(&format!("{FOLDER}/{name}"), redactor.redact(&content).as_bytes());
    }
    let mut options = private::options();
    let mut out = options
        .write(true)
        .create_new(true)
        .open(file)
        .with_context(|| file.display().to_string())?;
    out.write_all(&zip.finish()).with_context(|| file.display().to_string())
}

const FOLDER: &str = "wardkey-support";
const README: &str = "\
Support bundle of wardkey-host doctor

report.txt   what was found, as people read it
report.json  the same with all details
system.json  kernel, distribution and desktop
policy.json  the policy in force, where there is one
agent.log    the end of the agent's log, where there is one

`~` stands for the user's home folder, `<user>` for the account's name. Long numbers, and texts that
could be keys or tickets, are replaced by `…`.

Left out:
- the audit record
- names of persons, and numbers of cards and certificates
";

#[cfg(test)]
mod tests;
