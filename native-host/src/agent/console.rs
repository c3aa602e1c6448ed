//! The command line of this very program: what a person asks for at a terminal, in the frames of the
//! extension's own pages.

use std::sync::Arc;

use wardkey_agent_link::Connection;
use wardkey_protocol::{
    ErrorCode, Fault,
    hop::{FromExtension, ToExtension},
};

use super::{Agent, outbound::Outbound, own::Own};

/// Serves it until it goes; then what it asked for is given up.
pub fn serve(agent: &Arc<Agent>, mut connection: Connection, number: u64) {
    let Ok(outbound) = connection.try_clone().and_then(Outbound::new) else { return };
    let own = Own::new(agent, number, &outbound);
    while let Ok(Some(frame)) = connection.receive() {
        match serde_json::from_slice(&frame) {
            Ok(FromExtension::Own(request)) => own.take(request),
            _ => {
                outbound.send(&ToExtension::Fault(Fault::new(ErrorCode::MessageMalformed)));
            }
        }
    }
    own.close();
}
