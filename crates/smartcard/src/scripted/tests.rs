use super::*;
use crate::{CardCertificate, KeyUses, PasscodeState};

fn card() -> ScriptedCard {
    let certificate = CardCertificate {
        key: KeyId(vec![1]),
        der: Vec::new(),
        uses: KeyUses { login: true, content_commitment: false },
    };
    let token = Token {
        id: TokenId("0".to_owned()),
        reader: "Scripted reader".to_owned(),
        label: "Card".to_owned(),
        serial: "1".to_owned(),
        manufacturer: "Nobody".to_owned(),
        certificates: vec![certificate],
        passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
    };
    ScriptedCard::new(token, "1234", |_, digest| digest.to_vec())
}

fn sign(card: &mut ScriptedCard, passcode: &str, count: usize) -> Vec<Result<Vec<u8>, CardError>> {
    let passcode = Passcode::new(passcode.to_owned());
    let token = TokenId("0".to_owned());
    let digests = vec![vec![7; 32]; count];
    match card.sign_many(&token, &KeyId(vec![1]), SignMechanism::Ecdsa, &digests, &passcode) {
        Ok(results) => results,
        Err(error) => vec![Err(error)],
    }
}

#[test]
fn wrong_passcodes_count_down_and_the_right_one_resets() {
    let mut card = card();
    assert_eq!(sign(&mut card, "0000", 1), [Err(CardError::PasscodeWrong { tries_left: Some(2) })]);
    assert_eq!(sign(&mut card, "0000", 1), [Err(CardError::PasscodeWrong { tries_left: Some(1) })]);
    assert!(card.tokens().unwrap()[0].passcode.last_try);
    assert_eq!(sign(&mut card, "1234", 1), [Ok(vec![7; 32])]);
    assert_eq!(card.tokens().unwrap()[0].passcode.tries_left, Some(3));
}

#[test]
fn a_blocked_card_stays_blocked() {
    let mut card = card().with_tries(1);
    assert_eq!(sign(&mut card, "0000", 1), [Err(CardError::PasscodeBlocked)]);
    assert_eq!(sign(&mut card, "1234", 1), [Err(CardError::PasscodeBlocked)]);
}

#[test]
fn a_card_pulled_halfway_keeps_what_was_finished() {
    let results = sign(&mut card().removed_at(2), "1234", 3);
    assert_eq!(results, [Ok(vec![7; 32]), Ok(vec![7; 32]), Err(CardError::CardRemoved)]);
}
