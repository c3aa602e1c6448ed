use wardkey_protocol::{
    ErrorCode, Fault,
    command::cards::Cards,
    view::{CardView, ReaderView},
};

use crate::agent::call::Call;

/// Readers, and the cards that could be read; an empty reader is no error here.
pub fn run(call: &Call<'_>) -> Result<Cards, Fault> {
    let readers = call.agent.cards.readers();
    let cards = match call.agent.cards.read() {
        Ok(cards) => cards,
        Err(fault) if fault.code == ErrorCode::CardMissing => Vec::new(),
        Err(fault) => return Err(fault),
    };
    Ok(Cards {
        readers: readers
            .into_iter()
            .map(|reader| ReaderView { name: reader.name, card_present: reader.card_present })
            .collect(),
        cards: cards
            .into_iter()
            .map(|card| CardView {
                can_sign_in: card.token.certificates.iter().any(|held| held.uses.login),
                can_sign: card.token.certificates.iter().any(|held| held.uses.content_commitment),
                reader: card.token.reader,
                label: card.token.label,
            })
            .collect(),
    })
}
