//! The whole way to a card: PKCS#11 by OpenSC, PC/SC by pcscd, PIV by the emulated card.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::sync::mpsc;

use support::{
    PATIENCE,
    behaviour::behaves,
    certificate::{mechanism, sha256, verifies},
    simulator::{Bench, PASSCODE, bench},
};
use wardkey_smartcard::{
    CardBackend as _, CardCertificate, CardError, KeyAlgorithm, LastTry, Passcode, Pkcs11Backend,
    ReaderEvent, ReaderWatch, Token, TokenId, tries_left,
};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

#[test]
fn a_card_by_opensc_behaves_as_cards_do() {
    let Some(bench) = bench("a_card_by_opensc_behaves_as_cards_do", "eccp256") else { return };
    let mut simulator = bench.serve(&[]);
    behaves(&mut load(&bench), &mut simulator);
}

#[test]
fn both_keys_sign_and_the_card_is_logged_out() {
    let Some(bench) = bench("both_keys_sign_and_the_card_is_logged_out", "rsa2048") else { return };
    let _simulator = bench.serve(&[]);
    let mut cards = load(&bench);
    let token = only_token(&mut cards);
    assert_eq!(tries_left(&token.reader), Ok(Some(3)), "{:?}", token.reader);
    assert_eq!(token.passcode.tries_left, Some(3));
    assert!(!token.passcode.last_try && !token.passcode.blocked && !token.passcode.pin_pad);
    assert_eq!(token.certificates.len(), 2);
    for held in [login(&token), content(&token)] {
        assert_eq!(held.algorithm, KeyAlgorithm::Rsa { bits: 2048 });
        let digests: Vec<_> = ["first", "second", "third"].map(sha256).to_vec();
        let results =
            cards.sign_many(&token.id, &held.key, mechanism(held), &digests, &right()).unwrap();
        for (digest, result) in digests.iter().zip(results) {
            assert!(verifies(held, digest, &result.unwrap()));
        }
        // While the passcode is verified a PIV card does not tell its tries.
        assert_eq!(tries_left(&token.reader), Ok(Some(3)), "the card is not logged out");
    }
}

#[test]
fn a_card_that_prefers_its_global_pin_is_asked_about_that_one() {
    let test = "a_card_that_prefers_its_global_pin_is_asked_about_that_one";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--kind", "global-pin", "--trace"]);
    let mut cards = load(&bench);
    let token = only_token(&mut cards);
    // PIV's own would have five.
    assert_eq!(token.passcode.tries_left, Some(3));
    let digest = sha256("text");
    for held in [login(&token), content(&token)] {
        let before = simulator.passcodes();
        let mut sign = |typed: &str| {
            let passcode = Passcode::new(typed.to_owned());
            cards.sign(&token.id, &held.key, mechanism(held), &digest, &passcode)
        };
        let wrong = CardError::PasscodeWrong { tries_left: Some(2) };
        assert_eq!(sign("000000"), Err(wrong));
        assert!(verifies(held, &digest, &sign(PASSCODE).unwrap()));
        assert!(simulator.passcodes() >= before + 2);
        assert_eq!(tries_left(&token.reader), Ok(Some(3)), "the card is not logged out");
    }
    assert_eq!(cards.passcode_rules(&token.id).unwrap().unblocking, None);
}

#[test]
fn a_card_over_the_air_needs_contacts_before_anything_is_typed() {
    let test = "a_card_over_the_air_needs_contacts_before_anything_is_typed";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--kind", "contactless", "--trace"]);
    assert_eq!(load(&bench).tokens(), Err(CardError::ContactNeeded));
    assert_eq!(simulator.passcodes(), 0);
}

#[test]
fn a_passcode_is_changed_by_opensc_and_by_the_rules_of_piv() {
    let test = "a_passcode_is_changed_by_opensc_and_by_the_rules_of_piv";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--trace"]);
    let mut cards = load(&bench);
    let token = only_token(&mut cards);
    let held = login(&token);
    let code = |typed: &str| Passcode::new(typed.to_owned());
    let rules = cards.passcode_rules(&token.id).unwrap();
    assert_eq!((rules.min_length, rules.max_length, rules.digits), (6, 8, true));

    let wrong = cards.change_passcode(&token.id, &code("000000"), &code("864200"));
    assert_eq!(wrong, Err(CardError::PasscodeWrong { tries_left: Some(2) }));
    assert_eq!(cards.change_passcode(&token.id, &code(PASSCODE), &code("864200")), Ok(()));
    assert_eq!(tries_left(&token.reader), Ok(Some(3)), "the card is not logged out");
    let digest = sha256("text");
    let signed = cards.sign(&token.id, &held.key, mechanism(held), &digest, &code("864200"));
    assert!(verifies(held, &digest, &signed.unwrap()));

    // OpenSC has no security officer for PIV cards: it is done without it, and it sees so.
    for _ in 0..3 {
        let wrong = code("000000");
        let signed = cards.sign(&token.id, &held.key, mechanism(held), &digest, &wrong);
        assert!(signed.is_err(), "{signed:?}");
    }
    assert!(only_token(&mut cards).passcode.blocked);
    let mut unblock = |key: &str, last_try| {
        cards.unblock_passcode(&token.id, &code(key), &code("246802"), last_try)
    };
    let right = "12345678";
    assert_eq!(unblock(right, LastTry::Avoided), Err(CardError::UnblockingKeyLastTry));
    let wrong = Err(CardError::UnblockingKeyWrong { tries_left: Some(2) });
    assert_eq!(unblock("00000000", LastTry::Accepted), wrong);
    assert_eq!(unblock(right, LastTry::Accepted), Ok(()));
    let signed = cards.sign(&token.id, &held.key, mechanism(held), &digest, &code("246802"));
    assert!(verifies(held, &digest, &signed.unwrap()));
    assert_eq!(simulator.tries(), 3);
}

#[test]
fn wrong_passcodes_count_down_to_a_blocked_card_that_is_not_tried() {
    let test = "wrong_passcodes_count_down_to_a_blocked_card_that_is_not_tried";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--trace"]);
    let mut cards = load(&bench);
    let token = only_token(&mut cards);
    let held = content(&token);
    let sign = |cards: &mut Pkcs11Backend, passcode: &str| {
        let (digests, passcode) = ([sha256("first"), sha256("second")], passcode.to_owned());
        let key = &held.key;
        cards
            .sign_many(&token.id, key, mechanism(held), &digests, &Passcode::new(passcode))
            .map(drop)
    };

    assert_eq!(sign(&mut cards, "12"), Err(CardError::PasscodeLength { min: 4, max: 8 }));
    assert_eq!(simulator.tries(), 3);
    assert_eq!(sign(&mut cards, "000000"), Err(CardError::PasscodeWrong { tries_left: Some(2) }));
    assert_eq!(sign(&mut cards, PASSCODE), Ok(()));
    assert_eq!(simulator.tries(), 3);

    assert_eq!(sign(&mut cards, "000000"), Err(CardError::PasscodeWrong { tries_left: Some(2) }));
    assert_eq!(sign(&mut cards, "000000"), Err(CardError::PasscodeWrong { tries_left: Some(1) }));
    let passcode = only_token(&mut cards).passcode;
    assert!(passcode.last_try && !passcode.blocked && passcode.tries_left == Some(1));
    assert_eq!(sign(&mut cards, "000000"), Err(CardError::PasscodeBlocked));
    assert_eq!(simulator.tries(), 0);

    let passcode = only_token(&mut cards).passcode;
    assert!(passcode.blocked && passcode.tries_left == Some(0));
    let before = simulator.passcodes();
    assert_eq!(sign(&mut cards, PASSCODE), Err(CardError::PasscodeBlocked));
    assert_eq!(simulator.passcodes(), before, "a blocked card was tried");
}

#[test]
fn a_card_pulled_in_a_batch_keeps_what_was_signed() {
    let test = "a_card_pulled_in_a_batch_keeps_what_was_signed";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&[]);
    let mut cards = load(&bench);
    let digests: Vec<_> = ["first", "second", "third", "fourth"].map(sha256).to_vec();

    for always_authenticate in [false, true] {
        let token = only_token(&mut cards);
        let held = if always_authenticate { content(&token) } else { login(&token) };
        simulator.ask("fault remove-at 3 87", "fault");
        let results =
            cards.sign_many(&token.id, &held.key, mechanism(held), &digests, &right()).unwrap();
        assert!(verifies(held, &digests[0], results[0].as_ref().unwrap()));
        assert!(verifies(held, &digests[1], results[1].as_ref().unwrap()));
        assert_eq!(results[2..], [Err(CardError::CardRemoved), Err(CardError::CardRemoved)]);

        let again = cards.sign(&token.id, &held.key, mechanism(held), &digests[0], &right());
        assert_eq!(again, Err(CardError::CardRemoved));
        assert_eq!(cards.tokens(), Ok(Vec::new()));
        simulator.ask("insert", "inserted");
        let token = only_token(&mut cards);
        let signed = cards.sign(&token.id, &held.key, mechanism(held), &digests[0], &right());
        assert!(verifies(held, &digests[0], &signed.unwrap()));
    }

    // Pulled before the module is asked for anything, but after it was asked about the card.
    let token = only_token(&mut cards);
    let held = login(&token);
    simulator.ask("fault remove-at 1 a4", "fault");
    let signed = cards.sign(&token.id, &held.key, mechanism(held), &digests[0], &right());
    assert_eq!(signed, Err(CardError::CardRemoved));
}

#[test]
fn a_card_that_was_put_back_signs_without_another_look() {
    let test = "a_card_that_was_put_back_signs_without_another_look";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--trace"]);
    let mut cards = load(&bench);
    let token = only_token(&mut cards);
    let held = login(&token);
    let digest = sha256("one");
    for _ in 0..5 {
        simulator.ask("remove", "removed");
        simulator.ask("insert", "inserted");
        let before = simulator.passcodes();
        let signed = cards.sign(&token.id, &held.key, mechanism(held), &digest, &right());
        assert!(verifies(held, &digest, &signed.unwrap()));
        assert_eq!(simulator.passcodes(), before + 1, "the passcode was given twice");
    }
    simulator.ask("remove", "removed");
    let gone = cards.sign(&token.id, &held.key, mechanism(held), &digest, &right());
    assert!(gone.is_err());
}

#[test]
fn a_token_is_there_as_long_as_its_card_is_in() {
    let test = "a_token_is_there_as_long_as_its_card_is_in";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--trace"]);
    let mut cards = load(&bench);
    let token = only_token(&mut cards);
    for _ in 0..2 {
        assert_eq!(cards.is_there(&token.id), Ok(true));
        simulator.ask("remove", "removed");
        assert_eq!(cards.is_there(&token.id), Ok(false));
        simulator.ask("insert", "inserted");
        assert_eq!(cards.is_there(&token.id), Ok(true));
    }
    let before = simulator.passcodes();
    let other = TokenId(token.id.0.clone() + "x");
    assert_eq!(cards.is_there(&other), Ok(false), "another card in the same slot");
    assert_eq!(cards.is_there(&TokenId("none".to_owned())), Ok(false));
    assert_eq!(simulator.passcodes(), before);
}

#[test]
fn a_card_pulled_while_it_is_read_is_not_there() {
    let test = "a_card_pulled_while_it_is_read_is_not_there";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--absent"]);
    let mut cards = load(&bench);
    for apdu in [1, 2, 5, 9] {
        simulator.ask("insert", "inserted");
        simulator.ask(&format!("fault remove-at {apdu}"), "fault");
        assert_eq!(cards.tokens(), Ok(Vec::new()), "{apdu}");
    }
    simulator.ask("insert", "inserted");
    assert_eq!(only_token(&mut cards).certificates.len(), 2);
}

#[test]
fn a_card_that_comes_later_is_seen_by_the_watch_and_the_module() {
    let test = "a_card_that_comes_later_is_seen_by_the_watch_and_the_module";
    let Some(bench) = bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--absent"]);
    let (sender, events) = mpsc::channel();
    let watch = ReaderWatch::start(move |event| {
        if let ReaderEvent::Readers(readers) = event {
            let present = readers.into_iter().find(|reader| reader.card_present);
            sender.send(present.map(|reader| reader.name)).unwrap();
        }
    });
    let next = || events.recv_timeout(PATIENCE).unwrap();
    assert_eq!(next(), None);
    let mut cards = load(&bench);
    assert_eq!(cards.tokens(), Ok(Vec::new()));
    for _ in 0..2 {
        simulator.ask("insert", "inserted");
        let token = only_token(&mut cards);
        let reader = loop {
            // In use or not is an event of its own.
            if let Some(reader) = next() {
                break reader;
            }
        };
        assert_eq!(token.reader, reader, "the token is in the reader that the watch names");
        simulator.ask("remove", "removed");
        while next().is_some() {}
        assert_eq!(cards.tokens(), Ok(Vec::new()));
    }
    watch.stop();
}

fn load(bench: &Bench) -> Pkcs11Backend {
    Pkcs11Backend::load(bench.module.as_ref().unwrap()).unwrap()
}

fn right() -> Passcode {
    Passcode::new(PASSCODE.to_owned())
}

fn only_token(cards: &mut Pkcs11Backend) -> Token {
    let mut tokens = cards.tokens().unwrap();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    tokens.remove(0)
}

fn login(token: &Token) -> &CardCertificate {
    token.certificates.iter().find(|held| held.uses.login).unwrap()
}

fn content(token: &Token) -> &CardCertificate {
    token.certificates.iter().find(|held| held.uses.content_commitment).unwrap()
}
