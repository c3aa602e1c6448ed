use std::time::Instant;

use wardkey_protocol::{
    Capability, Fault,
    command::status::Status,
    version::{BUILD, VersionRange},
};

use crate::agent::{call::Call, port::Caller};

/// Versions for everyone; card and session for an origin that may sign in.
pub fn run(call: &Call<'_>, caller: Option<&Caller>) -> Result<Status, Fault> {
    let caller = caller.filter(|caller| caller.may(Capability::SignIn));
    let session = caller.and_then(|caller| {
        let session = call.agent.session_at(call.port).ok()?;
        Some(session.view(caller, Instant::now()))
    });
    Ok(Status {
        agent: BUILD.to_owned(),
        protocol: VersionRange::OURS.max,
        card_present: caller.map(|_| call.agent.cards.any_present()),
        session,
    })
}
