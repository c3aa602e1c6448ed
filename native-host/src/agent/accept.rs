//! Who comes to the socket, and whether they are served.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use wardkey_agent_link::{Hello, Listener, Peer};
use wardkey_protocol::{
    ErrorCode, Fault,
    version::{BUILD, VersionRange},
};

use super::{Agent, admission, connection, console, program};
use crate::install;

impl Agent {
    /// Serves whoever comes and may, each in a thread of its own.
    pub(super) fn accept(self: Arc<Self>, listener: &Listener) {
        let (this, numbers) = (Peer::this(), AtomicU64::new(0));
        loop {
            match listener.accept() {
                Ok((mut connection, hello, peer)) => {
                    if let Err(turned_away) = self.check_caller(&hello, &peer, &this) {
                        tracing::warn!("caller turned away: {}", turned_away.reason);
                        // It may have gone already.
                        let _ = connection.refuse(turned_away.told);
                        continue;
                    }
                    let number = numbers.fetch_add(1, Ordering::Relaxed);
                    let (agent, present) = (self.clone(), self.callers.come());
                    let refusal = connection.try_clone();
                    let serve = move || {
                        let _present = present;
                        if connection.admit().is_err() {
                            return;
                        }
                        match hello {
                            Hello::Console => console::serve(&agent, connection, number),
                            Hello::Program { .. } => {
                                program::serve(&agent, connection, number, peer);
                            }
                            _ => connection::serve(&agent, connection, number),
                        }
                    };
                    if let Err(error) = thread::Builder::new().spawn(serve) {
                        tracing::error!("a caller can't be served: {error}");
                        let fault = Fault::new(ErrorCode::AgentUnreachable);
                        let fault = fault.with("reason", error.to_string());
                        // It may have gone already.
                        let _ = refusal.map(|refusal| refusal.refuse(Some(fault)));
                    }
                }
                Err(error) => tracing::warn!("caller turned away: {error}"),
            }
        }
    }

    /// A relay of this very program, started for an admitted extension, may bring calls, its command
    /// line, and a local program that policy names.
    fn check_caller(&self, hello: &Hello, peer: &Peer, this: &Peer) -> Result<(), TurnedAway> {
        let unsaid = |reason: String| TurnedAway { reason, told: None };
        let extension = match hello {
            Hello::Console => None,
            Hello::Relay { extension } => Some(extension),
            Hello::Program { versions } => return self.check_program(*versions, peer),
            _ => return Err(unsaid("nobody that there is".to_owned())),
        };
        if !peer.runs_same_program_as(this) {
            return Err(unsaid(format!("{:?} is not this program", peer.executable)));
        }
        let Some(extension) = extension else { return Ok(()) };
        let more = self.policy.as_ref().map(|policy| policy.extensions.as_slice());
        let admitted = install::OUR_EXTENSIONS.contains(&extension.as_str())
            || more.unwrap_or_default().contains(extension);
        if admitted { Ok(()) } else { Err(unsaid(format!("extension {extension}"))) }
    }

    fn check_program(&self, versions: VersionRange, peer: &Peer) -> Result<(), TurnedAway> {
        let agreed = VersionRange::OURS.agree(versions).map(drop);
        let mismatch = || Fault::new(ErrorCode::VersionMismatch).with("agent", BUILD);
        let admitted = agreed.ok_or_else(mismatch);
        admitted.and_then(|()| admission::program(self, peer).map(drop)).map_err(|fault| {
            TurnedAway { reason: format!("{:?}: {fault}", peer.executable), told: Some(fault) }
        })
    }
}

/// A caller that is not served.
struct TurnedAway {
    /// For the log.
    reason: String,
    /// For the caller, where it is a program.
    told: Option<Fault>,
}
