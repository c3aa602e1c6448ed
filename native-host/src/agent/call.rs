//! One call of a page or a program: read, admitted, carried out, answered.

use std::{sync::Arc, thread};

use serde::Serialize;
use serde_json::{
    Value,
    value::{self, RawValue},
};
use wardkey_protocol::{
    Command, CommandName, ErrorCode, Fault,
    envelope::{Failure, FromPage, Request},
    limits::{CHUNK, CHUNKS_UNASKED, MAX_UNASKED},
    version::{CHUNKS, VersionRange},
};

use super::{
    Agent, admission, command,
    consent::{self, Wanted},
    port::{Caller, Owner, Port},
};
use crate::interrupt::Interrupt;

/// Everything that a command is given.
pub struct Call<'a> {
    /// The agent.
    pub agent: &'a Arc<Agent>,
    /// The caller's port.
    pub port: &'a Arc<Port>,
    /// The call's id, for progress.
    pub id: u32,
    /// The protocol version that it is written in.
    pub version: u16,
    /// Whether the user had just clicked or typed in the page; of a program always.
    pub activation: bool,
    /// Raised when the call should end before its time.
    pub interrupt: &'a Arc<Interrupt>,
}

/// Takes a message: a call, or something that belongs to one.
pub fn take_message(agent: &Arc<Agent>, port: &Arc<Port>, message: Value, activation: bool) {
    match FromPage::parse(message) {
        Ok(FromPage::Cancel(cancel)) => port.cancel(cancel.cancel),
        Ok(FromPage::Chunk(chunk)) => port.take_chunk(chunk),
        Ok(FromPage::Credit(credit)) => port.take_credit(&credit),
        Ok(FromPage::Request(request)) => take(agent, port, request, activation),
        Err(failure) if failure.error.code == ErrorCode::ChunkInvalid => port.break_off(failure),
        Err(failure) => port.refuse(failure),
    }
}

/// Takes a call: commands that answer at once are answered here, the others by a thread.
fn take(agent: &Arc<Agent>, port: &Arc<Port>, request: Request, activation: bool) {
    let (id, version) = (request.id, request.v);
    let interrupt = match port.begin(id) {
        Ok(interrupt) => interrupt,
        Err(error) => {
            return port.refuse(Failure { id: Some(id), error });
        }
    };
    let command = match read(request) {
        Ok(command) => command,
        Err(fault) => return port.finish(id, Err(fault)),
    };
    if let Err(fault) = expect_documents(agent, port, id, &command) {
        return port.finish(id, Err(fault));
    }
    // These touch neither card nor server, so the connection's own thread answers, in order. A program
    // may enter a session by them, which is recorded: its connection does not wait for the disk.
    let at_once = matches!(port.owner, Owner::Page(_))
        && matches!(
            command,
            Command::Delegate(_) | Command::Status(_) | Command::Subscribe(_) | Command::User(_)
        );
    let (agent, due) = (agent.clone(), Due { port: port.clone(), id, answered: false });
    let carry_out = move || {
        let (agent, port, interrupt) = (&agent, &due.port, &interrupt);
        let call = Call { agent, port, id, version, activation, interrupt };
        let outcome = admit_and_carry_out(&call, command);
        due.answer(outcome);
    };
    if at_once {
        carry_out();
    } else if let Err(error) = thread::Builder::new().name("call".to_owned()).spawn(carry_out) {
        tracing::error!("a call can't be carried out: {error}");
    }
}

/// Makes room for the first chunks of documents, which come unasked.
fn expect_documents(
    agent: &Arc<Agent>,
    port: &Port,
    id: u32,
    command: &Command,
) -> Result<(), Fault> {
    let Command::Sign(args) = command else { return Ok(()) };
    let all = args.follow().fold(0, |sum: usize, document| sum.saturating_add(document.length()));
    if all > 0 {
        let [of_port, _] = MAX_UNASKED;
        let octets = all.min(CHUNKS_UNASKED as usize * CHUNK);
        port.expects(id, agent.early.reserve(port.id, octets, of_port)?);
    }
    Ok(())
}

/// The answer to a call. Where its thread can't be had, or panics, its page hears that much.
struct Due {
    port: Arc<Port>,
    id: u32,
    answered: bool,
}

impl Due {
    fn answer(mut self, outcome: Result<Box<RawValue>, Fault>) {
        self.answered = true;
        self.port.finish(self.id, outcome);
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        if !self.answered {
            self.port.finish(self.id, Err(ErrorCode::Internal.into()));
        }
    }
}

fn read(request: Request) -> Result<Command, Fault> {
    let ours = VersionRange::OURS;
    if request.v < ours.min || request.v > ours.max {
        return Err(Fault::new(ErrorCode::VersionMismatch).with("sdk", request.v));
    }
    let command = Command::parse(&request.command, request.args)?;
    if let Command::Sign(args) = &command
        && request.v < CHUNKS
        && args.follow().next().is_some()
    {
        let invalid = Fault::new(ErrorCode::ArgumentInvalid);
        return Err(invalid.with("reason", "documents: size: not in this version"));
    }
    Ok(command)
}

/// Admits a call, by policy and the table of the protocol, and carries it out.
///
/// # Errors
///
/// Why it was not admitted, or what the command says.
pub fn admit_and_carry_out(call: &Call<'_>, command: Command) -> Result<Box<RawValue>, Fault> {
    let admitted = admission::admit(call.agent, call.port);
    let caller = match command {
        Command::Status(_) => return answer(command::status::run(call, admitted.ok().as_ref())),
        Command::Subscribe(_) => {
            return answer(command::subscribe::run(call, admitted.ok().as_ref()));
        }
        _ => admitted?,
    };
    admission::check(&caller, command.name(), call.activation)?;
    if call.activation {
        call.agent.is_used(call.port);
    }
    carry_out(call, &caller, command)
}

fn carry_out(call: &Call<'_>, caller: &Caller, command: Command) -> Result<Box<RawValue>, Fault> {
    if command.name().access().gesture {
        call.agent.check_record()?;
    }
    let caller = &match &command {
        // These learn on their way whose word is wanted.
        Command::Authenticate(_)
        | Command::Sign(_)
        | Command::SignIn(_)
        | Command::SignOut(_)
        | Command::SigningCertificate(_) => caller.clone(),
        _ => let_by_session(call, caller, command.name())?,
    };
    match command {
        Command::Authenticate(args) => answer(command::authenticate::run(call, caller, &args)),
        Command::Authorize(args) => answer(command::authorize::run(call, caller, &args)),
        Command::Cards(_) => answer(command::cards::run(call)),
        Command::Delegate(args) => answer(command::delegate::run(call, caller, &args)),
        Command::SelectRole(args) => answer(command::select_role::run(call, caller, &args)),
        Command::Sign(args) => {
            let signed = command::sign::run(call, caller, args)?;
            answer(Ok(&*signed))
        }
        Command::SignIn(args) => answer(command::sign_in::run(call, caller, &args)),
        Command::SignOut(_) => answer(command::sign_out::run(call, caller)),
        Command::SigningCertificate(_) => answer(command::signing_certificate::run(call, caller)),
        Command::Ticket(_) => answer(command::ticket::run(call, caller)),
        Command::User(_) => answer(command::user::run(call)),
        _ => Err(ErrorCode::CommandUnknown.into()),
    }
}

/// What a command needs that policy leaves to the user, the user of the page's session decides.
///
/// # Errors
///
/// `capability_not_granted`, or why the user could not be asked.
pub fn let_by_session(
    call: &Call<'_>,
    caller: &Caller,
    command: CommandName,
) -> Result<Caller, Fault> {
    match command.access().capability {
        Some(needed) if !caller.may(needed) => {
            let session = call.agent.session_of(call.port);
            let session = session.map_err(|_| admission::not_granted(needed))?;
            consent::settle(call, caller, &session.uid, Wanted::only(&[needed]))
        }
        _ => Ok(caller.clone()),
    }
}

/// Written once, as it goes to the caller: it may be large.
fn answer<T: Serialize>(result: Result<T, Fault>) -> Result<Box<RawValue>, Fault> {
    value::to_raw_value(&result?).map_err(|_| ErrorCode::Internal.into())
}

#[cfg(test)]
mod tests;
