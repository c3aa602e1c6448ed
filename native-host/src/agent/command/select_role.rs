use std::time::Instant;

use wardkey_protocol::{
    ErrorCode, Fault,
    command::select_role::{Args, RoleSelected},
    event::{EventData, EventName},
    view::SessionState,
};

use crate::agent::{audit::Entry, call::Call, dialogs::Act, port::Caller};

/// The user chooses another role in the agent's dialog.
pub fn run(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<RoleSelected, Fault> {
    let agent = call.agent;
    let session = agent.session_of(call.port)?;
    if let Some(role) = &args.role
        && !session.roles.iter().any(|own| own.id == *role)
    {
        return Err(ErrorCode::RoleUnavailable.into());
    }
    let server = agent.servers.of(&session.server)?;
    let mut dialog = agent.dialogs.begin(call, caller, Act::SelectRole, &server.policy().name)?;
    let current = session.role().map(|role| role.id);
    let suggested = args.role.as_deref().or(current.as_deref());
    let role = dialog.ask_role(&session.name, &session.roles, suggested)?;
    server.select_role(&session.credentials().parent, &role)?;
    session.set_role(&role);
    agent.record(&Entry {
        action: "select_role",
        origin: caller.who.origin(),
        program: caller.who.program(),
        uid: Some(&session.uid),
        role: Some(&role),
        outcome: "ok",
        ..Entry::default()
    });
    let view = session.view(caller, Instant::now());
    let data = EventData { state: Some(SessionState::Active), ..EventData::default() };
    agent.tell_session(&session, EventName::RoleChanged, &data);
    Ok(RoleSelected { session: view })
}
