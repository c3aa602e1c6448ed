//! Who may call what: the browser's facts, or the system's of a local program, against the policy.

use wardkey_agent_link::Peer;
use wardkey_protocol::{Capability, CommandName, ErrorCode, Fault, Origin, hop::PageContext};

use super::{
    Agent,
    port::{Caller, Owner, Port, Who},
};
use crate::policy::Policy;

/// Admits whoever is at the other end of a port, by policy.
///
/// # Errors
///
/// `context_insecure`, `origin_not_admitted`, `program_not_admitted` or `policy_invalid`.
pub fn admit(agent: &Agent, port: &Port) -> Result<Caller, Fault> {
    match &port.owner {
        Owner::Page(context) => page(agent, context),
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
        capabilities: program.capabilities.clone(),
        batch_documents: program.batch_documents.unwrap_or(usize::MAX),
    })
}

fn page(agent: &Agent, context: &PageContext) -> Result<Caller, Fault> {
    let policy = agent.policy().as_ref().map_err(Fault::from)?;
    let not_admitted =
        || Fault::new(ErrorCode::OriginNotAdmitted).with("origin", context.origin.as_str());
    let origin = Origin::parse(&context.origin).map_err(|_| not_admitted())?;
    if !origin.is_https() && !origin.is_http_loopback() {
        return Err(ErrorCode::ContextInsecure.into());
    }
    if !context.top {
        // A framed page needs the top document's word over its own port; there is no such word
        // yet, so frames are not admitted.
        return Err(not_admitted().with("reason", "framed"));
    }
    grant(policy, &origin).ok_or_else(not_admitted)?
}

/// What policy grants an origin, and the server that it is granted at. An identity server's own
/// origin needs no entry: it may ask for proofs, and know why a sign-in cannot begin.
fn grant(policy: &Policy, origin: &Origin) -> Option<Result<Caller, Fault>> {
    let entry = policy.origin(origin);
    let mut capabilities = entry.map(|entry| entry.capabilities.clone()).unwrap_or_default();
    capabilities.remove(&Capability::Authorize);
    let server = match policy.server_at(origin) {
        Some(server) => {
            capabilities.extend([Capability::Authorize, Capability::SignIn]);
            server
        }
        None => match policy.server_of(entry?.server.as_deref()) {
            Some(server) => server,
            None => return Some(Err(no_server())),
        },
    };
    Some(Ok(Caller {
        who: Who::Page(origin.clone()),
        relying_party: Some(origin.clone()),
        server: server.url.clone(),
        capabilities,
        batch_documents: entry.and_then(|entry| entry.batch_documents).unwrap_or(usize::MAX),
    }))
}

/// Checks the table of the protocol for one command.
///
/// # Errors
///
/// `capability_not_granted` with the capability, or `gesture_required`.
pub fn check(caller: &Caller, command: CommandName, activation: bool) -> Result<(), Fault> {
    let access = command.access();
    if let Some(capability) = access.capability
        && !caller.may(capability)
    {
        return Err(not_granted(capability));
    }
    if access.gesture && !activation {
        return Err(ErrorCode::GestureRequired.into());
    }
    Ok(())
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
