//! `cards`: the readers and the cards in them.

use crate::{
    Fault,
    view::{CardView, ReaderView},
};

wire_struct! {
    /// Nothing to say.
    #[cfg_attr(feature = "bindings", ts(rename = "CardsArgs"), schemars(rename = "CardsArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {}

    /// Readers, and the cards that could be read.
    #[cfg_attr(feature = "bindings", ts(rename = "CardsResult"), schemars(rename = "CardsResult"))]
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
