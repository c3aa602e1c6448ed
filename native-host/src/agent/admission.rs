//! Who may call what: the browser's facts, or the system's of a local program, against the policy.

use std::collections::HashSet;

use wardkey_agent_link::Peer;
use wardkey_protocol::{Capability, CommandName, ErrorCode, Fault, Origin, hop::PageContext};

use super::{
    Agent,
    port::{Caller, Owner, Port, Who},
};
use crate::policy::Policy;

/// Admits whoever is at the other end of a port, by policy, and by what the user of its session lets
/// it do.
///
/// # Errors
///
/// `context_insecure`, `origin_not_admitted`, `program_not_admitted` or `policy_invalid`.
pub fn admit(agent: &Agent, port: &Port) -> Result<Caller, Fault> {
    match &port.owner {
        Owner::Page(context) => {
            let caller = page(agent, port, context)?;
            let session = port.session().and_then(|id| agent.sessions.get(&id));
            Ok(match session {
                Some(session) => agent.as_user_lets(&caller, &session.uid),
                None => caller,
            })
        }
        Owner::Program(peer) => program(agent, peer),
    }
}

/// Admits a local program that runs one of policy's executables now.
///
/// # Errors
///
/// `program_not_admitted` or `policy_invalid`.
pub fn program(agent: &Agent, peer: &Peer) -> Result<Caller, Fault> {
    let policy = agent.policy().as_ref().map_err(Fault::from)?;
    let Some(program) = policy.program(|executable| peer.runs(executable)) else {
        let shown = peer.executable.as_ref().map(|path| path.display().to_string());
        return Err(Fault::new(ErrorCode::ProgramNotAdmitted).with("program", shown));
    };
    let server = policy.server_of(program.server.as_deref()).ok_or_else(no_server)?;
    Ok(Caller {
        who: Who::Program {
            executable: program.executable.display().to_string(),
            name: program.name.clone(),
        },
        relying_party: program.relying_party.clone(),
        server: server.url.clone(),
        within: None,
        capabilities: program.capabilities.clone(),
        askable: HashSet::new(),
        web_eid: false,
        batch_documents: program.batch_documents.unwrap_or(usize::MAX),
    })
}

fn page(agent: &Agent, port: &Port, context: &PageContext) -> Result<Caller, Fault> {
    let policy = agent.policy().as_ref().map_err(Fault::from)?;
    let not_admitted =
        || Fault::new(ErrorCode::OriginNotAdmitted).with("origin", context.origin.as_str());
    let origin = Origin::parse(&context.origin).map_err(|_| not_admitted())?;
    if !origin.is_https() && !origin.is_http_loopback() {
        return Err(ErrorCode::ContextInsecure.into());
    }
    if !context.top && !is_delegated(agent, port, context, &origin) {
        return Err(not_admitted().with("reason", "framed"));
    }
    let caller = grant(policy, &origin).ok_or_else(not_admitted)??;
    Ok(Caller { within: (!context.top).then(|| context.top_origin.clone()), ..caller })
}

/// A document in a frame needs the word of its own tab's top document over that one's port, which
/// has to be admitted for something itself: else any page could put an admitted one into a frame.
fn is_delegated(agent: &Agent, port: &Port, framed: &PageContext, origin: &Origin) -> bool {
    let Some(tab) = framed.tab() else { return false };
    agent.every_port().iter().any(|top| {
        let Owner::Page(context) = &top.owner else { return false };
        context.top
            // Another browser may have a tab of the same name.
            && top.id.connection == port.id.connection
            && context.tab() == Some(tab)
            && context.origin == framed.top_origin
            && top.delegates_to(origin)
            && admit(agent, top).is_ok_and(|caller| !caller.capabilities.is_empty())
    })
}

/// What policy grants an origin, and the server that it is granted at. An identity server's own
/// origin needs no entry: it may ask for proofs, and know why a sign-in cannot begin.
fn grant(policy: &Policy, origin: &Origin) -> Option<Result<Caller, Fault>> {
    let entry = policy.origin(origin);
    let at_server = policy.server_at(origin);
    let consent = &policy.consent.capabilities;
    let mut capabilities = entry.map(|entry| entry.capabilities.clone()).unwrap_or_default();
    let mut askable = match entry {
        Some(entry) => entry.ask.clone(),
        None if at_server.is_some() => HashSet::new(),
        None if consent.is_empty() || (origin.is_http_loopback() && !policy.development) => {
            return None;
        }
        None => consent.clone(),
    };
    capabilities.remove(&Capability::Authorize);
    askable.remove(&Capability::Authorize);
    let server = match at_server {
        Some(server) => {
            capabilities.extend([Capability::Authorize, Capability::SignIn]);
            server
        }
        None => match policy.server_of(entry.and_then(|entry| entry.server.as_deref())) {
            Some(server) => server,
            None => return Some(Err(no_server())),
        },
    };
    askable.retain(|capability| !capabilities.contains(capability));
    Some(Ok(Caller {
        who: Who::Page(origin.clone()),
        relying_party: Some(origin.clone()),
        server: server.url.clone(),
        within: None,
        capabilities,
        askable,
        web_eid: entry.is_some_and(|entry| entry.web_eid),
        batch_documents: entry.and_then(|entry| entry.batch_documents).unwrap_or(usize::MAX),
    }))
}

/// Checks the table of the protocol for one command. What the user may yet let it do is settled
/// where the user is known.
///
/// # Errors
///
/// `capability_not_granted` with the capability, or `gesture_required`.
pub fn check(caller: &Caller, command: CommandName, activation: bool) -> Result<(), Fault> {
    let access = command.access();
    if let Some(capability) = access.capability
        && !caller.may_come_to(capability)
    {
        return Err(not_granted(capability));
    }
    if access.gesture { check_gesture(activation) } else { Ok(()) }
}

/// Whether the user has just clicked or typed, so that they may be asked something.
///
/// # Errors
///
/// `gesture_required`.
pub fn check_gesture(activation: bool) -> Result<(), Fault> {
    if activation { Ok(()) } else { Err(ErrorCode::GestureRequired.into()) }
}

/// What policy grants an origin, for the extension's own pages.
pub fn of_origin(policy: &Policy, origin: &Origin) -> Option<Caller> {
    grant(policy, origin)?.ok()
}

fn no_server() -> Fault {
    Fault::new(ErrorCode::PolicyInvalid).with("reason", "no identity server")
}

/// The fault of a capability that was not granted.
pub fn not_granted(capability: Capability) -> Fault {
    let name = serde_json::to_value(capability).unwrap_or_default();
    Fault::new(ErrorCode::CapabilityNotGranted).with("capability", name)
}

#[cfg(test)]
mod tests;
