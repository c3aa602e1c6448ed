//! What goes to the card, and what its answers mean.

use std::collections::VecDeque;

use super::*;
use crate::piv::apdu::Channel;

/// Answers `CHANGE REFERENCE DATA` and `RESET RETRY COUNTER` by a script, and keeps what it was sent
/// of them and of its reader.
struct Card {
    tries: u8,
    global: bool,
    /// The answer of a reader with a PIN pad.
    pad: Option<[u8; 2]>,
    answers: VecDeque<[u8; 2]>,
    sent: Vec<Vec<u8>>,
}

impl Card {
    fn new(answers: &[[u8; 2]]) -> Self {
        let answers = answers.iter().copied().collect();
        Self { tries: 3, global: false, pad: None, answers, sent: Vec::new() }
    }
}

impl Transmit for Card {
    fn transmit(&mut self, command: &[u8], secret: bool) -> Result<Vec<u8>, CardError> {
        Ok(match *command {
            [0x00, 0xa4, ..] => SUCCESS.to_vec(),
            // The discovery object: the policy that prefers the global passcode.
            [0x00, 0xcb, 0x3f, 0xff, 0x03, 0x5c, 0x01, 0x7e, ..] if self.global => {
                let aid = [0x4f, 0x0b, 0xa0, 0, 0, 0x03, 0x08, 0, 0, 0x10, 0, 0x01, 0];
                let policy = [0x5f, 0x2f, 0x02, 0x60, 0x20];
                let content = [&aid[..], &policy].concat();
                [&[0x7e, 0x12][..], &content, &SUCCESS].concat()
            }
            [0x00, 0xcb, ..] => vec![0x6a, 0x82],
            [0x00, 0x20, 0x00, 0x00 | 0x80] => vec![0x63, 0xc0 | self.tries],
            [0x00, 0x24 | 0x2c, ..] => {
                assert!(secret);
                self.sent.push(command.to_vec());
                self.answers.pop_front().unwrap().to_vec()
            }
            _ => panic!("{command:02x?}"),
        })
    }

    fn control(&mut self, code: u32, data: Vec<u8>) -> Result<Vec<u8>, CardError> {
        let answer = self.pad.ok_or_else(|| CardError::Unsupported(String::new()))?;
        if data.is_empty() {
            return Ok([[0x06, 4, 0, 0, 0, 6], [0x07, 4, 0, 0, 0, 7]].concat());
        }
        assert_eq!(code, 7);
        self.sent.push(data);
        Ok(answer.to_vec())
    }
}

fn passcode(typed: &str) -> Passcode {
    Passcode::new(typed.to_owned())
}

fn with<T>(card: Card, act: impl FnOnce(&mut Application<'_, Card>) -> T) -> (T, Card) {
    let mut channel = Channel::new(card, &[], false);
    let mut application = Application::select(&mut channel).unwrap().unwrap();
    let done = act(&mut application);
    (done, channel.card)
}

fn change(card: Card, old: &str, new: &str) -> (Result<(), CardError>, Card) {
    with(card, |application| application.change_passcode(&passcode(old), &passcode(new)))
}

fn unblock(card: Card, key: &str, known: Option<u8>) -> (Result<(), CardError>, Card) {
    with(card, |application| {
        let (key, new) = (passcode(key), passcode("654321"));
        application.unblock_passcode(&key, &new, known, LastTry::Accepted)
    })
}

#[test]
fn old_and_new_go_padded_in_one_command() {
    let (done, card) = change(Card::new(&[SUCCESS]), "123456", "7654321");
    assert_eq!(done, Ok(()));
    let sent = [&[0x00, 0x24, 0x00, 0x80, 0x10][..], b"123456\xff\xff", b"7654321\xff"].concat();
    assert_eq!(card.sent, [sent]);
    // The card's own passcode, where its discovery object prefers that.
    let (done, card) = change(Card { global: true, ..Card::new(&[SUCCESS]) }, "123456", "654321");
    assert_eq!((done, &card.sent[0][..4]), (Ok(()), &[0x00, 0x24, 0x00, 0x00][..]));

    let (done, card) = unblock(Card::new(&[SUCCESS]), "12345678", None);
    assert_eq!(done, Ok(()));
    let sent = [&[0x00, 0x2c, 0x00, 0x80, 0x10][..], b"12345678", b"654321\xff\xff"].concat();
    assert_eq!(card.sent, [sent]);
}

#[test]
fn what_no_card_could_have_stays_here() {
    let length = CardError::PasscodeLength { min: 6, max: 8 };
    for (old, new, error) in [
        ("123456", "12345", length.clone()),
        ("123456", "123456789", length.clone()),
        ("123456", "12345x", CardError::PasscodeDigits),
        ("12345", "654321", length.clone()),
    ] {
        let (done, card) = change(Card::new(&[]), old, new);
        assert_eq!((done, card.sent.len()), (Err(error), 0));
    }
    let blocked = Card { tries: 0, ..Card::new(&[]) };
    assert_eq!(change(blocked, "123456", "654321").0, Err(CardError::PasscodeBlocked));
    let (done, card) = unblock(Card::new(&[]), "12345", None);
    assert_eq!(done, Err(CardError::UnblockingKeyLength { min: 6, max: 8 }));
    assert!(card.sent.is_empty());
    assert_eq!(
        unblock(Card::new(&[]), "12345678", Some(0)).0,
        Err(CardError::UnblockingKeyBlocked)
    );
}

#[test]
fn the_last_try_of_the_key_is_not_spent_unwarned() {
    let attempt = |known| {
        let (done, card) = with(Card::new(&[SUCCESS]), |application| {
            let (key, new) = (passcode("12345678"), passcode("654321"));
            application.unblock_passcode(&key, &new, known, LastTry::Avoided)
        });
        (done, card.sent.len())
    };
    assert_eq!(attempt(None), (Err(CardError::UnblockingKeyLastTry), 0));
    assert_eq!(attempt(Some(1)), (Err(CardError::UnblockingKeyLastTry), 0));
    assert_eq!(attempt(Some(2)), (Ok(()), 1));
}

#[test]
fn a_card_that_prefers_its_own_passcode_is_not_unblocked_by_pivs_key() {
    let (done, card) = unblock(Card { global: true, ..Card::new(&[]) }, "12345678", None);
    assert!(matches!(done, Err(CardError::Unsupported(_))), "{done:?}");
    assert!(card.sent.is_empty());
    let (rules, _) = with(card, |application| application.passcode_rules().unwrap());
    assert_eq!(rules.unblocking, None);
}

#[test]
fn what_cards_say_is_told_apart() {
    let wrong = |tries_left| CardError::PasscodeWrong { tries_left };
    for (answer, error) in [
        ([0x63, 0xc2], wrong(Some(2))),
        ([0x63, 0x00], wrong(Some(3))),
        ([0x69, 0x83], CardError::PasscodeBlocked),
        ([0x6a, 0x80], CardError::NewPasscodeRefused),
        ([0x69, 0x85], CardError::NewPasscodeRefused),
        ([0x69, 0x82], CardError::ContactNeeded),
        ([0x6f, 0x00], refused("CHANGE REFERENCE DATA", [0x6f, 0x00])),
    ] {
        assert_eq!(change(Card::new(&[answer]), "123456", "654321").0, Err(error));
    }
    let wrong = |tries_left| CardError::UnblockingKeyWrong { tries_left };
    for (answer, error) in [
        ([0x63, 0xc2], wrong(Some(2))),
        ([0x63, 0x00], wrong(None)),
        ([0x63, 0xc0], CardError::UnblockingKeyBlocked),
        ([0x69, 0x83], CardError::UnblockingKeyBlocked),
        ([0x6a, 0x80], CardError::NewPasscodeRefused),
        ([0x6f, 0x00], refused("RESET RETRY COUNTER", [0x6f, 0x00])),
    ] {
        assert_eq!(unblock(Card::new(&[answer]), "12345678", None).0, Err(error));
    }
}

#[test]
fn at_a_pin_pad_nothing_is_typed_here() {
    let pad = |answer| Card { pad: Some(answer), ..Card::new(&[]) };
    let (rules, _) = with(pad(SUCCESS), |application| application.passcode_rules().unwrap());
    assert!(rules.at_reader);
    let (done, card) = change(pad(SUCCESS), "", "");
    assert_eq!((done, card.sent.len()), (Ok(()), 1));
    assert_eq!(card.sent[0][24..29], [0x00, 0x24, 0x00, 0x80, 0x10]);
    let (done, card) = unblock(pad(SUCCESS), "", None);
    assert_eq!((done, &card.sent[0][24..29]), (Ok(()), &[0x00, 0x2c, 0x00, 0x80, 0x10][..]));
    for (answer, error) in [
        (pin_pad::CANCELLED, CardError::UserCancelled),
        (pin_pad::TIMED_OUT, CardError::UserCancelled),
        (pin_pad::DIFFERENT, CardError::NewPasscodesDiffer),
        (pin_pad::LENGTH, CardError::PasscodeLength { min: 6, max: 8 }),
    ] {
        assert_eq!(change(pad(answer), "", "").0, Err(error.clone()));
        assert_eq!(unblock(pad(answer), "", None).0, Err(error));
    }
}
