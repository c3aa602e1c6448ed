//! One instance: its connection to the agent, and the calls of the interface over it.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use wardkey_agent_link::{Client, Instance, LinkError, find_host};
use wardkey_protocol::{
    CommandName, ErrorCode,
    command::{sign_in::SignedIn, status::Status, ticket::Ticket},
};
use wardkey_spine::ticket_api::Code;

use crate::Failure;

/// An instance.
pub struct Api {
    open: Box<dyn Fn() -> Result<Client, LinkError> + Send + Sync>,
    link: Mutex<Option<Arc<Link>>>,
    closed: AtomicBool,
}

impl Api {
    /// Connects to the agent of this desktop, starting it where it does not run.
    pub fn connect() -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var_os(name);
        Self::with(move || {
            let instance = Instance::from_environment(variable);
            Client::connect(&instance, find_host(variable).as_deref())
        })
    }

    fn with(
        open: impl Fn() -> Result<Client, LinkError> + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let api =
            Self { open: Box::new(open), link: Mutex::new(None), closed: AtomicBool::new(false) };
        api.link()?;
        Ok(api)
    }

    /// The agent's version.
    pub fn agent_version(&self) -> Result<u32, Failure> {
        Ok(packed(&self.again(Link::status)?.agent))
    }

    /// The ticket of the session; without one the user signs in.
    pub fn ticket(&self) -> Result<String, Failure> {
        match self.again(Link::ticket) {
            Err(failure) if failure.is_without_session() => self.link()?.sign_in(false),
            outcome => outcome,
        }
    }

    /// The ticket of the session. Once that session is not active any more, there is none for one
    /// call, so that nobody takes the next user's ticket for theirs.
    pub fn ticket_no_auth(&self) -> Result<String, Failure> {
        let link = self.link()?;
        let outcome = match link.ticket() {
            Err(failure) if failure.is_gone() && !link.has_given() => {
                self.leave(&link);
                self.link()?.ticket()
            }
            outcome => outcome,
        };
        outcome.map_err(|failure| {
            if !failure.is_gone() && !failure.is_without_session() {
                return failure;
            }
            if !failure.is(ErrorCode::SessionMissing) {
                self.leave(&link);
            }
            failure.with_code(Code::TICKET_NOT_AVAILABLE)
        })
    }

    /// A ticket of a new session, into which the user signs in by card and passcode.
    pub fn new_ticket(&self) -> Result<String, Failure> {
        // Whether the agent is there is found out before the user is asked, not by asking twice.
        self.again(Link::status)?;
        self.link()?.sign_in(true)
    }

    /// Ends the session, for everybody.
    pub fn destroy_ticket(&self) -> Result<(), Failure> {
        match self.again(Link::sign_out) {
            Err(failure) if failure.is_without_session() => Ok(()),
            outcome => outcome,
        }
    }

    /// Ends the connection: every call under way is given up.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        if let Some(link) = self.locked().take() {
            link.client.shut_down();
        }
    }

    /// Does what may be done twice, over another connection where the agent went away meanwhile.
    fn again<T>(&self, act: impl Fn(&Link) -> Result<T, Failure>) -> Result<T, Failure> {
        let link = self.link()?;
        match act(&link) {
            Err(failure) if failure.is_gone() => {
                self.leave(&link);
                act(&*self.link()?)
            }
            outcome => outcome,
        }
    }

    /// The connection; another one where it was left.
    fn link(&self) -> Result<Arc<Link>, Failure> {
        let mut link = self.locked();
        if self.closed.load(Ordering::Acquire) {
            return Err(Code::INVALID_INSTANCE_HANDLE.into());
        }
        let process = std::process::id();
        if let Some(link) = link.as_ref().filter(|link| link.process == process) {
            return Ok(link.clone());
        }
        let client = (self.open)()?;
        let opened = Arc::new(Link { client, process, gave: AtomicBool::new(false) });
        *link = Some(opened.clone());
        Ok(opened)
    }

    /// The next call uses another connection; calls of other threads go on over this one.
    fn leave(&self, left: &Arc<Link>) {
        let mut link = self.locked();
        if link.as_ref().is_some_and(|link| Arc::ptr_eq(link, left)) {
            *link = None;
        }
    }

    fn locked(&self) -> MutexGuard<'_, Option<Arc<Link>>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection to the agent, which is in one session at most.
struct Link {
    client: Client,
    /// Who opened it: a forked child does not speak over its parent's connection.
    process: u32,
    /// Whether it has given a ticket.
    gave: AtomicBool,
}

impl Link {
    fn status(&self) -> Result<Status, Failure> {
        Ok(self.client.call(CommandName::Status, &json!({}))?)
    }

    fn ticket(&self) -> Result<String, Failure> {
        let ticket: Ticket = self.client.call(CommandName::Ticket, &json!({}))?;
        Ok(self.given(ticket.ticket))
    }

    fn sign_in(&self, fresh: bool) -> Result<String, Failure> {
        let args = json!({"fresh": fresh});
        let signed_in: SignedIn = self.client.call(CommandName::SignIn, &args)?;
        // It is missing where policy grants no tickets.
        let ticket = signed_in.ticket.ok_or(Code::AUTHMETHOD_NOT_POSSIBLE)?;
        Ok(self.given(ticket))
    }

    fn sign_out(&self) -> Result<(), Failure> {
        let _: Value = self.client.call(CommandName::SignOut, &json!({}))?;
        Ok(())
    }

    fn given(&self, ticket: String) -> String {
        self.gave.store(true, Ordering::Release);
        ticket
    }

    fn has_given(&self) -> bool {
        self.gave.load(Ordering::Acquire)
    }
}

/// A version in one number, `0x00MMmmpp`.
pub const fn packed(version: &str) -> u32 {
    let (octets, mut packed, mut part, mut at) = (version.as_bytes(), 0, 0, 0);
    while at < octets.len() {
        match octets[at] {
            digit @ b'0'..=b'9' => part = part * 10 + (digit - b'0') as u32,
            b'.' => (packed, part) = (packed << 8 | part, 0),
            // What stands behind it is no number.
            _ => break,
        }
        at += 1;
    }
    (packed << 8 | part) & 0x00FF_FFFF
}

#[cfg(test)]
mod tests;
