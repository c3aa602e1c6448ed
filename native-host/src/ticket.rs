//! `ticket`: the user's ticket, for scripts.

use std::process::ExitCode;

use serde_json::json;
use wardkey_agent_link::{CallError, Client, Instance};
use wardkey_protocol::{
    CommandName, ErrorCode, Fault,
    command::{sign_in, ticket::Ticket},
};

use crate::local;

/// How to get it.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Fail where nobody is signed in, instead of asking
    #[arg(long)]
    no_sign_in: bool,
    /// Have the user sign in anew
    #[arg(long, conflicts_with = "no_sign_in")]
    fresh: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the ticket. The exit status is 0, or says whose doing a failure is: 2 the caller's, 3 the
/// installation's or its policy's, 4 the card's, 5 the server's, 6 the user's, 1 any other.
///
/// # Errors
///
/// What the output says.
pub fn run(arguments: &Arguments, instance: &Instance) -> anyhow::Result<ExitCode> {
    let outcome = local::connect(instance).and_then(|client| ticket(arguments, &client));
    local::finish(arguments.json, outcome, |ticket| {
        match arguments.json {
            true => println!("{}", serde_json::to_string_pretty(&ticket)?),
            false => println!("{}", ticket.ticket),
        }
        Ok(())
    })
}

fn ticket(arguments: &Arguments, client: &Client) -> Result<Ticket, Fault> {
    let current = || client.call::<Ticket>(CommandName::Ticket, &json!({}));
    if !arguments.fresh {
        match current() {
            Err(CallError::Fault(fault)) if !arguments.no_sign_in && is_nobody(&fault) => {}
            outcome => return outcome.map_err(local::fault),
        }
    }
    let args = sign_in::Args { role: None, fresh: arguments.fresh };
    let _: sign_in::SignedIn = client.call(CommandName::SignIn, &args).map_err(local::fault)?;
    current().map_err(local::fault)
}

fn is_nobody(fault: &Fault) -> bool {
    matches!(
        fault.code,
        ErrorCode::SessionEnded | ErrorCode::SessionLocked | ErrorCode::SessionMissing
    )
}
