use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use super::*;
use crate::{
    CardBackend as _, CardCertificate, CardError, KeyAlgorithm, KeyId, KeyUses, LastTry, Passcode,
    PasscodeState, ReaderEvent, SignMechanism, Token, TokenId,
};

fn certificate(id: u8, always_authenticate: bool) -> CardCertificate {
    CardCertificate {
        key: KeyId(vec![id]),
        der: Vec::new(),
        uses: KeyUses { login: id == 1, content_commitment: id == 2 },
        algorithm: KeyAlgorithm::EcP256,
        always_authenticate: Some(always_authenticate),
    }
}

fn token(name: &str) -> Token {
    Token {
        id: TokenId(name.to_owned()),
        reader: "Scripted reader".to_owned(),
        label: "Card".to_owned(),
        serial: "1".to_owned(),
        manufacturer: "Nobody".to_owned(),
        certificates: vec![certificate(1, false), certificate(2, true)],
        passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
    }
}

fn card() -> ScriptedCard {
    ScriptedCard::new(token("0"), "1234", |_, _, digest| digest.to_vec())
}

fn sign_with(
    card: &mut ScriptedCard,
    key: u8,
    passcode: &str,
    count: usize,
) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
    let passcode = Passcode::new(passcode.to_owned());
    let digests = vec![vec![7; 32]; count];
    let (token, key) = (TokenId("0".to_owned()), KeyId(vec![key]));
    card.sign_many(&token, &key, SignMechanism::Ecdsa, &digests, &passcode)
}

fn sign(card: &mut ScriptedCard, passcode: &str) -> Result<Vec<u8>, CardError> {
    sign_with(card, 1, passcode, 1).map(|mut results| results.remove(0).unwrap())
}

#[test]
fn wrong_passcodes_count_down_and_the_right_one_resets() {
    let mut card = card();
    assert_eq!(sign(&mut card, "0000"), Err(CardError::PasscodeWrong { tries_left: Some(2) }));
    assert_eq!(sign(&mut card, "0000"), Err(CardError::PasscodeWrong { tries_left: Some(1) }));
    assert!(card.tokens().unwrap()[0].passcode.last_try);
    assert_eq!(sign(&mut card, "1234"), Ok(vec![7; 32]));
    assert_eq!(card.tokens().unwrap()[0].passcode.tries_left, Some(3));
}

#[test]
fn a_blocked_card_stays_blocked_and_is_not_tried() {
    let mut card = card().with_tries(1);
    assert_eq!(sign(&mut card, "0000"), Err(CardError::PasscodeBlocked));
    assert_eq!(card.hand().passcodes_given(), 1);
    assert_eq!(sign(&mut card, "1234"), Err(CardError::PasscodeBlocked));
    assert_eq!(card.hand().passcodes_given(), 1);
    assert!(card.tokens().unwrap()[0].passcode.blocked);
}

#[test]
fn a_passcode_of_impossible_length_costs_no_try() {
    let mut card = card();
    assert_eq!(sign(&mut card, "12"), Err(CardError::PasscodeLength { min: 4, max: 8 }));
    assert_eq!((card.hand().tries_left(), card.hand().passcodes_given()), (3, 0));
}

#[test]
fn a_card_pulled_halfway_keeps_what_was_finished() {
    let mut card = card().removed_at(2);
    let results = sign_with(&mut card, 1, "1234", 4).unwrap();
    let gone = Err(CardError::CardRemoved);
    assert_eq!(results, [Ok(vec![7; 32]), Ok(vec![7; 32]), gone.clone(), gone]);
    assert_eq!(card.hand().calls(), 3);
    assert_eq!(card.tokens().unwrap(), []);
    card.hand().insert();
    assert_eq!(sign(&mut card, "1234"), Ok(vec![7; 32]));
}

#[test]
fn a_card_that_lies_does_so_at_one_call_and_says_nothing() {
    let mut card = card();
    let honest = sign(&mut card, "1234").unwrap();
    card.hand().lie_at(2);
    let results = sign_with(&mut card, 1, "1234", 3).unwrap();
    let truth: Vec<_> = results.iter().map(|result| result.as_ref() == Ok(&honest)).collect();
    assert_eq!(truth, [true, false, true]);
    assert_eq!(results[1].as_ref().map(Vec::len), Ok(honest.len()));
    card.hand().lie_at(1);
    card.hand().forgive();
    assert_eq!(sign(&mut card, "1234"), Ok(honest));
}

#[test]
fn a_failure_at_the_first_digest_is_the_failure_of_all() {
    let busy = card().failing_at(0, CardError::CardBusy);
    assert_eq!(sign_with(&mut { busy }, 1, "1234", 3), Err(CardError::CardBusy));
    let absent = card().absent();
    assert_eq!(sign_with(&mut { absent }, 1, "1234", 3), Err(CardError::CardRemoved));
    assert_eq!(sign_with(&mut card(), 9, "1234", 3), Err(CardError::KeyMissing));
}

#[test]
fn a_key_that_always_asks_gets_the_passcode_for_each_signature() {
    let mut card = card();
    assert_eq!(sign_with(&mut card, 1, "1234", 3).unwrap().len(), 3);
    assert_eq!(card.hand().passcodes_given(), 1);
    assert_eq!(sign_with(&mut card, 2, "1234", 3).unwrap().len(), 3);
    assert_eq!(card.hand().passcodes_given(), 1 + 1 + 3);
}

#[test]
fn a_passcode_is_changed_and_unblocked() {
    let mut card = card().with_unblocking_key("12345678").refusing("0000");
    let hand = card.hand();
    let id = TokenId("0".to_owned());
    let code = |typed: &str| Passcode::new(typed.to_owned());
    let rules = card.passcode_rules(&id).unwrap();
    assert_eq!((rules.min_length, rules.max_length, rules.digits), (4, 8, true));
    assert_eq!(rules.unblocking.unwrap().tries_left, None, "it says so when one was wrong");
    for (old, new, error) in [
        ("1234", "123", CardError::PasscodeLength { min: 4, max: 8 }),
        ("1234", "abcd", CardError::PasscodeDigits),
        ("4321", "5678", CardError::PasscodeWrong { tries_left: Some(2) }),
        ("1234", "0000", CardError::NewPasscodeRefused),
    ] {
        assert_eq!(card.change_passcode(&id, &code(old), &code(new)), Err(error));
    }
    assert_eq!(card.change_passcode(&id, &code("1234"), &code("5678")), Ok(()));
    assert!(hand.has_passcode("5678"));

    let mut unblock =
        |key: &str, last_try| card.unblock_passcode(&id, &code(key), &code("2580"), last_try);
    let unwarned = Err(CardError::UnblockingKeyLastTry);
    assert_eq!(unblock("12345678", LastTry::Avoided), unwarned);
    let wrong = |tries| Err(CardError::UnblockingKeyWrong { tries_left: Some(tries) });
    assert_eq!(unblock("00000000", LastTry::Accepted), wrong(2));
    assert_eq!(unblock("00000000", LastTry::Avoided), wrong(1));
    assert_eq!(unblock("12345678", LastTry::Avoided), unwarned);
    assert_eq!(unblock("12345678", LastTry::Accepted), Ok(()));
    assert!(hand.has_passcode("2580") && hand.tries_left() == 3);
    assert_eq!(unblock("00000000", LastTry::Accepted), wrong(2));
    assert_eq!(unblock("00000000", LastTry::Accepted), wrong(1));
    assert_eq!(unblock("00000000", LastTry::Accepted), Err(CardError::UnblockingKeyBlocked));
    assert_eq!(unblock("12345678", LastTry::Accepted), Err(CardError::UnblockingKeyBlocked));
}

#[test]
fn an_expired_passcode_signs_once_it_is_changed() {
    let mut card = card().with_expired_passcode();
    assert_eq!(sign(&mut card, "1234"), Err(CardError::PasscodeExpired));
    let (id, old, new) = (TokenId("0".to_owned()), "1234".to_owned(), "5678".to_owned());
    assert_eq!(card.change_passcode(&id, &Passcode::new(old), &Passcode::new(new)), Ok(()));
    assert_eq!(sign(&mut card, "5678"), Ok(vec![7; 32]));
    let none = card.unblock_passcode(
        &id,
        &Passcode::new("12345678".to_owned()),
        &Passcode::new("5678".to_owned()),
        LastTry::Accepted,
    );
    assert!(matches!(none, Err(CardError::Unsupported(_))), "{none:?}");
}

#[test]
fn nothing_to_sign_asks_nothing_of_the_card() {
    let mut card = card();
    assert_eq!(sign_with(&mut card, 1, "0000", 0), Ok(Vec::new()));
    assert_eq!((card.hand().calls(), card.hand().tries_left()), (0, 3));
}

#[test]
fn several_cards_are_one_back_end() {
    let second = ScriptedCard::new(token("1"), "4321", |_, _, _| vec![9]);
    let mut cards = vec![card(), second];
    assert_eq!(cards.tokens().unwrap().len(), 2);
    let (key, passcode) = (KeyId(vec![1]), Passcode::new("4321".to_owned()));
    let of = TokenId("1".to_owned());
    assert_eq!(cards.sign(&of, &key, SignMechanism::Ecdsa, &[0; 32], &passcode), Ok(vec![9]));
    cards[1].hand().remove();
    let gone = cards.sign(&of, &key, SignMechanism::Ecdsa, &[0; 32], &passcode);
    assert_eq!(gone, Err(CardError::CardRemoved));
    assert_eq!(cards.tokens().unwrap().len(), 1);
}

#[test]
fn a_slow_card_can_be_pulled_meanwhile() {
    let mut card = card().slowed_by(Duration::from_millis(200));
    let hand = card.hand();
    let (begins, begun) = mpsc::channel();
    let pulling = thread::spawn(move || {
        begun.recv().unwrap();
        hand.remove();
    });
    begins.send(()).unwrap();
    assert_eq!(sign(&mut card, "1234"), Err(CardError::CardRemoved));
    pulling.join().unwrap();
}

#[test]
fn the_hand_makes_faults_while_a_back_end_has_the_card() {
    let pulls = Arc::<Mutex<usize>>::default();
    let told = Arc::clone(&pulls);
    let mut card = card().telling(move || *told.lock().unwrap() += 1);
    let hand = card.hand();
    hand.refuse(2);
    assert_eq!(sign(&mut card, "1234"), Err(CardError::PasscodeWrong { tries_left: Some(2) }));
    hand.forgive();
    assert_eq!(sign(&mut card, "1234"), Ok(vec![7; 32]));
    hand.refuse(3);
    for _ in 0..3 {
        sign(&mut card, "1234").unwrap_err();
    }
    assert_eq!((sign(&mut card, "1234"), hand.tries_left()), (Err(CardError::PasscodeBlocked), 0));
    hand.unblock();

    hand.fail_with(CardError::CardBusy);
    assert_eq!(card.tokens(), Err(CardError::CardBusy));
    hand.forgive();
    hand.show(vec![certificate(2, false)]);
    assert_eq!(card.tokens().unwrap()[0].certificates, [certificate(2, false)]);
    assert_eq!(sign(&mut card, "1234"), Err(CardError::KeyMissing));

    // The next call but one.
    hand.fail_at(2, CardError::CardRemoved);
    assert_eq!(card.tokens().unwrap().len(), 1);
    assert!(hand.is_in() && *pulls.lock().unwrap() == 0);
    assert_eq!(card.tokens(), Ok(Vec::new()));
    assert!(!hand.is_in() && *pulls.lock().unwrap() == 1);
    hand.insert();
    assert_eq!(card.tokens().unwrap().len(), 1);
}

#[test]
fn readers_tell_what_the_watch_would() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let mut readers = ScriptedReaders::start(move |event| told.lock().unwrap().push(event));
    readers.plug("Ward reader");
    readers.insert("Ward reader");
    readers.remove("Ward reader");
    readers.unplug("Ward reader");
    readers.end_service();
    let seen: Vec<_> = events.lock().unwrap().iter().map(summary).collect();
    assert_eq!(seen, ["", "Ward reader -", "Ward reader +", "Ward reader -", "", "no service"]);
}

fn summary(event: &ReaderEvent) -> String {
    match event {
        ReaderEvent::Readers(readers) => readers
            .iter()
            .map(|reader| {
                format!("{} {}", reader.name, if reader.card_present { '+' } else { '-' })
            })
            .collect(),
        ReaderEvent::ServiceMissing => "no service".to_owned(),
    }
}
