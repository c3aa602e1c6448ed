//! Sessions, tickets and challenges, as they are kept.

use std::time::Duration;

use wardkey_protocol::view::SessionState;

use crate::{Timestamp, delivery::EndCause};

/// The SHA-256 of something: a ticket, a challenge, a certificate.
pub type Sha256 = [u8; 32];

/// Where a session stands, in the order of its decline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Logged in; tickets work.
    Active,
    /// The card is out.
    Locked,
    /// Another user's card is in, or the agent's lease lapsed.
    Suspended,
    /// Over.
    Ended,
}

/// What a user logged in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authenticator {
    /// A smartcard, through the agent.
    Card,
    /// A passkey (WebAuthn), in the browser.
    Passkey,
}

/// A session of a user who has logged in.
///
/// The state that is stored may be behind the time: [`Session::state_at`] says where the session
/// stands, and [`Session::settle`] makes that the stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names the session; no credential.
    pub id: String,
    /// Raised with each change that is stored, so that two changes can't overwrite each other.
    pub revision: u64,
    /// The state as it was stored.
    pub state: State,
    /// The user.
    pub uid: String,
    /// What the user logged in with.
    pub authenticator: Authenticator,
    /// The SHA-256 of the certificate, or of the passkey's id, that logged in, and that alone can
    /// resume.
    pub credential: Sha256,
    /// The role profile that was chosen.
    pub role: Option<String>,
    /// The agent's key of this session, a DER SubjectPublicKeyInfo; empty where no agent is.
    pub session_key: Vec<u8>,
    /// The highest sequence number of the agent's proofs so far.
    pub last_sequence: u64,
    /// When the user logged in.
    pub created: Timestamp,
    /// When the card last answered a challenge: at login or resume.
    pub authenticated: Timestamp,
    /// The last activity.
    pub last_activity: Timestamp,
    /// When the session ends at the latest.
    pub max_expires: Timestamp,
    /// How long it may be idle.
    pub idle: Duration,
    /// When the agent's lease lapses.
    pub lease_expires: Timestamp,
}

/// A ticket as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTicket {
    /// The SHA-256 of the ticket.
    pub hash: Sha256,
    /// The session it is of.
    pub session: String,
    /// The relying party that a child ticket is bound to; `None`: the session's own ticket.
    pub relying_party: Option<String>,
    /// When it was issued.
    pub issued: Timestamp,
}

/// A challenge that waits for a card's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChallenge {
    /// The SHA-256 of the challenge.
    pub hash: Sha256,
    /// The SHA-256 of the server's signature over it.
    pub signature: Sha256,
    /// The client's name for the login (`log_session_id`).
    pub transaction: String,
    /// When it stops working.
    pub expires: Timestamp,
}

impl State {
    /// Its name in the store and the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }

    /// The state of this name; `None`: there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Active, Self::Locked, Self::Suspended, Self::Ended];
        all.into_iter().find(|state| state.as_str() == name)
    }
}

impl Authenticator {
    /// Its name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Passkey => "passkey",
        }
    }

    /// The authenticator of this name; `None`: there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Card, Self::Passkey].into_iter().find(|known| known.as_str() == name)
    }
}

impl From<State> for SessionState {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Locked => Self::Locked,
            State::Suspended => Self::Suspended,
            State::Ended => Self::Ended,
        }
    }
}

impl Session {
    /// Where the session stands: over when its time is up or it was idle too long, suspended when
    /// the lease has lapsed, otherwise as stored.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.state {
            State::Ended => State::Ended,
            _ if self.timed_out(now).is_some() => State::Ended,
            State::Active if now >= self.lease_expires => State::Suspended,
            state => state,
        }
    }

    /// Why time has ended the session; `None`: it has not.
    #[must_use]
    pub fn timed_out(&self, now: Timestamp) -> Option<EndCause> {
        if self.state == State::Ended {
            None
        } else if now >= self.max_expires {
            Some(EndCause::MaxTime)
        } else if now >= self.last_activity.plus(self.idle) {
            Some(EndCause::Idle)
        } else {
            None
        }
    }

    /// Whether the session is active: the only state in which anything of it validates.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.state_at(now) == State::Active
    }

    /// Makes the state at this time the stored one.
    pub fn settle(&mut self, now: Timestamp) {
        self.state = self.state_at(now);
    }

    /// Takes the sequence number of a proof. `false`: it is not above all before it, or above
    /// what JSON can carry exactly.
    #[must_use]
    pub fn accept_sequence(&mut self, sequence: u64) -> bool {
        let higher = sequence > self.last_sequence && sequence <= MAX_SEQUENCE;
        if higher {
            self.last_sequence = sequence;
        }
        higher
    }

    /// The time that is left at most.
    #[must_use]
    pub fn remaining(&self, now: Timestamp) -> Duration {
        self.max_expires.since(now)
    }

    /// For how long the session has been idle.
    #[must_use]
    pub fn idle_for(&self, now: Timestamp) -> Duration {
        now.since(self.last_activity)
    }
}

/// 2^53 - 1 (RFC 8259, section 6).
const MAX_SEQUENCE: u64 = (1 << 53) - 1;

#[cfg(test)]
mod tests;
