//! Readers that come and go, and cards in them, by the PC/SC service.

mod held;
mod look;
mod status;
mod watch;

use pcsc::{ReaderState as Watched, State};
use serde::{Deserialize, Serialize};

pub(crate) use held::{Found, Held};
pub use look::{ReaderLook, look};
pub(crate) use status::{Readers, failed};
pub use watch::ReaderWatch;

/// A reader as the service sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderState {
    /// The reader's name.
    pub name: String,
    /// Whether a card is in it that answers.
    pub card_present: bool,
    /// Whether what is in it does not answer: put in the wrong way round, or no smartcard.
    pub unresponsive: bool,
    /// The card's answer to reset; empty without a card. For diagnosis: no card is told by it.
    pub atr: Vec<u8>,
    /// Whether a program had the card at the time of the event; its coming and going is no event.
    pub in_use: bool,
}

/// What the watch tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReaderEvent {
    /// Every reader, after any of them changed.
    Readers(Vec<ReaderState>),
    /// The PC/SC service does not run, or went away.
    ServiceMissing,
}

impl ReaderState {
    fn of(reader: &Watched) -> Self {
        let state = reader.event_state();
        let unresponsive = state.contains(State::MUTE);
        let card_present = state.contains(State::PRESENT) && !unresponsive;
        Self {
            name: reader.name().to_string_lossy().into_owned(),
            card_present,
            unresponsive,
            atr: if card_present { reader.atr().to_vec() } else { Vec::new() },
            in_use: state.intersects(State::INUSE | State::EXCLUSIVE),
        }
    }

    fn without_card(&self) -> Self {
        Self {
            name: self.name.clone(),
            card_present: false,
            unresponsive: false,
            atr: Vec::new(),
            in_use: false,
        }
    }
}
