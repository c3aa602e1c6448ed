//! Who may call what: the browser's facts against the policy.

use wardkey_protocol::{Capability, CommandName, ErrorCode, Fault, Origin};

use super::{
    Agent,
    port::{Caller, Port},
};
use crate::policy::Policy;

/// Admits a document's origin, by policy.
///
/// # Errors
///
/// `context_insecure`, `origin_not_admitted` or `policy_invalid`.
pub fn admit(agent: &Agent, port: &Port) -> Result<Caller, Fault> {
    let policy = agent.policy().as_ref().map_err(Fault::from)?;
    let not_admitted =
        || Fault::new(ErrorCode::OriginNotAdmitted).with("origin", port.context.origin.as_str());
    let origin = Origin::parse(&port.context.origin).map_err(|_| not_admitted())?;
    if !origin.is_https() && !origin.is_http_loopback() {
        return Err(ErrorCode::ContextInsecure.into());
    }
    if !port.context.top {
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
        None => match policy.server_of(entry?) {
            Some(server) => server,
            None => {
                let invalid = Fault::new(ErrorCode::PolicyInvalid);
                return Some(Err(invalid.with("reason", "no identity server")));
            }
        },
    };
    Some(Ok(Caller {
        server: server.url.clone(),
        capabilities,
        origin: origin.clone(),
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

/// The fault of a capability that was not granted.
pub fn not_granted(capability: Capability) -> Fault {
    let name = serde_json::to_value(capability).unwrap_or_default();
    Fault::new(ErrorCode::CapabilityNotGranted).with("capability", name)
}

#[cfg(test)]
mod tests;
