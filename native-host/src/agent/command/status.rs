use std::time::Instant;

use wardkey_protocol::{
    Capability, Fault,
    command::status::{Limits, Status},
    limits::{MAX_DOCUMENT, MAX_READ_DOCUMENT},
    version::{BUILD, VersionRange},
};

use crate::agent::{call::Call, port::Caller};

/// Versions for everyone; card and session for an origin that may sign in.
pub fn run(call: &Call<'_>, caller: Option<&Caller>) -> Result<Status, Fault> {
    let limits = caller.filter(|caller| caller.may(Capability::Sign));
    let limits = limits.and_then(|caller| limits_of(call, caller));
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
        limits,
    })
}

fn limits_of(call: &Call<'_>, caller: &Caller) -> Option<Limits> {
    let batch = &call.agent.policy().as_ref().ok()?.batch;
    let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
    Some(Limits {
        documents: number(batch.documents.min(caller.batch_documents)),
        bytes: number(batch.bytes),
        document: number(MAX_DOCUMENT.min(batch.bytes)),
        read_document: number(MAX_READ_DOCUMENT.min(batch.bytes)),
    })
}
