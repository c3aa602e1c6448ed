//! `wardkey-host`: started by a browser it is the relay; its subcommands are the agent, the
//! dialog, the module process, and what people run by hand.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use wardkey_agent_link::Instance;
use wardkey_host::{
    agent, dialog, doctor, install,
    module::{self, Way},
    policy, relay, verify,
};

#[derive(Parser)]
#[command(name = "wardkey-host", version, about = "The Wardkey Identity Agent")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The agent itself; a relay starts it
    #[command(hide = true)]
    Agent,
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
    /// Check and show what this computer allows
    #[command(subcommand)]
    Policy(policy::console::Command),
    /// Remove this host from browsers
    Uninstall(install::Arguments),
    /// Say who signed a file, when, and whether that holds
    Verify(verify::Arguments),
}

fn main() -> anyhow::Result<()> {
    let instance = Instance::from_environment(|name| std::env::var_os(name));
    if let Some(extension) = relay::extension_of(std::env::args().skip(1)) {
        return relay::run(&instance, extension);
    }
    match Arguments::parse().command {
        Command::Agent => agent::run(&instance),
        Command::Dialog(preferences) => dialog::run(preferences),
        Command::Doctor(arguments) => doctor::run(&arguments, &instance),
        Command::Install(arguments) => install::install(&arguments),
        Command::Module { path, .. } => module::run(&path.map_or(Way::Piv, Way::Module)),
        Command::Policy(command) => policy::console::run(command, &instance),
        Command::Uninstall(arguments) => install::uninstall(&arguments),
        Command::Verify(arguments) => verify::run(&arguments, &instance),
    }
}
