use std::sync::Arc;

use serde_json::{Map, Value};
use wardkey_protocol::{ErrorCode, Fault, own::sign_out::Args, view::SessionCause};

use crate::agent::{Agent, audit::Entry};

/// Ends a session at its server, for everybody; one that waits for its card too.
pub fn run(agent: &Arc<Agent>, args: &Args) -> Result<Map<String, Value>, Fault> {
    let session = agent.sessions.get(&args.session).ok_or(ErrorCode::SessionEnded)?;
    agent.record(&Entry {
        action: "sign_out",
        uid: Some(&session.uid),
        outcome: "ok",
        ..Entry::default()
    });
    agent.end_session(&session, SessionCause::SignedOut);
    Ok(Map::new())
}
