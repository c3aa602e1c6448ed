//! A card that knows two passcodes, PIV's own and the one that its applications share.

use super::*;
use crate::piv::{apdu::SUCCESS, tlv};

/// Answers for each passcode by itself.
struct Card {
    /// The policy of its discovery object; `None`: it has none.
    policy: Option<[u8; 2]>,
    /// By key reference: the status words of a `VERIFY` without data.
    global: [u8; 2],
    own: [u8; 2],
    /// Whether it knows how to forget.
    obeys: bool,
    /// References that were asked for, and those that were told to be forgotten.
    asked: Vec<u8>,
    forgotten: Vec<u8>,
}

impl Card {
    fn new(policy: [u8; 2], global: [u8; 2], own: [u8; 2]) -> Self {
        let (asked, forgotten) = (Vec::new(), Vec::new());
        Self { policy: Some(policy), global, own, obeys: true, asked, forgotten }
    }
}

impl Transmit for Card {
    fn transmit(&mut self, command: &[u8], _: bool) -> Result<Vec<u8>, CardError> {
        Ok(match (command, self.policy) {
            ([0x00, 0xa4, ..], _) => SUCCESS.to_vec(),
            ([0x00, 0xcb, 0x3f, 0xff, 0x03, 0x5c, 0x01, 0x7e, ..], Some(policy)) => {
                let aid = tlv::write(&[0x4f], &[0xa0, 0, 0, 0x03, 0x08, 0, 0, 0x10, 0, 0x01, 0]);
                let content = [aid, tlv::write(&[0x5f, 0x2f], &policy)].concat();
                [tlv::write(&[0x7e], &content), SUCCESS.to_vec()].concat()
            }
            ([0x00, 0xcb, ..], _) => vec![0x6a, 0x82],
            ([0x00, 0x20, 0x00, reference], _) => {
                self.asked.push(*reference);
                if *reference == 0x00 { self.global.to_vec() } else { self.own.to_vec() }
            }
            ([0x00, 0x20, 0xff, reference], _) => {
                self.forgotten.push(*reference);
                if !self.obeys {
                    return Ok(vec![0x6a, 0x86]);
                }
                let status = if *reference == 0x00 { &mut self.global } else { &mut self.own };
                *status = [0x63, 0xc3];
                SUCCESS.to_vec()
            }
            _ => panic!("{command:02x?}"),
        })
    }

    fn control(&mut self, _: u32, _: Vec<u8>) -> Result<Vec<u8>, CardError> {
        Err(CardError::Unsupported(String::new()))
    }
}

fn ask(card: Card, atr: &[u8]) -> (Asked, Card) {
    let mut channel = Channel::new(card, atr, false);
    let asked = asked(&mut channel).unwrap().unwrap();
    (asked, channel.card)
}

const PREFERS_GLOBAL: [u8; 2] = [0x60, 0x20];
const TWO_LEFT: [u8; 2] = [0x63, 0xc2];
const BLOCKED: [u8; 2] = [0x69, 0x83];
const NO_SUCH: [u8; 2] = [0x6a, 0x88];
const CONTACTS: [u8; 11] = [0x3b, 0x95, 0x13, 0x81, 0x01, 0x80, 0x73, 0xff, 0x01, 0x00, 0x0b];
const CONTACTLESS: [u8; 10] = [0x3b, 0x85, 0x80, 0x01, 0x80, 0x73, 0xff, 0x01, 0x00, 0x09];

#[test]
fn it_is_asked_of_the_passcode_that_the_card_prefers() {
    let (said, card) = ask(Card::new(PREFERS_GLOBAL, TWO_LEFT, BLOCKED), &CONTACTS);
    assert_eq!((said.tries_left(), &card.asked[..]), (Some(2), &[0x00][..]));
    assert!(!said.is_unblocked_by_key());

    for policy in [[0x60, 0x10], [0x40, 0x00]] {
        let (said, card) = ask(Card::new(policy, BLOCKED, TWO_LEFT), &CONTACTS);
        assert_eq!((said.tries_left(), &card.asked[..]), (Some(2), &[0x80][..]));
        assert!(said.is_unblocked_by_key());
    }
    let none = Card { policy: None, ..Card::new([0; 2], BLOCKED, TWO_LEFT) };
    assert_eq!(ask(none, &CONTACTS).0.tries_left(), Some(2));
}

#[test]
fn both_passcodes_are_forgotten_where_the_card_takes_both() {
    let forget = |card: Card| {
        let mut channel = Channel::new(card, &CONTACTS, false);
        let done = forgotten(&mut channel, false);
        (done, channel.card.forgotten)
    };
    let given = |policy| Card::new(policy, SUCCESS, SUCCESS);
    for policy in [PREFERS_GLOBAL, [0x60, 0x10]] {
        assert_eq!(forget(given(policy)), (Ok(true), vec![0x00, 0x80]));
    }
    // A card that takes PIV's alone keeps the other for its other applications.
    assert_eq!(forget(given([0x40, 0x00])), (Ok(true), vec![0x80]));
    assert_eq!(forget(Card::new(PREFERS_GLOBAL, SUCCESS, TWO_LEFT)), (Ok(true), vec![0x00]));
    let absent = Card::new(PREFERS_GLOBAL, TWO_LEFT, NO_SUCH);
    assert_eq!(forget(absent), (Ok(true), vec![0x80]));
}

#[test]
fn a_card_that_does_not_say_whether_it_was_given_its_passcode_forgets_it_all_the_same() {
    let forget = |obeys| {
        let card = Card { obeys, ..Card::new([0x40, 0x00], NO_SUCH, [0x67, 0x00]) };
        let mut channel = Channel::new(card, &CONTACTS, false);
        (forgotten(&mut channel, false), channel.card.forgotten)
    };
    assert_eq!(forget(true), (Ok(true), vec![0x80]));
    // It is reset then.
    assert_eq!(forget(false), (Ok(false), vec![0x80]));

    let over_the_air = |policy| {
        let card = Card::new(policy, NO_SUCH, [0x69, 0x82]);
        forgotten(&mut Channel::new(card, &CONTACTLESS, false), false)
    };
    assert_eq!(over_the_air([0x40, 0x00]), Ok(true));
    assert_eq!(over_the_air([0x48, 0x00]), Ok(false));
}

#[test]
fn a_card_over_the_air_says_before_it_is_asked_that_it_needs_contacts() {
    for status in [[0x6a, 0x81], [0x69, 0x82]] {
        let said = |policy, atr: &[u8]| ask(Card::new(policy, NO_SUCH, status), atr).0;
        assert!(said([0x40, 0x00], &CONTACTLESS).needs_contact());
        assert_eq!(said([0x40, 0x00], &CONTACTLESS).tries_left(), None);
        // A module may have a way of its own.
        assert!(!said([0x48, 0x00], &CONTACTLESS).needs_contact());
        // With contacts the same words say nothing.
        assert!(!said([0x40, 0x00], &CONTACTS).needs_contact());
    }
    // Over the air, but it takes its passcode there.
    let (said, _) = ask(Card::new([0x40, 0x00], NO_SUCH, TWO_LEFT), &CONTACTLESS);
    assert_eq!((said.needs_contact(), said.tries_left()), (false, Some(2)));
    let (said, _) = ask(Card::new([0x40, 0x00], NO_SUCH, BLOCKED), &CONTACTLESS);
    assert_eq!((said.needs_contact(), said.tries_left()), (false, Some(0)));
}
