//! PIV itself against the emulated card: PC/SC by pcscd, no module between.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::{ffi::CString, sync::mpsc, thread, time::Duration};

use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};
use support::{
    behaviour::{behaves, content, digests, login, only_token, sign},
    certificate::{sha256, sha384, sha512, verifies, verifies_pss},
    simulator::{PASSCODE, card_bench},
};
use wardkey_smartcard::{
    Batch, CardBackend as _, CardError, KeyAlgorithm, KeyId, KeyUses, LastTry, Passcode,
    PivBackend, SignMechanism, tries_left,
};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

#[test]
fn a_piv_card_behaves_as_cards_do() {
    let Some(bench) = card_bench("a_piv_card_behaves_as_cards_do", "rsa2048") else { return };
    let mut simulator = bench.serve(&[]);
    behaves(&mut PivBackend::new(random), &mut simulator);
}

#[test]
fn a_card_that_prefers_its_global_pin_is_given_that_one() {
    let test = "a_card_that_prefers_its_global_pin_is_given_that_one";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let _simulator = bench.serve(&["--kind", "global-pin"]);
    let mut cards = PivBackend::new(random);
    let token = only_token(&mut cards);
    assert_eq!(token.passcode.tries_left, Some(3), "PIV's own would have five");
    for held in [login(&token), content(&token)] {
        let signed = sign(&mut cards, &token, held, 1, PASSCODE, true, &mut |_| true).unwrap();
        assert!(verifies(held, &digests(1)[0], signed[0].as_ref().unwrap()));
        assert_eq!(tries_left(&token.reader), Ok(Some(3)), "the card is not logged out");
    }
}

#[test]
fn a_card_over_the_air_needs_contacts_before_anything_is_typed() {
    let test = "a_card_over_the_air_needs_contacts_before_anything_is_typed";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--kind", "contactless", "--trace"]);
    assert_eq!(PivBackend::new(random).tokens(), Err(CardError::ContactNeeded));
    assert_eq!(simulator.passcodes(), 0);
}

#[test]
fn every_algorithm_of_the_standard_signs() {
    let test = "every_algorithm_of_the_standard_signs";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let rsa = |bits| KeyAlgorithm::Rsa { bits };
    let mut simulator = bench.serve(&["--absent"]);
    let mut cards = PivBackend::new(random);
    for (name, algorithm) in [
        ("eccp256", KeyAlgorithm::EcP256),
        ("eccp384", KeyAlgorithm::EcP384),
        ("rsa2048", rsa(2048)),
        ("rsa3072", rsa(3072)),
        ("rsa4096", rsa(4096)),
    ] {
        let card = bench.another(&format!("card-{name}"), name);
        simulator.ask(&format!("swap {}", card.display()), "inserted");
        let token = only_token(&mut cards);
        assert_eq!(token.label, "555000000109");
        assert_eq!(token.serial.len(), 32, "the GUID");
        for held in [login(&token), content(&token)] {
            assert_eq!(held.algorithm, algorithm);
            let signed = sign(&mut cards, &token, held, 2, PASSCODE, true, &mut |_| true).unwrap();
            for (signature, digest) in signed.iter().zip(digests(2)) {
                assert!(verifies(held, &digest, signature.as_ref().unwrap()), "{name}");
            }
            assert_eq!(tries_left(&token.reader), Ok(Some(3)), "the card is not logged out");
        }
    }
}

#[test]
fn keys_for_management_and_of_the_card_itself_are_told_and_serve_nobody() {
    let test = "keys_for_management_and_of_the_card_itself_are_told_and_serve_nobody";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--absent", "--trace"]);
    let mut cards = PivBackend::new(random);
    for (name, agreement) in [("eccp256", "keyAgreement"), ("rsa2048", "keyEncipherment")] {
        let signature = "digitalSignature";
        let keys =
            [("9a", signature), ("9c", "nonRepudiation"), ("9d", agreement), ("9e", signature)];
        let card = bench.with_keys(&format!("four-{name}"), &keys, name);
        simulator.ask(&format!("swap {}", card.display()), "inserted");
        let token = only_token(&mut cards);
        let [first, second, management, of_card] = &token.certificates[..] else {
            panic!("{token:?}")
        };
        assert!(first.uses.login && second.uses.content_commitment);
        for (held, reference) in [(management, 0x9d), (of_card, 0x9e)] {
            assert_eq!(held.key, KeyId(vec![reference]));
            // 9E's certificate is one for signatures, which would sign in whoever has the card.
            assert_eq!(held.uses, KeyUses::default(), "{reference:02x}");
            assert_eq!(held.always_authenticate, Some(false));
        }

        let mut attempt = |held, passcode: &str| {
            let signed = sign(&mut cards, &token, held, 2, passcode, false, &mut |_| true)?;
            for (signature, digest) in signed.iter().zip(digests(2)) {
                assert!(verifies(held, &digest, signature.as_ref().unwrap()), "{name}");
            }
            Ok(())
        };
        let before = simulator.passcodes();
        assert_eq!(attempt(of_card, ""), Ok(()));
        assert_eq!(simulator.passcodes(), before, "the card's own key was given a passcode");
        let wrong = CardError::PasscodeWrong { tries_left: Some(2) };
        assert_eq!(attempt(management, "000000"), Err(wrong));
        assert_eq!(attempt(management, PASSCODE), Ok(()));
        assert_eq!(simulator.passcodes(), before + 2, "one for both signatures");
        assert_eq!(tries_left(&token.reader), Ok(Some(3)), "the card is not logged out");
    }
}

#[test]
fn the_encoding_of_pss_is_made_here_and_signed_there() {
    let test = "the_encoding_of_pss_is_made_here_and_signed_there";
    let Some(bench) = card_bench(test, "rsa2048") else { return };
    let _simulator = bench.serve(&[]);
    let mut cards = PivBackend::new(random);
    let token = only_token(&mut cards);
    let held = content(&token);
    for (mechanism, digest) in [
        (SignMechanism::RsaPssSha256, sha256("a")),
        (SignMechanism::RsaPssSha384, sha384("a")),
        (SignMechanism::RsaPssSha512, sha512("a")),
    ] {
        let batch = Batch {
            token: &token.id,
            key: &held.key,
            mechanism,
            digests: &[digest.clone(), digest.clone()],
            passcode: &Passcode::new(PASSCODE.to_owned()),
            hold_passcode: true,
        };
        let signed = cards.sign_batch(&batch, &mut |_| true).unwrap();
        let signed: Vec<_> = signed.into_iter().map(Result::unwrap).collect();
        assert!(signed.iter().all(|signature| verifies_pss(held, &digest, signature)));
        assert_ne!(signed[0], signed[1], "the same salt twice");
    }
}

#[test]
fn a_card_pulled_at_any_command_of_a_signature_costs_nothing_but_time() {
    let test = "a_card_pulled_at_any_command_of_a_signature_costs_nothing_but_time";
    let Some(bench) = card_bench(test, "rsa2048") else { return };
    let mut simulator = bench.serve(&["--trace"]);
    let mut cards = PivBackend::new(random);
    let token = only_token(&mut cards);
    for held in [login(&token), content(&token)] {
        let before = simulator.apdus();
        let signed = sign(&mut cards, &token, held, 1, PASSCODE, true, &mut |_| true);
        assert!(signed.unwrap()[0].is_ok());
        let commands = simulator.apdus() - before;
        let (mut lost, mut kept) = (0, 0);
        for moment in ["remove-at", "remove-after"] {
            for command in 1..=commands {
                simulator.ask(&format!("fault {moment} {command}"), "fault");
                let signed = sign(&mut cards, &token, held, 1, PASSCODE, true, &mut |_| true);
                simulator.wait("removed");
                match signed {
                    Ok(signed) => {
                        let signature = signed[0].as_ref().unwrap();
                        assert!(verifies(held, &digests(1)[0], signature));
                        kept += 1;
                    }
                    Err(error) => {
                        assert_eq!(error, CardError::CardRemoved, "{moment} {command}");
                        lost += 1;
                    }
                }
                assert_eq!(cards.tokens(), Ok(Vec::new()), "{moment} {command}");
                simulator.ask("insert", "inserted");
                assert_eq!(only_token(&mut cards).passcode.tries_left, Some(3));
            }
        }
        // Pulled while it is logged out the card has signed, and nothing of that is lost.
        assert!(lost > 8 && kept > 2, "{commands} commands: {lost} lost, {kept} kept");
    }
}

#[test]
fn wrong_passcodes_count_down_to_a_blocked_card_that_is_not_tried() {
    let test = "wrong_passcodes_count_down_to_a_blocked_card_that_is_not_tried";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--trace"]);
    let mut cards = PivBackend::new(random);
    let token = only_token(&mut cards);
    let held = content(&token);
    let mut attempt =
        |passcode: &str| sign(&mut cards, &token, held, 2, passcode, true, &mut |_| true).map(drop);
    let wrong = |tries| Err(CardError::PasscodeWrong { tries_left: Some(tries) });
    assert_eq!(attempt("12345"), Err(CardError::PasscodeLength { min: 6, max: 8 }));
    assert_eq!(attempt("000000"), wrong(2));
    assert_eq!(attempt(PASSCODE), Ok(()));
    assert_eq!(attempt("000000"), wrong(2));
    assert_eq!(attempt("000000"), wrong(1));
    assert_eq!(attempt("000000"), Err(CardError::PasscodeBlocked));
    let before = simulator.passcodes();
    assert_eq!(attempt(PASSCODE), Err(CardError::PasscodeBlocked));
    assert_eq!(simulator.passcodes(), before, "a blocked card was tried");
    let passcode = only_token(&mut cards).passcode;
    assert!(passcode.blocked && passcode.tries_left == Some(0));
}

#[test]
fn a_passcode_is_changed_and_unblocked_by_the_cards_own_rules() {
    let test = "a_passcode_is_changed_and_unblocked_by_the_cards_own_rules";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let mut simulator = bench.serve(&["--trace"]);
    let mut cards = PivBackend::new(random);
    let token = only_token(&mut cards);
    let passcode = |typed: &str| Passcode::new(typed.to_owned());
    let signs = |cards: &mut PivBackend, typed: &str| {
        sign(cards, &token, login(&token), 1, typed, true, &mut |_| true).map(drop)
    };
    let rules = cards.passcode_rules(&token.id).unwrap();
    assert_eq!((rules.min_length, rules.max_length, rules.digits), (6, 8, true));
    assert_eq!(rules.unblocking.unwrap().tries_left, None, "no card says");
    assert!(!rules.at_reader);

    let length = CardError::PasscodeLength { min: 6, max: 8 };
    let apdus = simulator.apdus();
    for (old, new, error) in [
        (PASSCODE, "12345", length.clone()),
        (PASSCODE, "123456789", length.clone()),
        (PASSCODE, "12345x", CardError::PasscodeDigits),
        ("1", "654321", length),
    ] {
        assert_eq!(cards.change_passcode(&token.id, &passcode(old), &passcode(new)), Err(error));
    }
    assert!(simulator.apdus() > apdus && simulator.tries() == 3, "it cost a try");
    let wrong = cards.change_passcode(&token.id, &passcode("000000"), &passcode("654321"));
    assert_eq!(wrong, Err(CardError::PasscodeWrong { tries_left: Some(2) }));
    assert_eq!(cards.change_passcode(&token.id, &passcode(PASSCODE), &passcode("654321")), Ok(()));
    assert_eq!(tries_left(&token.reader), Ok(Some(3)), "the card is not logged out");
    assert_eq!(signs(&mut cards, "654321"), Ok(()));

    for _ in 0..3 {
        assert!(signs(&mut cards, "000000").is_err());
    }
    let blocked = cards.change_passcode(&token.id, &passcode("654321"), &passcode("111111"));
    assert_eq!(blocked, Err(CardError::PasscodeBlocked));

    let mut unblock = |key: &str, last_try| {
        cards.unblock_passcode(&token.id, &passcode(key), &passcode("246802"), last_try)
    };
    let right = "12345678";
    assert_eq!(unblock(right, LastTry::Avoided), Err(CardError::UnblockingKeyLastTry));
    let wrong = |tries| Err(CardError::UnblockingKeyWrong { tries_left: Some(tries) });
    assert_eq!(unblock("00000000", LastTry::Accepted), wrong(2));
    assert_eq!(unblock("00000000", LastTry::Avoided), wrong(1));
    assert_eq!(unblock(right, LastTry::Avoided), Err(CardError::UnblockingKeyLastTry));
    let rules = cards.passcode_rules(&token.id).unwrap();
    assert_eq!(rules.unblocking.unwrap().tries_left, Some(1), "it has said so now");
    let mut unblock = |key: &str, last_try| {
        cards.unblock_passcode(&token.id, &passcode(key), &passcode("246802"), last_try)
    };
    assert_eq!(unblock(right, LastTry::Accepted), Ok(()));
    assert_eq!(signs(&mut cards, "246802"), Ok(()));
    assert_eq!(simulator.tries(), 3);
}

#[test]
fn a_card_that_was_read_before_is_not_read_again() {
    let test = "a_card_that_was_read_before_is_not_read_again";
    let Some(bench) = card_bench(test, "rsa2048") else { return };
    let second = bench.another("second", "eccp256");
    let mut simulator = bench.serve(&["--trace"]);
    let mut cards = PivBackend::new(random);
    let mut read = |simulator: &mut support::simulator::Simulator| {
        let before = simulator.apdus();
        let token = only_token(&mut cards);
        (token, simulator.apdus() - before)
    };
    let (token, whole) = read(&mut simulator);
    let (again, short) = read(&mut simulator);
    assert_eq!(again, token);
    // SELECT, the beginning of the CHUID, VERIFY without data.
    assert_eq!(short, 3);
    assert!(whole > 10, "{whole}");

    simulator.ask("remove", "removed");
    simulator.ask("insert", "inserted");
    let (again, back) = read(&mut simulator);
    assert_eq!(again, token);
    // And the beginnings of four certificates.
    assert_eq!(back, 7);

    let first = bench.another("first", "eccp256");
    for card in [&second, &first, &second] {
        simulator.ask(&format!("swap {}", card.display()), "inserted");
        assert_ne!(read(&mut simulator).0.serial, token.serial);
    }
    // The same card with another certificate.
    simulator.ask("remove", "removed");
    let before = {
        simulator.ask("insert", "inserted");
        read(&mut simulator).0
    };
    simulator.ask("remove", "removed");
    bench.certify("second", "9c", "nonRepudiation");
    simulator.ask("insert", "inserted");
    let (renewed, _) = read(&mut simulator);
    assert_eq!(renewed.serial, before.serial);
    assert_eq!(login(&renewed), login(&before));
    assert_ne!(content(&renewed).der, content(&before).der);
}

#[test]
fn a_card_that_another_program_holds_is_waited_for_a_while() {
    let test = "a_card_that_another_program_holds_is_waited_for_a_while";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let _simulator = bench.serve(&[]);
    let mut cards = PivBackend::new(random);
    let token = only_token(&mut cards);
    let reader = CString::new(token.reader.clone()).unwrap();
    let (says, said) = mpsc::channel();
    let hold = |mode, patience| {
        let (reader, says) = (reader.clone(), says.clone());
        let holding = thread::spawn(move || {
            let context = Context::establish(Scope::User).unwrap();
            let mut card = context.connect(&reader, mode, Protocols::ANY).unwrap();
            let transaction = card.transaction().unwrap();
            says.send(()).unwrap();
            thread::sleep(patience);
            transaction.end(Disposition::LeaveCard).map_err(|(_, error)| error).unwrap();
            card.disconnect(Disposition::LeaveCard).map_err(|(_, error)| error).unwrap();
        });
        said.recv().unwrap();
        holding
    };
    for mode in [ShareMode::Exclusive, ShareMode::Shared] {
        let holding = hold(mode, Duration::from_secs(7));
        assert_eq!(cards.tokens(), Err(CardError::CardBusy), "{mode:?}");
        holding.join().unwrap();
        let holding = hold(mode, Duration::from_millis(700));
        let signed =
            sign(&mut cards, &token, login(&token), 1, PASSCODE, true, &mut |_| true).unwrap();
        assert!(signed[0].is_ok(), "{mode:?}");
        holding.join().unwrap();
    }
}

#[test]
fn two_cards_in_two_readers_and_each_in_the_others() {
    let test = "two_cards_in_two_readers_and_each_in_the_others";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let second = bench.another("second", "rsa2048");
    let mut simulator = bench.serve(&["--card", &second.to_string_lossy()]);
    let mut cards = PivBackend::new(random);
    let tokens = cards.tokens().unwrap();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0].id, tokens[1].id);
    assert_ne!(tokens[0].serial, tokens[1].serial);
    for token in &tokens {
        let held = login(token);
        let signed = sign(&mut cards, token, held, 1, PASSCODE, true, &mut |_| true).unwrap();
        assert!(verifies(held, &digests(1)[0], signed[0].as_ref().unwrap()));
    }
    simulator.ask("remove 1", "removed");
    simulator.ask("remove 2", "removed");
    simulator.ask(&format!("swap 1 {}", second.display()), "inserted");
    let moved = only_token(&mut cards);
    assert_eq!((&moved.serial, &moved.reader), (&tokens[1].serial, &tokens[0].reader));
    assert_eq!(moved.certificates, tokens[1].certificates);
    for gone in &tokens {
        let signed = sign(&mut cards, gone, login(gone), 1, PASSCODE, true, &mut |_| true);
        assert_eq!(signed, Err(CardError::CardRemoved));
    }
    let signed = sign(&mut cards, &moved, login(&moved), 1, PASSCODE, true, &mut |_| true);
    assert!(signed.unwrap()[0].is_ok());
}

#[allow(clippy::disallowed_methods, reason = "a test program's one place")]
fn random() -> Option<[u8; 64]> {
    let mut octets = [0; 64];
    getrandom::fill(&mut octets).ok().map(|()| octets)
}
