//! Whether the agent still answers: no call over a connection ever ends where it is stopped or hangs.
//! A relay asks, and a program, by a frame that no message is; a relay reads no other frame of the
//! agent's. An agent that answers says [`Pulse::Idle`] unasked, to a relay after its welcome and to a
//! program when it is admitted; others are not asked.

/// What they ask.
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
