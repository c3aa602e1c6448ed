use std::time::Instant;

use wardkey_protocol::{Capability, Fault, command::subscribe::Snapshot};

use crate::agent::{call::Call, port::Caller};

/// Events for an origin that may sign in; for any other a snapshot of nothing. One that its user may
/// let sign in hears nothing before that.
pub fn run(call: &Call<'_>, caller: Option<&Caller>) -> Result<Snapshot, Fault> {
    if caller.is_some_and(|caller| caller.askable.contains(&Capability::SignIn)) {
        call.port.subscribe();
    }
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
