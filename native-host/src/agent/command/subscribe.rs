use std::time::Instant;

use wardkey_protocol::{Capability, Fault, command::subscribe::Snapshot};

use crate::agent::{call::Call, port::Caller};

/// Events for an origin that may sign in; for any other a snapshot of nothing, and no events.
pub fn run(call: &Call<'_>, caller: Option<&Caller>) -> Result<Snapshot, Fault> {
    let Some(caller) = caller.filter(|caller| caller.may(Capability::SignIn)) else {
        return Ok(Snapshot { seq: 0, card_present: None, session: None });
    };
    let seq = call.port.subscribe();
    let session = call.agent.session_at(call.port).ok();
    Ok(Snapshot {
        seq,
        card_present: Some(call.agent.cards.any_present()),
        session: session.map(|session| session.view(caller, Instant::now())),
    })
}
