//! `wardkey-host`: started by a browser it is the relay; its subcommands are the agent, the
//! dialog, the module process, and what people run by hand.

use std::{
    panic,
    path::PathBuf,
    process::{self, ExitCode},
};

use clap::{Parser, Subcommand};
use wardkey_agent_link::Instance;
use wardkey_host::{
    agent, dialog, doctor, install, module, passcode, policy, relay, sign, ticket, user, verify,
};

#[derive(Parser)]
#[command(name = "wardkey-host", version, about = "The Wardkey Identity Agent")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The agent itself; whoever needs it starts it
    #[command(hide = true)]
    Agent {
        /// Start it in the background, and return
        #[arg(long)]
        detach: bool,
    },
    /// The dialog; the agent starts it
    #[command(hide = true)]
    Dialog(dialog::preferences::Preferences),
    /// Check what is installed and what works, and say what to do
    Doctor(doctor::Arguments),
    /// Register this host with browsers
    Install(install::Arguments),
    /// A way to cards in a process of its own; the agent starts it
    #[command(hide = true)]
    Module {
        /// A PKCS#11 module
        #[arg(required_unless_present = "piv")]
        path: Option<PathBuf>,
        /// PIV, without a module
        #[arg(long, conflicts_with = "path")]
        piv: bool,
    },
    /// Give your card another passcode
    #[command(subcommand)]
    Passcode(passcode::Command),
    /// Check and show what this computer allows
    #[command(subcommand)]
    Policy(policy::console::Command),
    /// Sign documents with your card
    Sign(sign::Arguments),
    /// Print your ticket, signing in where nobody is
    Ticket(ticket::Arguments),
    /// Remove this host from browsers
    Uninstall(install::Arguments),
    /// Say who is signed in
    User(user::Arguments),
    /// Say who signed a file, when, and whether that holds
    Verify(verify::Arguments),
}

fn main() -> anyhow::Result<ExitCode> {
    let instance = Instance::from_environment(|name| std::env::var_os(name));
    if let Some(extension) = relay::extension_of(std::env::args().skip(1)) {
        return relay::run(&instance, extension).map(|()| ExitCode::SUCCESS);
    }
    end_with_who_reads();
    let done = match Arguments::parse().command {
        Command::Agent { detach: true } => agent::start(),
        Command::Agent { detach: false } => agent::run(&instance),
        Command::Dialog(preferences) => dialog::run(preferences),
        Command::Doctor(arguments) => doctor::run(&arguments, &instance),
        Command::Install(arguments) => install::install(&arguments),
        Command::Module { path, .. } => module::run(path.as_deref()),
        Command::Passcode(command) => return passcode::run(&command, &instance),
        Command::Policy(command) => policy::console::run(command, &instance),
        Command::Sign(arguments) => return sign::run(&arguments, &instance),
        Command::Ticket(arguments) => return ticket::run(&arguments, &instance),
        Command::Uninstall(arguments) => install::uninstall(&arguments),
        Command::User(arguments) => return user::run(&arguments, &instance),
        Command::Verify(arguments) => verify::run(&arguments, &instance),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Who reads what is printed may have read enough, as in `wardkey-host doctor | head -n 1`. The
/// standard library panics at what is printed after that.
fn end_with_who_reads() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let said = panic.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to stdout")
            && CLOSED.iter().any(|end| said.ends_with(end))
        {
            process::exit(STATUS);
        }
        usual(panic);
    }));
}

/// `EPIPE`, and Windows' `ERROR_BROKEN_PIPE` and `ERROR_NO_DATA`.
const CLOSED: [&str; 3] = ["(os error 32)", "(os error 109)", "(os error 232)"];
/// As if `SIGPIPE` had ended it.
const STATUS: i32 = 141;
