use wardkey_protocol::{
    ErrorCode, Fault,
    event::{EventData, EventName},
    view::{RoleView, SessionState},
};

use super::timing::Timing;
use crate::{
    agent::{Agent, dialogs::Conversation, session::Session},
    server::ServerClient,
};

/// One role is taken without asking; the page's suggestion only where the user has it.
pub fn choose(
    dialog: &mut Conversation<'_>,
    server: &ServerClient,
    session: &Session,
    wanted: Option<&str>,
    timing: &Timing,
) -> Result<(), Fault> {
    let has = |id: &str| session.roles.iter().any(|role: &RoleView| role.id == id);
    let role = match (session.roles.as_slice(), wanted) {
        ([], _) => return Err(ErrorCode::RoleUnavailable.into()),
        ([only], _) => only.id.clone(),
        (_, Some(wanted)) if has(wanted) => wanted.to_owned(),
        (roles, _) => dialog.ask_role(&session.name, roles, None)?,
    };
    timing.server(|| server.select_role(&session.credentials().parent, &role))?;
    session.set_role(&role);
    Ok(())
}

/// Lets the user choose a role in a session; where it is another one, the server and the session's
/// pages are told.
///
/// # Errors
///
/// The user's, or the server's.
pub fn change(
    dialog: &mut Conversation<'_>,
    agent: &Agent,
    server: &ServerClient,
    session: &Session,
) -> Result<(), Fault> {
    let current = session.role().map(|role| role.id);
    let role = dialog.ask_role(&session.name, &session.roles, current.as_deref())?;
    if current.as_ref() == Some(&role) {
        return Ok(());
    }
    server.select_role(&session.credentials().parent, &role)?;
    session.set_role(&role);
    let data = EventData { state: Some(SessionState::Active), ..EventData::default() };
    agent.tell_session(session, EventName::RoleChanged, &data);
    Ok(())
}
