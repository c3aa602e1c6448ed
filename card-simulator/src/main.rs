//! The command line of the emulated card; see README.md.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use wardkey_card_simulator::administrator::Pin;
use wardkey_card_simulator::applet::Seed;
use wardkey_card_simulator::card::Kind;
use wardkey_card_simulator::journal::Journal;
use wardkey_card_simulator::public_key::{Algorithm, Slot};
use wardkey_card_simulator::usb::Attachment;
use wardkey_card_simulator::{folder, network, pcscd, provision, serve};

/// An emulated PIV card in a virtual reader, for development and tests; never for real use.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a fresh card with new keys in 9A and 9C.
    Provision {
        /// The card's folder, new or empty.
        #[arg(long)]
        store: PathBuf,
        /// Where it has keys; may be given several times.
        #[arg(long = "slot", value_enum, default_values_t = Slot::USUAL)]
        slots: Vec<Slot>,
        /// The keys' algorithm.
        #[arg(long, value_enum, default_value = "rsa2048")]
        algorithm: Algorithm,
        /// The cardholder's PIN, 6 to 8 digits.
        #[arg(long, default_value = "123456")]
        pin: String,
    },
    /// Put a certificate into a card.
    Import {
        /// The card's folder.
        #[arg(long)]
        store: PathBuf,
        /// Where it goes.
        #[arg(long, value_enum)]
        slot: Slot,
        /// The certificate, in PEM; it must certify the slot's key.
        #[arg(long)]
        certificate: PathBuf,
    },
    /// Run cards in a private pcscd; takes commands on standard input, ends with it.
    Serve(ServeArguments),
    /// `serve`, within its network namespace.
    #[command(hide = true)]
    ServeIsolated {
        #[command(flatten)]
        arguments: ServeArguments,
        /// The namespace that must have been left.
        #[arg(long)]
        outside: PathBuf,
    },
    /// Become the private pcscd, within its mount namespace.
    #[command(hide = true)]
    Pcscd {
        #[arg(long)]
        dir: PathBuf,
        #[arg(long)]
        parent: i32,
        /// With a bus of its own.
        #[arg(long)]
        usb: bool,
    },
}

#[derive(Args)]
struct ServeArguments {
    /// A folder for this run, of its own; the socket will be `run/pcscd.comm` in it.
    #[arg(long)]
    dir: PathBuf,
    /// A card's folder; the second one goes into the second reader.
    #[arg(long = "card", required_unless_present = "no_readers")]
    cards: Vec<PathBuf>,
    /// What cards they are.
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
    /// What the readers are called.
    #[arg(long, default_value = "Ward reader")]
    name: String,
    /// Run a pcscd that has no readers.
    #[arg(long, conflicts_with_all = ["cards", "name"])]
    no_readers: bool,
    /// The readers can be unplugged, as one; needs a C compiler.
    #[arg(long, conflicts_with = "no_readers")]
    unpluggable: bool,
    /// They pass short APDUs only, and say so.
    #[arg(long, requires = "unpluggable")]
    short_apdus: bool,
    /// Start with empty readers.
    #[arg(long)]
    absent: bool,
    /// Report each APDU: instruction, lengths and status, never its body.
    #[arg(long)]
    trace: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wardkey-card-simulator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Provision { store, slots, algorithm, pin } => {
            provision::provision(&store, &slots, algorithm, &Pin::new(&pin)?, &fresh_seed()?)
        }
        Command::Import { store, slot, certificate } => {
            let pem = fs::read_to_string(&certificate)
                .with_context(|| format!("cannot read {}", certificate.display()))?;
            provision::import(&store, slot, &pem, &fresh_seed()?)
        }
        Command::Serve(arguments) => isolate(&arguments.dir),
        Command::ServeIsolated { arguments, outside } => serve_isolated(arguments, &outside),
        Command::Pcscd { dir, parent, usb } => match pcscd::become_pcscd(&dir, parent, usb)? {},
    }
}

/// Starts this program again in a network namespace of its own, in this very process.
fn isolate(dir: &Path) -> Result<()> {
    folder::create(dir)?;
    let socket = fs::canonicalize(dir)?.join("run/pcscd.comm");
    let mut command = network::unshare()?;
    command
        .arg(std::env::current_exe().context("cannot find this program's file")?)
        .arg("serve-isolated")
        .arg("--outside")
        .arg(network::current()?)
        .args(std::env::args_os().skip(2))
        .env("PCSCLITE_CSOCK_NAME", socket);
    Err(network::become_command(&mut command)).context("cannot run unshare")
}

fn serve_isolated(arguments: ServeArguments, outside: &Path) -> Result<()> {
    if network::current()? == outside {
        bail!("this is no private network namespace: use `serve`");
    }
    network::raise_loopback()?;
    let ServeArguments { dir, cards, kind, name, absent, trace, .. } = arguments;
    let name = (!arguments.no_readers).then_some(name);
    let attached = match arguments.unpluggable {
        true => Attachment::Usb { short_apdus: arguments.short_apdus },
        false => Attachment::Configured,
    };
    let options = serve::Options { dir, cards, kind, name, attached, absent, trace };
    let commands = io::BufReader::new(io::stdin());
    serve::serve(&options, &Journal::new(io::stdout()), commands, &mut fresh_seed)
}

/// The one place where the program takes randomness from the system.
#[allow(clippy::disallowed_methods, reason = "a program's edge: everything below takes seeds")]
fn fresh_seed() -> Result<Seed> {
    let mut seed = Seed::default();
    getrandom::fill(&mut *seed).context("the system has no randomness")?;
    Ok(seed)
}
