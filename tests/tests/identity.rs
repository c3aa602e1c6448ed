//! The Identity Server as its processes: several nodes, killed nodes, and programs of others that
//! talk to it.

#[path = "identity/administration.rs"]
mod administration;
#[path = "identity/console.rs"]
mod console;
#[path = "identity/doors.rs"]
mod doors;
#[path = "identity/killed.rs"]
mod killed;
#[path = "identity/legacy.rs"]
mod legacy;
#[path = "identity/listener.rs"]
mod listener;
#[path = "identity/nodes.rs"]
mod nodes;
#[path = "identity/oidc.rs"]
mod oidc;
#[path = "identity/one_node.rs"]
mod one_node;
#[path = "identity/outsiders.rs"]
mod outsiders;
#[path = "identity/provider.rs"]
mod provider;
#[path = "identity/running.rs"]
mod running;
#[path = "identity/session_service.rs"]
mod session_service;
#[path = "identity/trouble.rs"]
mod trouble;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let all = [
        nodes::TRIALS,
        killed::TRIALS,
        administration::TRIALS,
        console::TRIALS,
        oidc::TRIALS,
        provider::TRIALS,
        session_service::TRIALS,
        legacy::TRIALS,
        running::TRIALS,
        doors::TRIALS,
        trouble::TRIALS,
        outsiders::TRIALS,
    ];
    let trials = all.into_iter().flatten().map(|(name, test)| {
        let test = *test;
        Trial::test(*name, move || test().map_err(|error| Failed::from(format!("{error:#}"))))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A test with its name.
type Named = (&'static str, fn() -> anyhow::Result<()>);

/// Sessions that last as long as a test, and as many requests as it likes.
fn untimed(config: &mut toml::Table) {
    if let Some(session) = config.get_mut("session").and_then(toml::Value::as_table_mut) {
        session.insert("lease_seconds".to_owned(), toml::Value::Integer(3600));
    }
    let none = [("requests_per_second", 0), ("logins_per_minute", 0)];
    let limits = none.map(|(name, limit)| (name.to_owned(), toml::Value::Integer(limit)));
    config.insert("limits".to_owned(), toml::Table::from_iter(limits).into());
}

const ORIGIN: &str = "http://localhost:8300";
