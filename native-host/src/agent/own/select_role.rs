use std::sync::Arc;

use serde_json::{Map, Value};
use wardkey_protocol::{ErrorCode, Fault, own::select_role::Args};

use crate::{
    agent::{Agent, audit::Entry, dialogs::Act, login, port::Who},
    interrupt::Interrupt,
};

/// The user chooses another role of a session.
pub fn run(
    agent: &Arc<Agent>,
    interrupt: &Arc<Interrupt>,
    args: &Args,
) -> Result<Map<String, Value>, Fault> {
    let session = agent.sessions.get(&args.session).ok_or(ErrorCode::SessionEnded)?;
    if !session.is_active() {
        return Err(ErrorCode::SessionLocked.into());
    }
    agent.check_record()?;
    let server = agent.servers.of(&session.server)?;
    let (who, name) = (Who::User, &server.policy().name);
    let mut dialog = agent.dialogs.begin_for(interrupt, Some(&who), None, Act::SelectRole, name)?;
    login::change_role(&mut dialog, agent, server, &session)?;
    let role = session.role();
    agent.record(&Entry {
        action: "select_role",
        uid: Some(&session.uid),
        role: role.as_ref().map(|role| role.id.as_str()),
        outcome: "ok",
        ..Entry::default()
    });
    Ok(Map::new())
}
