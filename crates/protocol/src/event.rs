//! Events: what happened, to pages that subscribed.

use crate::view::{SessionCause, SessionState, SessionView};

wire_names! {
    /// An event's name.
    #[non_exhaustive]
    pub enum EventName {
        /// A card was put in.
        CardInserted,
        /// A card was taken out.
        CardRemoved,
        /// A reader was connected or disconnected.
        ReaderChanged,
        /// This page's session has another role.
        RoleChanged,
        /// This page's session changed otherwise, or belongs to another user now.
        SessionChanged,
        /// This page's session is over; its tickets open nothing any more.
        SessionEnded,
        /// This page's session is locked.
        SessionLocked,
        /// This page's session is active again.
        SessionResumed,
        /// This page has signed in.
        SessionStarted,
    }
}

wire_struct! {
    /// One event.
    pub struct Event {
        /// Counts the events of one port, from 1.
        pub seq: u32,
        /// What happened.
        pub event: EventName,
        /// The facts; which are there depends on the event.
        pub data: EventData,
    }

    /// The facts of an event.
    #[derive(Default)]
    pub struct EventData {
        /// The reader (`card_inserted`, `card_removed`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub reader: Option<String>,
        /// Whether any card is in a reader now (`card_*`, `reader_changed`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub card_present: Option<bool>,
        /// Why (`session_*`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub cause: Option<SessionCause>,
        /// The state now (`session_*`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub state: Option<SessionState>,
        /// The session (`session_started`, `session_resumed`, `role_changed`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub session: Option<SessionView>,
    }
}

impl EventName {
    /// Every event.
    pub const ALL: &'static [Self] = &[
        Self::CardInserted,
        Self::CardRemoved,
        Self::ReaderChanged,
        Self::RoleChanged,
        Self::SessionChanged,
        Self::SessionEnded,
        Self::SessionLocked,
        Self::SessionResumed,
        Self::SessionStarted,
    ];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CardInserted => "card_inserted",
            Self::CardRemoved => "card_removed",
            Self::ReaderChanged => "reader_changed",
            Self::RoleChanged => "role_changed",
            Self::SessionChanged => "session_changed",
            Self::SessionEnded => "session_ended",
            Self::SessionLocked => "session_locked",
            Self::SessionResumed => "session_resumed",
            Self::SessionStarted => "session_started",
        }
    }

    /// The event of a name; `None` when there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.as_str() == name)
    }
}

#[cfg(test)]
mod tests;
