//! Extended lengths (ISO 7816-4, section 5.1) between PIV and the emulated card, through pcscd.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::path::PathBuf;

use support::{
    behaviour::{content, digests, login, only_token, sign},
    certificate::verifies,
    simulator::{Bench, PASSCODE, Sent, Simulator, card_bench},
};
use wardkey_smartcard::{CardCertificate, PivBackend, Token, tries_left};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

#[test]
fn extended_lengths_go_both_ways_and_need_fewer_commands() {
    let test = "extended_lengths_go_both_ways_and_need_fewer_commands";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let cards = ["eccp256", "eccp384", "rsa2048", "rsa3072", "rsa4096"]
        .map(|name| (name, bench.another(&format!("card-{name}"), name)));
    let short = each(&bench, "usual", &cards);
    let extended = each(&bench, "extended-lengths", &cards);
    for ((name, _), (short, extended)) in cards.iter().zip(short.into_iter().zip(extended)) {
        let told = format!("{name}: {short:?}, {extended:?}");
        for used in [&short, &extended] {
            assert!(used.reading.all > 0 && used.signing.all > 0, "{told}");
        }
        for sent in [&short.reading, &short.signing] {
            assert_eq!(sent.extended, 0, "{told}");
            assert!(sent.longest <= LONGEST_SHORT && sent.longest_answer <= 256, "{told}");
        }
        assert!(short.reading.fetching > 0, "{told}");

        // A certificate is one answer, and a signature one command and one answer.
        for sent in [&extended.reading, &extended.signing] {
            assert!(sent.extended > 0, "{told}");
            assert_eq!((sent.refused, sent.fetching), (0, 0), "{told}");
        }
        assert!(extended.reading.longest_answer > 256, "{told}");
        assert!(extended.reading.all < short.reading.all, "{told}");
        let rsa = name.starts_with("rsa");
        assert_eq!(extended.signing.longest > LONGEST_SHORT, rsa, "{told}");
        assert_eq!(extended.signing.longest_answer > 256, rsa, "{told}");
        assert_eq!(extended.signing.all < short.signing.all, rsa, "{told}");
        assert_eq!(extended.signing.extended, 2, "one a key: {told}");
    }
}

#[test]
fn a_card_that_refuses_what_it_says_it_takes_is_asked_once() {
    let test = "a_card_that_refuses_what_it_says_it_takes_is_asked_once";
    let Some(bench) = card_bench(test, "eccp256") else { return };
    let cards =
        ["eccp256", "rsa2048"].map(|name| (name, bench.another(&format!("card-{name}"), name)));
    let mut simulator = bench.serve(&["--absent", "--trace", "--kind", "extended-lengths-refused"]);
    for (name, card) in &cards {
        let mut cards = PivBackend::new(random);
        simulator.ask(&format!("swap {}", card.display()), "inserted");
        let token = only_token(&mut cards);
        let sent = simulator.sent();
        assert_eq!((sent.extended, sent.refused), (1, 1), "{name}: {sent:?}");
        // Between the passcode and the signature nothing may come that the card has not asked for.
        for held in [content(&token), login(&token)] {
            signs_twice(&mut cards, &token, held);
        }
        simulator.ask("remove", "removed");
        simulator.ask("insert", "inserted");
        let token = only_token(&mut cards);
        signs_twice(&mut cards, &token, content(&token));
        let sent = simulator.sent();
        assert_eq!(sent.extended, 0, "{name}: it was asked again: {sent:?}");
        assert!(sent.longest <= LONGEST_SHORT && sent.longest_answer <= 256, "{name}: {sent:?}");
        assert_eq!(tries_left(&token.reader), Ok(Some(3)), "the card is not logged out");
        simulator.sent();
    }
}

#[test]
fn a_reader_of_short_commands_is_given_no_others() {
    let test = "a_reader_of_short_commands_is_given_no_others";
    let Some(bench) = card_bench(test, "rsa2048") else { return };
    let _simulator = bench.serve(&["--kind", "extended-lengths", "--unpluggable", "--short-apdus"]);
    let mut cards = PivBackend::new(random);
    // The reader fails at extended commands: whoever goes by the card alone finds no token.
    let token = only_token(&mut cards);
    for held in [login(&token), content(&token)] {
        signs_twice(&mut cards, &token, held);
    }
}

/// What it took to read a card for the first time, and to sign with each of its two keys.
#[derive(Debug)]
struct Used {
    reading: Sent,
    signing: Sent,
}

/// Uses each of these cards as one of a kind.
fn each(bench: &Bench, kind: &str, cards: &[(&str, PathBuf)]) -> Vec<Used> {
    let mut simulator = bench.serve(&["--absent", "--trace", "--kind", kind]);
    let used = |simulator: &mut Simulator, card: &PathBuf| {
        simulator.ask(&format!("swap {}", card.display()), "inserted");
        simulator.sent();
        let mut cards = PivBackend::new(random);
        let token = only_token(&mut cards);
        let reading = simulator.sent();
        for held in [login(&token), content(&token)] {
            let signed = sign(&mut cards, &token, held, 1, PASSCODE, true, &mut |_| true).unwrap();
            assert!(verifies(held, &digests(1)[0], signed[0].as_ref().unwrap()), "{kind}");
        }
        Used { reading, signing: simulator.sent() }
    };
    cards.iter().map(|(_, card)| used(&mut simulator, card)).collect()
}

fn signs_twice(cards: &mut PivBackend, token: &Token, held: &CardCertificate) {
    let signed = sign(cards, token, held, 2, PASSCODE, true, &mut |_| true).unwrap();
    for (signature, digest) in signed.iter().zip(digests(2)) {
        assert!(verifies(held, &digest, signature.as_ref().unwrap()));
    }
}

#[allow(clippy::disallowed_methods, reason = "a test program's one place")]
fn random() -> Option<[u8; 64]> {
    let mut octets = [0; 64];
    getrandom::fill(&mut octets).ok().map(|()| octets)
}

/// CLA, INS, P1, P2, Lc, 255 bytes, Le.
const LONGEST_SHORT: u64 = 261;
