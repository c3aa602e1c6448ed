//! A card that answers as SP 800-73-4 has it, or as it should not.

use super::*;
use crate::{KeyId, Passcode, SignMechanism, TokenId, piv::apdu::Channel};

/// Counts its tries; wants the passcode right before each signature where `strict`, and always
/// with 9C.
struct Card {
    strict: bool,
    tries: u8,
    fresh: bool,
    given: bool,
    answers: Option<[u8; 2]>,
    /// What it says where it is asked of its passcode; `None`: its tries.
    asked: Option<[u8; 2]>,
    verifies: usize,
    signs: usize,
}

impl Card {
    fn new() -> Self {
        Self {
            strict: false,
            tries: 3,
            fresh: false,
            given: false,
            answers: None,
            asked: None,
            verifies: 0,
            signs: 0,
        }
    }

    fn verify(&mut self, data: &[u8]) -> [u8; 2] {
        if let Some(answer) = self.answers {
            return answer;
        }
        if self.tries == 0 {
            return [0x69, 0x83];
        }
        if data == b"123456\xff\xff" {
            (self.tries, self.fresh, self.given) = (3, true, true);
            return SUCCESS;
        }
        self.tries -= 1;
        (self.fresh, self.given) = (false, false);
        if self.tries == 0 { [0x69, 0x83] } else { [0x63, 0xc0 | self.tries] }
    }
}

impl Transmit for Card {
    fn transmit(&mut self, command: &[u8], secret: bool) -> Result<Vec<u8>, CardError> {
        let fresh = std::mem::take(&mut self.fresh);
        Ok(match *command {
            [0x00, 0xa4, ..] => SUCCESS.to_vec(),
            [0x00, 0xcb, ..] => vec![0x6a, 0x82],
            [0x00, 0x20, 0x00, 0x80] if self.asked.is_some() => self.asked.unwrap().to_vec(),
            [0x00, 0x20, 0x00, 0x80] if self.given => SUCCESS.to_vec(),
            [0x00, 0x20, 0x00, 0x80] => vec![0x63, 0xc0 | self.tries],
            [0x00, 0x20, 0xff, 0x80] => {
                self.given = false;
                SUCCESS.to_vec()
            }
            [0x00, 0x20, 0x00, 0x80, 0x08, ref passcode @ ..] => {
                assert!(secret);
                self.verifies += 1;
                self.verify(passcode).to_vec()
            }
            [0x00, 0x87, 0x11, key, ..] => {
                let strict = self.strict || key == 0x9c;
                if key != 0x9e && (!self.given || strict && !fresh) {
                    return Ok(vec![0x69, 0x82]);
                }
                self.signs += 1;
                let signature = [0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07];
                let response = crate::piv::tlv::write(&[0x82], &signature);
                [crate::piv::tlv::write(&[0x7c], &response), SUCCESS.to_vec()].concat()
            }
            _ => vec![0x6d, 0x00],
        })
    }

    fn control(&mut self, _: u32, _: Vec<u8>) -> Result<Vec<u8>, CardError> {
        Err(CardError::Unsupported(String::new()))
    }
}

type Signed = Result<Vec<Result<Vec<u8>, CardError>>, CardError>;

fn sign(card: Card, key: u8, count: usize, passcode: &str, hold: bool) -> (Card, Signed) {
    sign_by(Channel::new(card, &[], false), key, count, passcode, hold)
}

fn sign_by(
    mut channel: Channel<Card>,
    key: u8,
    count: usize,
    passcode: &str,
    hold: bool,
) -> (Card, Signed) {
    let id = KeyId(vec![key]);
    let passcode = Passcode::new(passcode.to_owned());
    let batch = Batch {
        token: &TokenId(String::new()),
        key: &id,
        mechanism: SignMechanism::Ecdsa,
        digests: &vec![vec![7; 32]; count],
        passcode: &passcode,
        hold_passcode: hold,
    };
    let mut application = Application::select(&mut channel).unwrap().unwrap();
    let signed = sign_each(
        &mut application,
        (Key::of(&id).unwrap(), KeyAlgorithm::EcP256),
        || Some([0; 64]),
        &batch,
        &mut |_| true,
        &mut |error| error,
    );
    assert_eq!(application.forget(), Ok(true));
    assert!(!channel.card.given, "it is not logged out");
    (channel.card, signed)
}

fn made(signed: &Signed) -> usize {
    signed.iter().flatten().filter(|result| result.is_ok()).count()
}

#[test]
fn each_key_gets_the_passcode_as_often_as_the_standard_says() {
    for (key, verifies) in [(0x9a, 1), (0x9c, 3), (0x9d, 1), (0x9e, 0), (0x82, 1)] {
        let (card, signed) = sign(Card::new(), key, 3, "123456", true);
        assert_eq!((card.verifies, card.signs, made(&signed)), (verifies, 3, 3), "{key:02x}");
    }
    let (card, signed) = sign(Card::new(), 0x9c, 3, "123456", false);
    assert_eq!((card.verifies, made(&signed)), (1, 1));
    assert_eq!(
        signed.unwrap()[1..],
        [Err(CardError::PasscodeAgain), Err(CardError::PasscodeAgain)]
    );
}

#[test]
fn a_stricter_card_gets_it_each_time_or_not_at_all() {
    let strict = || Card { strict: true, ..Card::new() };
    let (card, signed) = sign(strict(), 0x9a, 3, "123456", true);
    assert_eq!((card.verifies, made(&signed)), (3, 3));
    let (card, signed) = sign(strict(), 0x9a, 3, "123456", false);
    assert_eq!((card.verifies, made(&signed)), (1, 1));
    assert_eq!(signed.unwrap()[2], Err(CardError::PasscodeAgain));
}

#[test]
fn wrong_passcodes_count_down_and_a_blocked_card_is_not_tried() {
    let (mut card, mut outcomes) = (Card::new(), Vec::new());
    for _ in 0..4 {
        let signed;
        (card, signed) = sign(card, 0x9a, 2, "000000", true);
        outcomes.push(signed.unwrap_err());
    }
    let wrong = |tries| CardError::PasscodeWrong { tries_left: Some(tries) };
    let blocked = CardError::PasscodeBlocked;
    assert_eq!(outcomes, [wrong(2), wrong(1), blocked.clone(), blocked]);
    assert_eq!(card.verifies, 3);
}

#[test]
fn a_passcode_that_no_card_could_have_stays_here() {
    for typed in ["", "12345", "123456789"] {
        let (card, signed) = sign(Card::new(), 0x9a, 1, typed, true);
        assert_eq!(signed, Err(CardError::PasscodeLength { min: 6, max: 8 }));
        assert_eq!((card.verifies, card.tries), (0, 3));
    }
}

#[test]
fn what_cards_say_to_a_passcode_is_told_apart() {
    for (answer, error) in [
        ([0x6a, 0x81], CardError::ContactNeeded),
        ([0x69, 0x82], CardError::ContactNeeded),
        ([0x6a, 0x80], CardError::PasscodeLength { min: 6, max: 8 }),
        ([0x63, 0x00], CardError::PasscodeWrong { tries_left: Some(3) }),
        ([0x64, 0x01], CardError::UserCancelled),
        ([0x6f, 0x00], refused("VERIFY", [0x6f, 0x00])),
    ] {
        let card = Card { answers: Some(answer), ..Card::new() };
        assert_eq!(sign(card, 0x9a, 1, "123456", true).1, Err(error));
    }
}

#[test]
fn over_the_air_it_is_known_before_the_passcode_that_the_card_takes_none() {
    let contactless = [0x3b, 0x80, 0x80, 0x01, 0x01];
    let contacts = [0x3b, 0x80, 0x81, 0x01, 0x00];
    for status in [[0x6a, 0x81], [0x69, 0x82]] {
        let card = || Card { asked: Some(status), answers: Some(status), ..Card::new() };
        let over = |atr: &[u8]| Channel::new(card(), atr, false);
        let (card, signed) = sign_by(over(&contactless), 0x9a, 1, "123456", true);
        assert_eq!((signed, card.verifies), (Err(CardError::ContactNeeded), 0));
        let mut channel = over(&contactless);
        let mut application = Application::select(&mut channel).unwrap().unwrap();
        assert_eq!(application.passcode_state(), Err(CardError::ContactNeeded));
        // Its own key needs none.
        let (card, signed) = sign_by(over(&contactless), 0x9e, 1, "", true);
        assert_eq!((made(&signed), card.signs), (1, 1));

        // A card with contacts is asked for what it says to the passcode itself.
        let (card, signed) = sign_by(over(&contacts), 0x9a, 1, "123456", true);
        assert_eq!((signed, card.verifies), (Err(CardError::ContactNeeded), 1));
        let odd = Card { asked: Some(status), ..Card::new() };
        let (card, signed) = sign_by(Channel::new(odd, &contacts, false), 0x9a, 1, "123456", true);
        assert_eq!((made(&signed), card.verifies), (1, 1));
    }
}

#[test]
fn signatures_are_joined_to_the_orders_length() {
    let der = [0x30, 0x07, 0x02, 0x02, 0x00, 0x85, 0x02, 0x01, 0x07];
    assert_eq!(joined(&der, 2), Some(vec![0, 0x85, 0, 7]));
    assert_eq!(joined(&der, 1), Some(vec![0x85, 7]));
    let too_long = [0x30, 0x07, 0x02, 0x02, 0x01, 0x85, 0x02, 0x01, 0x07];
    assert_eq!(joined(&too_long, 1), None);
    for nonsense in [&[][..], &[0x30, 0x80], &der[..8], &[&der[..], &[0]].concat()] {
        assert_eq!(joined(nonsense, 32), None);
    }
}
