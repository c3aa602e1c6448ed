use wardkey_protocol::{Fault, command::sign_out::SignedOut, view::SessionCause};

use crate::agent::call::Call;

/// Ends this page's session at the server, for every page; one that waits for its card too.
pub fn run(call: &Call<'_>) -> Result<SignedOut, Fault> {
    let session = call.agent.session_at(call.port)?;
    call.agent.end_session(&session, SessionCause::SignedOut);
    call.port.leave_session();
    Ok(SignedOut {})
}
