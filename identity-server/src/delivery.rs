//! What others are told when a session ends: kept with the change itself, so that a node that is
//! killed loses none of it, and sent by whichever node comes first.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// To an OpenID Connect client, by a logout token (OpenID Connect Back-Channel Logout 1.0).
    LogoutToken {
        /// The client.
        client: String,
        /// The user.
        uid: String,
        /// The session.
        session: String,
    },
    /// To a listener that was added by the Spine's session service.
    SessionNotification {
        /// Where it listens.
        url: String,
        /// The session.
        session: String,
        /// The ticket that it knows the session by, wrapped, in base64.
        ticket: String,
        /// Why the session ended.
        cause: EndCause,
        /// When, in milliseconds since 1970.
        at: u64,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// An administrator, or a newer session of the same user.
    Destroyed,
    /// Nothing happened for too long.
    Idle,
    /// The user, the agent or the card's removal.
    Logout,
    /// The session had lasted as long as a session may.
    MaxTime,
}

impl EndCause {
    /// What the audit log calls it.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Destroyed => "destroy",
            Self::Idle => "idle",
            Self::Logout => "logout",
            Self::MaxTime => "max_time",
        }
    }
}

/// A task with how it has gone so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Names the delivery.
    pub id: String,
    /// What to tell whom.
    pub task: Task,
    /// When it came up.
    pub made: Timestamp,
    /// How often it was tried, this time included.
    pub attempts: u64,
}
