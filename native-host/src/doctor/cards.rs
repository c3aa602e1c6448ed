//! The cards: which are there, who reads them, and how their passcodes are.

use wardkey_protocol::own::Finding;
use wardkey_smartcard::{CardError, ReaderLook, Token};

use super::{codes::Code, modules::Answered};

/// A card and the tokens on it.
pub struct Card<'a> {
    /// Where it is, as part of a sentence: `the card in …`.
    pub place: String,
    /// Its tokens, as the first way that reads it has them.
    pub tokens: Vec<&'a Token>,
    way: &'a str,
}

/// The cards in readers, and the tokens that are in none, each by the first way that reads it.
pub fn read<'a>(readers: &[ReaderLook], answered: &'a [Answered]) -> Vec<Card<'a>> {
    let mut cards: Vec<Card<'a>> = Vec::new();
    for Answered { name, tokens, .. } in answered {
        for token in tokens.iter().flatten() {
            let is_reader = readers.iter().any(|reader| reader.state.name == token.reader);
            let place = match is_reader {
                true => format!("the card in {}", token.reader),
                false => format!("the token of {name}"),
            };
            match cards.iter_mut().find(|card| card.place == place) {
                Some(card) if card.way == name => card.tokens.push(token),
                Some(_) => {}
                None => cards.push(Card { place, tokens: vec![token], way: name }),
            }
        }
    }
    cards
}

/// What there is to say of them, and of cards that nobody reads.
pub fn findings(readers: &[ReaderLook], answered: &[Answered], cards: &[Card<'_>]) -> Vec<Finding> {
    let mut findings: Vec<_> = cards.iter().flat_map(of_card).collect();
    let unread = readers.iter().filter(|reader| {
        let state = &reader.state;
        let is_read = cards.iter().flat_map(|card| &card.tokens).any(|it| it.reader == state.name);
        (state.card_present || state.unresponsive) && !is_read
    });
    let busy = answered.iter().any(|way| matches!(way.tokens, Err(CardError::CardBusy)));
    findings.extend(unread.map(|reader| {
        let name = &reader.state.name;
        if reader.exclusive || (busy && reader.state.in_use) {
            return Code::CardBusy.says(format!("Another program holds the card in {name}."));
        }
        let atr: Vec<_> = reader.state.atr.iter().map(|octet| format!("{octet:02X}")).collect();
        let says = format!("The card in {name} can't be read.");
        Code::CardUnreadable.says(says).with("answerToReset", atr.join(" "))
    }));
    if findings.is_empty() {
        findings.push(Code::CardMissing.found());
    }
    findings
}

fn of_card(card: &Card<'_>) -> Vec<Finding> {
    let place = capitalised(&card.place);
    let mut findings = vec![Code::Card.says(format!("{place} is read by {}.", card.way))];
    let passcodes = || card.tokens.iter().map(|token| token.passcode);
    if passcodes().any(|passcode| passcode.blocked) {
        findings.push(
            Code::PasscodeBlocked.says(format!("The passcode of {} is blocked.", card.place)),
        );
    } else if passcodes().any(|passcode| passcode.last_try || passcode.tries_left == Some(1)) {
        let says = format!("The passcode of {} has one try left.", card.place);
        findings.push(Code::PasscodeLastTry.says(says));
    }
    if passcodes().any(|passcode| passcode.expired) {
        let says = format!("The passcode of {} has to be changed.", card.place);
        findings.push(Code::PasscodeExpired.says(says));
    }
    findings
}

/// A sentence's beginning.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}
