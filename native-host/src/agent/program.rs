//! One local program: its port, and its messages, which are those of a page.

use std::{sync::Arc, time::Instant};

use wardkey_agent_link::{Connection, Peer, Pulse, pulse};
use wardkey_protocol::{ErrorCode, Fault, envelope::Failure, frame::FrameError};

use super::{
    Agent, admission,
    audit::Entry,
    call,
    outbound::Outbound,
    port::{Owner, Port, PortId},
    session::Session,
};

/// Serves an admitted program until it goes; then its calls are given up.
pub fn serve(agent: &Arc<Agent>, mut connection: Connection, number: u64, peer: Peer) {
    let Ok(outbound) = connection.try_clone().and_then(Outbound::new) else { return };
    let id = PortId { connection: number, port: 0 };
    let port = Arc::new(Port::new(id, Owner::Program(peer), outbound));
    agent.open_port(port.clone());
    // Programs ask those alone who have said that they answer.
    port.say(Pulse::Idle);
    loop {
        let refused = match connection.receive() {
            Ok(Some(frame)) if frame == pulse::QUESTION => {
                port.say(if port.is_busy() { Pulse::Busy } else { Pulse::Idle });
                continue;
            }
            Ok(Some(frame)) => match serde_json::from_slice(&frame) {
                // Policy's word takes the place of a click in a page.
                Ok(message) => {
                    call::take_message(agent, &port, message, true);
                    continue;
                }
                Err(error) => malformed().with("reason", error.to_string()),
            },
            Ok(None) | Err(FrameError::Io(_)) => break,
            Err(error) => error.fault().unwrap_or_else(malformed),
        };
        port.refuse(Failure { id: None, error: refused });
    }
    agent.close_port(&port);
}

/// Brings a program that is in no session yet into the active one at its server; `None` for a page,
/// or where there is no such session.
pub fn join(agent: &Agent, port: &Port) -> Option<Arc<Session>> {
    let Owner::Program(peer) = &port.owner else { return None };
    let caller = admission::program(agent, peer).ok()?;
    let session = agent.sessions.at(&caller.server)?;
    let role = session.role()?;
    if session.is_over(Instant::now()) {
        return None;
    }
    port.enter_session(session.id());
    agent.record(&Entry {
        action: "enter_session",
        program: caller.who.program(),
        uid: Some(&session.uid),
        role: Some(&role.id),
        card: Some(&session.card.serial),
        outcome: "ok",
        ..Entry::default()
    });
    Some(session)
}

fn malformed() -> Fault {
    ErrorCode::MessageMalformed.into()
}

#[cfg(test)]
mod tests;
