//! `cards`: the readers and the cards in them.

use crate::{
    Fault,
    view::{CardView, ReaderView},
};

wire_struct! {
    /// Nothing to say.
    #[derive(Default, Eq)]
    pub struct Args {}

    /// Readers, and the cards that could be read.
    pub struct Cards {
        /// Every reader.
        pub readers: Vec<ReaderView>,
        /// Every card that could be read; no holder's name is in it.
        pub cards: Vec<CardView>,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
