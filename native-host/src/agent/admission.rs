//! Who may call what: the browser's facts against the policy.

use wardkey_protocol::{CommandName, ErrorCode, Fault, Origin};

use super::{
    Agent,
    port::{Caller, Port},
};

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
    let admitted = policy.origin(&origin).ok_or_else(not_admitted)?;
    let server = policy
        .server_of(admitted)
        .ok_or_else(|| Fault::new(ErrorCode::PolicyInvalid).with("reason", "no identity server"))?;
    Ok(Caller { server: server.url.clone(), capabilities: admitted.capabilities.clone(), origin })
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
pub fn not_granted(capability: wardkey_protocol::Capability) -> Fault {
    let name = serde_json::to_value(capability).unwrap_or_default();
    Fault::new(ErrorCode::CapabilityNotGranted).with("capability", name)
}
