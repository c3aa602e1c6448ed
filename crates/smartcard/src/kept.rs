//! Certificates of cards that were read before, so that a card that comes back is not read again.

use std::collections::VecDeque;

use crate::CardCertificate;

/// What is kept of a card.
#[derive(Clone, Debug)]
pub(crate) struct Known<K, M> {
    /// What tells this card from others.
    pub card: K,
    /// What a back end compares to see, cheaply, that nothing was written to the card.
    pub mark: M,
    /// Its certificates.
    pub certificates: Vec<CardCertificate>,
}

/// The cards that were seen last. As many as a shared workstation sees in a shift.
pub(crate) struct Kept<K, M>(VecDeque<Known<K, M>>);

impl<K, M> Default for Kept<K, M> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<K: PartialEq, M> Kept<K, M> {
    /// What is kept of a card.
    pub fn of(&mut self, card: &K) -> Option<&mut Known<K, M>> {
        self.0.iter_mut().find(|known| known.card == *card)
    }

    /// Keeps a card that was read, in place of what was kept of it.
    pub fn keep(&mut self, known: Known<K, M>) {
        self.0.retain(|other| other.card != known.card);
        self.0.push_back(known);
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// Forgets a card.
    pub fn forget(&mut self, card: &K) {
        self.0.retain(|known| known.card != *card);
    }
}

const MOST: usize = 64;

#[cfg(test)]
mod tests;
