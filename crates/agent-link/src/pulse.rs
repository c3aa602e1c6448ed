//! Whether the agent still answers: no call over a connection ever ends where it is stopped or hangs.
//! A relay asks, by a frame that no extension's message is; it reads no other frame of the agent's. An
//! agent that answers says [`Pulse::Idle`] unasked, after its welcome; others are not asked.

/// What a relay asks.
pub const QUESTION: &[u8] = br#""alive?""#;

/// What the agent says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// Calls are under way.
    Busy,
    /// None is.
    Idle,
}

impl Pulse {
    /// The frame.
    #[must_use]
    pub const fn frame(self) -> &'static [u8] {
        match self {
            Self::Busy => br#""busy""#,
            Self::Idle => br#""idle""#,
        }
    }

    /// Reads a frame; `None` for any other.
    #[must_use]
    pub fn of(frame: &[u8]) -> Option<Self> {
        [Self::Busy, Self::Idle].into_iter().find(|pulse| pulse.frame() == frame)
    }
}
