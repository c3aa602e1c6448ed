//! Another passcode for a card that is here, as its holder asks in the extension's own pages or at
//! the command line.

use std::sync::Arc;

use wardkey_protocol::{
    ErrorCode, Fault,
    own::{PasscodeArgs, PasscodeSet},
};

use super::{
    Agent,
    cards::Card,
    dialogs::{Act, Conversation},
    port::Who,
};
use crate::{
    dialog::{
        screen::{CardsBody, ChosenCard, SetBy},
        words::Word,
    },
    interrupt::Interrupt,
};

impl Agent {
    /// Has the user give a card another passcode.
    ///
    /// # Errors
    ///
    /// The user's or the card's; `passcode_elsewhere` for a key that a service keeps.
    pub(super) fn set_passcode(
        self: &Arc<Self>,
        interrupt: &Arc<Interrupt>,
        by: SetBy,
        args: &PasscodeArgs,
    ) -> Result<PasscodeSet, Fault> {
        self.check_record()?;
        let reader = args.reader()?;
        if let Some(service) =
            reader.filter(|name| self.cards.services.names().contains(&(*name).to_owned()))
        {
            return Err(Fault::new(ErrorCode::PasscodeElsewhere).with("service", service));
        }
        let mut dialog =
            self.dialogs.begin_for(interrupt, Some(&Who::User), None, Act::SetPasscode(by), "")?;
        dialog.waiting(Word::ReadingCard)?;
        let card = self.card_to_set(&mut dialog, reader)?;
        dialog.set_passcode(self, &card, by)?;
        Ok(PasscodeSet { reader: card.token.reader })
    }

    /// The card in a reader, or the only one that is here, or the one that the user chooses.
    fn card_to_set(
        &self,
        dialog: &mut Conversation<'_>,
        reader: Option<&str>,
    ) -> Result<Card, Fault> {
        loop {
            let full = self.cards.full_readers();
            let mut cards = self.cards.read()?;
            cards.retain(|card| reader.is_none_or(|reader| card.token.reader == reader));
            if cards.is_empty() {
                return Err(ErrorCode::CardMissing.into());
            }
            if cards.len() == 1 {
                return Ok(cards.swap_remove(0));
            }
            let body = CardsBody {
                cards: cards.iter().map(Card::line).collect(),
                services: Vec::new(),
                user: String::new(),
                note: None,
            };
            match dialog.ask_card(body, || self.cards.full_readers() != full)? {
                // Another card is there, or one of them has gone.
                None => {}
                Some(ChosenCard::Here { place }) => {
                    return cards.into_iter().nth(place).ok_or_else(|| ErrorCode::Internal.into());
                }
                Some(ChosenCard::Kept { .. }) => return Err(ErrorCode::Internal.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
