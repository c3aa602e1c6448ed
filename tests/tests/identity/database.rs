//! The database of a trial: one that runs over SQLite and over PostgreSQL says nothing of it, and
//! gets it here.

use std::cell::RefCell;

use anyhow::Result;
use wardkey_tests::stage::database;

/// Runs a trial over a file of SQLite in its node's folder.
pub fn sqlite(test: fn() -> Result<()>) -> Result<()> {
    test_over(FILE, test)
}

/// Runs a trial over a database of its own on the suite's PostgreSQL; without that it is skipped,
/// by this name.
pub fn postgresql(name: &str, test: fn() -> Result<()>) -> Result<()> {
    database(name).map_or(Ok(()), |address| test_over(&address, test))
}

/// What stands in the configuration of this trial's nodes.
pub fn of_this_trial() -> String {
    DATABASE.with_borrow(Clone::clone)
}

/// A trial makes its nodes on the thread that it runs on.
fn test_over(database: &str, test: fn() -> Result<()>) -> Result<()> {
    DATABASE.set(database.to_owned());
    test()
}

thread_local! {
    static DATABASE: RefCell<String> = const { RefCell::new(String::new()) };
}

const FILE: &str = "wardkey.db";
