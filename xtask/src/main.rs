//! `cargo xtask`: everything this repository does from the command line. It starts fast and
//! builds what is heavy only when a command needs it.

mod artefacts;
mod bench;
mod command;
mod cross;
mod demo;
mod fuzz;
mod languages;
mod macos;
mod package;
mod setup;
mod test;
mod windows;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Wardkey's own commands")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure, and print a table
    Bench(bench::Arguments),
    /// Sign in and sign with an emulated card, in a real browser
    Demo(demo::Arguments),
    /// Feed what strangers send, changed at random, to what reads it
    Fuzz(fuzz::Arguments),
    /// Write anew what follows from the files of `languages/`
    Languages,
    /// Make what is handed out
    Package(package::Arguments),
    /// Run every test, or the suites named
    Test(test::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Languages => languages::run(),
        Task::Package(arguments) => package::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
    }
}
