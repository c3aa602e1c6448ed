//! What every back end does in the same way, whatever the card.

use wardkey_smartcard::{
    Batch, CardBackend, CardCertificate, CardError, KeyId, Passcode, Token, TokenId,
};

use super::certificate::{self, mechanism, sha256};

/// Who holds the card.
pub trait Hands {
    /// The right passcode.
    fn passcode(&self) -> &str;

    /// Takes the card out; whether that is possible here.
    fn pull(&mut self) -> bool;

    /// Puts it in again.
    fn put_back(&mut self);

    /// Whether a signature is the key's.
    fn verifies(&self, held: &CardCertificate, digest: &[u8], signature: &[u8]) -> bool {
        certificate::verifies(held, digest, signature)
    }
}

/// Everything, with one card of two keys.
pub fn behaves(cards: &mut dyn CardBackend, hands: &mut dyn Hands) {
    signs_in_order_with_both_keys(cards, hands);
    stops_when_told(cards, hands);
    asks_again_where_the_passcode_is_not_held(cards, hands);
    counts_wrong_passcodes(cards, hands);
    names_what_is_not_there(cards, hands);
    keeps_what_was_signed_when_it_is_pulled(cards, hands);
}

fn signs_in_order_with_both_keys(cards: &mut dyn CardBackend, hands: &dyn Hands) {
    let token = only_token(cards);
    for held in [login(&token), content(&token)] {
        assert_ne!(held.uses.login, held.uses.content_commitment);
        let mut told = Vec::new();
        let signed = sign(cards, &token, held, 3, hands.passcode(), true, &mut |signature| {
            told.push(signature.to_vec());
            true
        });
        let signed: Vec<_> = signed.unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!(signed, told);
        for (signature, digest) in signed.iter().zip(digests(3)) {
            assert!(hands.verifies(held, &digest, signature));
        }
        let none = sign(cards, &token, held, 0, "", true, &mut |_| panic!("nothing was signed"));
        assert_eq!(none, Ok(Vec::new()));
    }
}

fn stops_when_told(cards: &mut dyn CardBackend, hands: &dyn Hands) {
    let token = only_token(cards);
    for held in [login(&token), content(&token)] {
        let mut left = 2;
        let signed = sign(cards, &token, held, 4, hands.passcode(), true, &mut |_| {
            left -= 1;
            left > 0
        });
        let signed = signed.unwrap();
        assert!(signed[..2].iter().all(Result::is_ok));
        assert_eq!(signed[2..], [Err(CardError::Stopped), Err(CardError::Stopped)]);
    }
}

fn asks_again_where_the_passcode_is_not_held(cards: &mut dyn CardBackend, hands: &dyn Hands) {
    let token = only_token(cards);
    let signed = sign(cards, &token, login(&token), 3, hands.passcode(), false, &mut |_| true);
    assert!(signed.unwrap().iter().all(Result::is_ok));
    let signed = sign(cards, &token, content(&token), 3, hands.passcode(), false, &mut |_| true);
    let signed = signed.unwrap();
    assert!(signed[0].is_ok());
    assert_eq!(signed[1..], [Err(CardError::PasscodeAgain), Err(CardError::PasscodeAgain)]);
}

fn counts_wrong_passcodes(cards: &mut dyn CardBackend, hands: &dyn Hands) {
    let token = only_token(cards);
    for held in [login(&token), content(&token)] {
        let refused = sign(cards, &token, held, 2, "1", true, &mut |_| true);
        assert!(matches!(refused, Err(CardError::PasscodeLength { .. })), "{refused:?}");
        assert_eq!(only_token(cards).passcode, token.passcode, "it cost a try");

        let refused = sign(cards, &token, held, 2, "97531864", true, &mut |_| true);
        let before = token.passcode.tries_left;
        let tries_left = before.map(|before| before - 1);
        assert_eq!(refused, Err(CardError::PasscodeWrong { tries_left }));
        assert_eq!(only_token(cards).passcode.tries_left, tries_left);

        let signed = sign(cards, &token, held, 1, hands.passcode(), true, &mut |_| true);
        assert!(signed.unwrap()[0].is_ok());
        assert_eq!(only_token(cards).passcode, token.passcode, "the right one gives them back");
    }
}

fn names_what_is_not_there(cards: &mut dyn CardBackend, hands: &dyn Hands) {
    let token = only_token(cards);
    let held = login(&token);
    let elsewhere = Token { id: TokenId("another".to_owned()), ..token.clone() };
    let signed = sign(cards, &elsewhere, held, 2, hands.passcode(), true, &mut |_| true);
    assert_eq!(signed, Err(CardError::CardRemoved));
    let unknown = CardCertificate { key: KeyId(vec![0x77]), ..held.clone() };
    let signed = sign(cards, &token, &unknown, 2, hands.passcode(), true, &mut |_| true);
    assert_eq!(signed, Err(CardError::KeyMissing));
    assert_eq!(only_token(cards).passcode, token.passcode);
}

fn keeps_what_was_signed_when_it_is_pulled(cards: &mut dyn CardBackend, hands: &mut dyn Hands) {
    for of in [login, content] {
        let token = only_token(cards);
        let held = of(&token);
        let (mut made, mut possible) = (0, true);
        let passcode = hands.passcode().to_owned();
        let signed = sign(cards, &token, held, 4, &passcode, true, &mut |_| {
            made += 1;
            possible = made < 2 || hands.pull();
            possible
        });
        if !possible {
            return;
        }
        let signed = signed.unwrap();
        for (result, digest) in signed[..2].iter().zip(digests(2)) {
            assert!(hands.verifies(held, &digest, result.as_ref().unwrap()));
        }
        assert_eq!(signed[2..], [Err(CardError::CardRemoved), Err(CardError::CardRemoved)]);
        assert_eq!(cards.tokens(), Ok(Vec::new()));
        let signed = sign(cards, &token, held, 1, &passcode, true, &mut |_| true);
        assert_eq!(signed, Err(CardError::CardRemoved));

        hands.put_back();
        let signed = sign(cards, &token, held, 1, &passcode, true, &mut |_| true);
        assert!(hands.verifies(held, &digests(1)[0], signed.unwrap()[0].as_ref().unwrap()));
        assert_eq!(only_token(cards).passcode, token.passcode);
    }
}

type Signed = Result<Vec<Result<Vec<u8>, CardError>>, CardError>;

/// Signs so many digests.
pub fn sign(
    cards: &mut dyn CardBackend,
    token: &Token,
    held: &CardCertificate,
    count: usize,
    passcode: &str,
    hold_passcode: bool,
    go_on: &mut dyn FnMut(&[u8]) -> bool,
) -> Signed {
    let passcode = Passcode::new(passcode.to_owned());
    let batch = Batch {
        token: &token.id,
        key: &held.key,
        mechanism: mechanism(held),
        digests: &digests(count),
        passcode: &passcode,
        hold_passcode,
    };
    cards.sign_batch(&batch, go_on)
}

/// The digests of different texts.
pub fn digests(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| sha256(&number.to_string())).collect()
}

/// The one token that there is.
pub fn only_token(cards: &mut dyn CardBackend) -> Token {
    let mut tokens = cards.tokens().unwrap();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    tokens.remove(0)
}

/// Its certificate for logins.
pub fn login(token: &Token) -> &CardCertificate {
    token.certificates.iter().find(|held| held.uses.login).unwrap()
}

/// Its certificate for content commitment.
pub fn content(token: &Token) -> &CardCertificate {
    token.certificates.iter().find(|held| held.uses.content_commitment).unwrap()
}
