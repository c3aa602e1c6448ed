//! One relay: its `hello`, the ports that its extension opens, and their messages.

use std::{collections::HashMap, sync::Arc};

use wardkey_agent_link::{Connection, Pulse, pulse};
use wardkey_protocol::{
    ErrorCode, Fault,
    frame::FrameError,
    hop::{Close, FromExtension, FromPort, Hello, Open, ToExtension, Welcome},
    limits::MAX_PORTS,
    own::OwnCommand,
    version::{self, VersionRange},
};

use super::{
    Agent, call,
    outbound::Outbound,
    own::Own,
    port::{Owner, Port, PortId},
};

/// Serves a relay until it goes; then its ports are closed and their calls given up.
pub fn serve(agent: &Arc<Agent>, mut connection: Connection, number: u64) {
    let Ok(outbound) = connection.try_clone().and_then(Outbound::new) else { return };
    let own = Own::new(agent, number, &outbound);
    let mut relay = Relay { agent, number, outbound, greeted: false, ports: HashMap::new(), own };
    loop {
        let frame = match connection.receive() {
            Ok(Some(frame)) if frame == pulse::QUESTION => {
                relay.outbound.send_frame(relay.pulse().frame().to_vec());
                continue;
            }
            Ok(Some(frame)) => frame,
            Ok(None) | Err(FrameError::Io(_)) => break,
            Err(error) => {
                relay.outbound.send(&ToExtension::Fault(error.fault().unwrap_or_else(malformed)));
                continue;
            }
        };
        if let Err(fault) = relay.take(&frame) {
            relay.outbound.send(&ToExtension::Fault(fault));
        }
    }
    relay.own.close();
    for port in relay.ports.into_values() {
        agent.close_port(&port);
    }
}

struct Relay<'a> {
    agent: &'a Arc<Agent>,
    number: u64,
    outbound: Outbound,
    greeted: bool,
    ports: HashMap<u32, Arc<Port>>,
    own: Arc<Own>,
}

impl Relay<'_> {
    fn take(&mut self, frame: &[u8]) -> Result<(), Fault> {
        let message = serde_json::from_slice(frame)
            .map_err(|error| malformed().with("reason", error.to_string()))?;
        match message {
            FromExtension::Hello(hello) => self.greet(&hello),
            _ if !self.greeted => Err(malformed().with("reason", "no hello")),
            FromExtension::Open(open) => self.open(open),
            FromExtension::Message(message) => self.message(message),
            FromExtension::Own(request) => {
                self.own.take(request);
                Ok(())
            }
            FromExtension::Close(Close { port }) => {
                if let Some(port) = self.ports.remove(&port) {
                    self.agent.close_port(&port);
                }
                Ok(())
            }
        }
    }

    fn pulse(&self) -> Pulse {
        let is_busy = self.own.is_busy() || self.ports.values().any(|port| port.is_busy());
        if is_busy { Pulse::Busy } else { Pulse::Idle }
    }

    fn greet(&mut self, hello: &Hello) -> Result<(), Fault> {
        let Some(version) = VersionRange::OURS.agree(hello.versions) else {
            return Err(Fault::new(ErrorCode::VersionMismatch)
                .with("agent", version::BUILD)
                .with("extension", hello.extension.as_str()));
        };
        self.greeted = true;
        self.outbound.send(&ToExtension::Welcome(Welcome {
            version,
            agent: version::BUILD.to_owned(),
            boot: self.agent.boot().to_owned(),
            own: OwnCommand::ALL.to_vec(),
        }));
        // Relays ask those alone who have said that they answer.
        self.outbound.send_frame(Pulse::Idle.frame().to_vec());
        Ok(())
    }

    fn open(&mut self, open: Open) -> Result<(), Fault> {
        if self.ports.len() >= MAX_PORTS || self.ports.contains_key(&open.port) {
            self.outbound.send(&ToExtension::Close(Close { port: open.port }));
            return Err(malformed().with("reason", "a port too many"));
        }
        let id = PortId { connection: self.number, port: open.port };
        let port = Arc::new(Port::new(id, Owner::Page(open.context), self.outbound.clone()));
        self.agent.open_port(port.clone());
        self.ports.insert(open.port, port);
        Ok(())
    }

    fn message(&mut self, message: FromPort) -> Result<(), Fault> {
        let Some(port) = self.ports.get(&message.port) else {
            return Err(malformed().with("reason", "no such port"));
        };
        call::take_message(self.agent, port, message.frame, message.activation);
        Ok(())
    }
}

fn malformed() -> Fault {
    ErrorCode::MessageMalformed.into()
}
