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
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use wardkey_agent_link::Instance;
use wardkey_protocol::{
    own::{Finding, FindingState, Report},
    version::BUILD,
};

use crate::{clock, policy::Policy};
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
    if let Some(file) = &arguments.bundle {
        bundle::write(file, &report, instance)?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", text(&report));
        let written = arguments.bundle.as_deref().map(Path::display);
        written.iter().for_each(|file| println!("The support bundle is {file}."));
    }
    let problems = count(&report, FindingState::Problem);
    anyhow::ensure!(problems == 0, "{}", policy::counted(problems, "problem"));
    Ok(())
}

/// The report as people read it.
fn text(report: &Report) -> String {
    let mut text = String::new();
    for Finding { code, state, found, remedy, .. } in &report.findings {
        let mark = match state {
            FindingState::Ok => "ok",
            FindingState::Warning => "warning",
            FindingState::Problem => "PROBLEM",
        };
        text += &format!("{mark:<8} {code:<26} {found}\n");
        if !remedy.is_empty() {
            text += &format!("{:<35} → {remedy}\n", "");
        }
    }
    text
}

fn count(report: &Report, state: FindingState) -> usize {
    report.findings.iter().filter(|finding| finding.state == state).count()
}

/// From the browser down to the card and out to the server.
fn examine(arguments: &Arguments, instance: &Instance) -> Report {
    let patience = Duration::from_secs(arguments.timeout);
    let system = System::this(|name| std::env::var_os(name));
    let policy = Policy::load(instance);
    let empty = Policy::default();
    let in_force = policy.as_ref().unwrap_or(&empty);
    let mut findings = thread::scope(|scope| {
        let installed = scope.spawn(|| installed(&system, in_force, arguments.from_extension));
        let servers = scope.spawn(|| server::examine(&in_force.servers, patience, clock::now));
        let services = &in_force.cards.remote;
        let services = scope.spawn(|| remote::examine(services, patience, clock::now));
        let cards = scope.spawn(|| cards(in_force, patience));
        let met = agent::meet(instance, patience);
        let file = Policy::file(instance);
        let stands = Policy::as_it_stands(instance).unwrap_or_default();
        let mut findings = policy::findings(&policy, stands, file.as_deref(), met.since);
        findings.extend(desktop::findings(in_force, patience, desktop::listen));
        findings.extend(programs::findings(&in_force.programs));
        findings.push(met.finding);
        if Policy::admit_instance(instance).is_err() {
            findings.push(codes::Code::InstanceForbidden.found());
        }
        for thread in [installed, servers, services, cards] {
            // A check that fell over says nothing; the others do.
            findings.extend(thread.join().unwrap_or_default());
        }
        findings
    });
    findings.sort_by_key(|finding| finding.subject);
    Report { host: BUILD.to_owned(), time: clock::now().to_string(), findings }
}

fn installed(system: &System, policy: &Policy, from_extension: bool) -> Vec<Finding> {
    let program = std::env::current_exe().ok();
    let installed = browsers::installed(system);
    let mut findings = browsers::findings(&installed);
    if from_extension {
        findings.extend([extension::it_asked(), manifests::it_asked()]);
    } else {
        let (program, more) = (program.as_deref(), policy.extensions.as_slice());
        findings.extend(extension::findings(system, &installed, more));
        findings.extend(manifests::findings(system, &installed, program, more));
    }
    findings.extend(host::findings(system, program.as_deref()));
    findings
}

fn cards(policy: &Policy, patience: Duration) -> Vec<Finding> {
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
    let (sender, result) = mpsc::channel();
    thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(call());
    });
    result.recv_timeout(patience).ok()
}

const FROM_EXTENSION: &str = "--from-extension";

#[cfg(test)]
mod tests;
