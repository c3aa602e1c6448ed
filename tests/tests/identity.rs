//! The Identity Server as its processes: several nodes, killed nodes, and programs of others that
//! talk to it.

#[path = "identity/administration.rs"]
mod administration;
#[path = "identity/commands.rs"]
mod commands;
#[path = "identity/console.rs"]
mod console;
#[path = "identity/database.rs"]
mod database;
#[path = "identity/doors.rs"]
mod doors;
#[path = "identity/guide.rs"]
mod guide;
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
#[path = "identity/pages.rs"]
mod pages;
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
    let over_both = [
        administration::TRIALS,
        commands::TRIALS,
        console::TRIALS,
        pages::TRIALS,
        oidc::TRIALS,
        provider::TRIALS,
        session_service::TRIALS,
        doors::TRIALS,
    ];
    let others = [
        nodes::TRIALS,
        killed::TRIALS,
        legacy::TRIALS,
        running::TRIALS,
        trouble::TRIALS,
        outsiders::TRIALS,
        guide::TRIALS,
    ];
    let over_sqlite = over_both.into_iter().chain(others).flatten().map(|(name, test)| {
        let test = *test;
        trial((*name).to_owned(), move |_| database::sqlite(test))
    });
    let over_postgresql = over_both.into_iter().chain([provider::OVER_POSTGRESQL]);
    let elsewhere = |(name, _): &&Named| !OVER_SQLITE_ALONE.contains(name);
    let over_postgresql = over_postgresql.flatten().filter(elsewhere).map(|(name, test)| {
        let test = *test;
        trial(format!("{name}_over_postgresql"), move |name| database::postgresql(name, test))
    });
    let trials = over_sqlite.chain(over_postgresql).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: String, run: impl FnOnce(&str) -> anyhow::Result<()> + Send + 'static) -> Trial {
    let named = name.clone();
    Trial::test(name, move || run(&named).map_err(|error| Failed::from(format!("{error:#}"))))
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

/// They put SQLite's file aside and back.
const OVER_SQLITE_ALONE: &[&str] = &["administration::the_log_is_verified_by_what_was_kept_of_it"];
const ORIGIN: &str = "http://localhost:8300";
