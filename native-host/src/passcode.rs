//! `passcode`: another passcode for a card, asked for in the agent's dialog. Here nobody types one, and
//! none is read from arguments or standard input.

use std::process::ExitCode;

use serde_json::Map;
use wardkey_agent_link::{Hello, Instance, connect_or_start};
use wardkey_protocol::{
    ErrorCode, Fault,
    envelope::{Answer, Failure},
    hop::{FromExtension, ToExtension},
    own::{OwnCommand, OwnReply, OwnRequest, PasscodeSet},
};

use crate::{local, policy::Policy, program};

/// What to do with it.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Change the passcode of your card
    Change(Arguments),
    /// Give your card a new passcode by its unblocking key (PUK)
    Unblock(Arguments),
}

/// Whose it is.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The reader that the card is in, by its name
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Opens the agent's dialog and says what came of it. The exit status is as for `ticket`.
///
/// # Errors
///
/// What the output says.
pub fn run(command: &Command, instance: &Instance) -> anyhow::Result<ExitCode> {
    let (name, arguments) = match command {
        Command::Change(arguments) => (OwnCommand::ChangePasscode, arguments),
        Command::Unblock(arguments) => (OwnCommand::UnblockPasscode, arguments),
    };
    local::finish(arguments.json, ask(name, arguments, instance), |set| {
        match arguments.json {
            true => println!("{}", serde_json::to_string_pretty(&set)?),
            false => println!("The card in {} has its new passcode.", set.reader),
        }
        Ok(())
    })
}

fn ask(
    command: OwnCommand,
    arguments: &Arguments,
    instance: &Instance,
) -> Result<PasscodeSet, Fault> {
    Policy::admit_instance(instance)?;
    let unreachable =
        |reason: String| Fault::new(ErrorCode::AgentUnreachable).with("reason", reason);
    let host = program::this().map_err(|error| unreachable(error.to_string()))?;
    let mut agent =
        connect_or_start(instance, &Hello::Console, &host).map_err(|error| error.fault())?;
    let reader = arguments.reader.clone();
    let args: Map<_, _> =
        reader.map(|reader| ("reader".to_owned(), reader.into())).into_iter().collect();
    let command =
        serde_json::to_value(command).ok().and_then(|name| Some(name.as_str()?.to_owned()));
    let request = OwnRequest { id: 1, command: command.unwrap_or_default(), args };
    let frame = serde_json::to_vec(&FromExtension::Own(request));
    let frame = frame.map_err(|error| unreachable(error.to_string()))?;
    agent.send(&frame).map_err(|error| unreachable(error.to_string()))?;
    let answer = agent.receive().map_err(|error| unreachable(error.to_string()))?;
    let answer = answer.ok_or_else(|| unreachable("the agent has ended".to_owned()))?;
    match serde_json::from_slice(&answer) {
        Ok(ToExtension::Own(OwnReply::Answer(Answer { ok, .. }))) => {
            serde_json::from_value(ok).map_err(|error| unreachable(error.to_string()))
        }
        Ok(
            ToExtension::Own(OwnReply::Failure(Failure { error, .. })) | ToExtension::Fault(error),
        ) => Err(error),
        Ok(_) => Err(ErrorCode::Internal.into()),
        Err(error) => Err(unreachable(error.to_string())),
    }
}
