//! Faults that a card can be told to show.

use std::time::Duration;

/// A card's orders to misbehave; none at first.
#[derive(Default)]
pub struct Faults {
    /// How long each answer takes, beside the work itself.
    pub slow: Duration,
    removal: Option<Removal>,
}

/// When the card leaves the reader by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removal {
    /// At which APDU from now, counted from 1.
    pub at: u32,
    /// Only APDUs with this instruction byte count, if given.
    pub instruction: Option<u8>,
    /// Whether it carries the APDU out and leaves before the answer.
    pub moment: Moment,
}

/// Which side of the work the removal is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// The card leaves without having seen the APDU.
    Before,
    /// The card carries the APDU out, its answer is lost.
    After,
}

impl Faults {
    /// Orders the next removal, in place of one ordered before.
    pub fn remove(&mut self, removal: Removal) {
        self.removal = Some(removal);
    }

    /// Takes all orders back.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Counts an APDU; answers when the card leaves at it, which it does once.
    pub fn count(&mut self, apdu: &[u8]) -> Option<Moment> {
        let removal = self.removal.as_mut()?;
        if removal.instruction.is_some() && removal.instruction != apdu.get(1).copied() {
            return None;
        }
        removal.at = removal.at.saturating_sub(1);
        if removal.at > 0 {
            return None;
        }
        self.removal.take().map(|removal| removal.moment)
    }
}

#[cfg(test)]
mod tests;
