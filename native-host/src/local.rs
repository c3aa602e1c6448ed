//! What scripts call: this program as a local program of its own agent, which policy has to admit as
//! any other.

use std::process::ExitCode;

use serde_json::json;
use wardkey_agent_link::{CallError, Client, Instance};
use wardkey_protocol::{ErrorCode, Fault, Party};

use crate::policy::Policy;

/// Connects to the agent, starting it where it does not run.
///
/// # Errors
///
/// `instance_forbidden`, `program_not_admitted`, or `agent_unreachable`.
pub fn connect(instance: &Instance) -> Result<Client, Fault> {
    Policy::admit_instance(instance)?;
    let host = crate::program::this().ok();
    Client::connect(instance, host.as_deref()).map_err(|error| error.fault())
}

/// What is told of a call that has no result.
pub fn fault(error: CallError) -> Fault {
    match error {
        CallError::Fault(fault) => fault,
        error => Fault::new(ErrorCode::AgentUnreachable).with("reason", error.to_string()),
    }
}

/// Prints what came of a command; the exit status says whose doing a failure is.
///
/// # Errors
///
/// What the output says.
pub fn finish<T>(
    json: bool,
    outcome: Result<T, Fault>,
    print: impl FnOnce(T) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    match outcome {
        Ok(result) => {
            print(result)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            if json {
                println!("{:#}", json!({ "error": fault }));
            }
            eprintln!("{} {} ({})", fault.message, fault.remedy, fault.code);
            fault.details.iter().for_each(|(name, value)| eprintln!("  {name}: {value}"));
            Ok(status(&fault))
        }
    }
}

/// The exit status of a fault.
pub fn status(fault: &Fault) -> ExitCode {
    ExitCode::from(match fault.code.party() {
        Party::Bug => 1,
        Party::Page => 2,
        Party::Installation => 3,
        Party::Device => 4,
        Party::Server => 5,
        Party::User => 6,
    })
}
