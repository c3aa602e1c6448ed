use wardkey_protocol::{CommandName, Fault, command::sign_out::SignedOut, view::SessionCause};

use crate::agent::{
    audit::Entry,
    call::{self, Call},
    port::Caller,
};

/// Ends this caller's session at the server, for everybody; one that waits for its card too.
pub fn run(call: &Call<'_>, caller: &Caller) -> Result<SignedOut, Fault> {
    // Of one that is over already the page lets go all the same.
    let session = call.agent.session_at(call.port).inspect_err(|_| call.port.leave_session())?;
    let caller = call::let_by_session(call, caller, CommandName::SignOut)?;
    call.agent.record(&Entry {
        action: "sign_out",
        origin: caller.who.origin(),
        program: caller.who.program(),
        uid: Some(&session.uid),
        outcome: "ok",
        ..Entry::default()
    });
    call.agent.end_session(&session, SessionCause::SignedOut);
    call.port.leave_session();
    Ok(SignedOut {})
}
