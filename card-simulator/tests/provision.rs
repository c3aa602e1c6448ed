//! Cards are made and filled without any reader.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::fs;
use std::process::Command;

use simulator::{Bench, PROGRAM, import, installed, successful};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod simulator;

#[test]
fn two_fresh_cards_have_different_keys() {
    let bench = Bench::new();
    for algorithm in ["eccp256", "rsa2048"] {
        let cards = ["one", "two"].map(|name| {
            bench.card_with(&format!("{name} {algorithm}"), &["--algorithm", algorithm])
        });
        let mut keys: Vec<_> = cards
            .iter()
            .flat_map(|card| ["9a", "9c"].map(|slot| card.join(format!("{slot}.pub.pem"))))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        assert!(keys.iter().all(|key| key.starts_with("-----BEGIN PUBLIC KEY-----\n")));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 4, "{algorithm}: every key is another");
    }
}

#[test]
fn openssl_reads_the_public_keys() {
    if !installed("openssl_reads_the_public_keys", &["openssl"]) {
        return;
    }
    let bench = Bench::new();
    for (algorithm, bits) in [("eccp256", "(256 bit)"), ("rsa2048", "(2048 bit)")] {
        let card = bench.card_with(algorithm, &["--algorithm", algorithm]);
        let text = successful(
            simulator::openssl("pkey -pubin -noout -text -in").arg(card.join("9c.pub.pem")),
        );
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains(bits), "{text}");
    }
}

#[test]
fn a_card_is_not_made_twice() {
    let bench = Bench::new();
    let card = bench.card("card");
    let key = fs::read(card.join("9a.pub.pem")).unwrap();
    let again = Command::new(PROGRAM).args(["provision", "--store"]).arg(&card).output().unwrap();
    assert!(!again.status.success());
    assert!(String::from_utf8(again.stderr).unwrap().contains("holds a card already"));
    assert_eq!(fs::read(card.join("9a.pub.pem")).unwrap(), key);
}

#[test]
fn a_pin_has_six_to_eight_digits() {
    let bench = Bench::new();
    for pin in ["12345", "123456789", "12345x", ""] {
        let card = bench.path("card");
        let output = Command::new(PROGRAM)
            .args(["provision", "--pin", pin, "--store"])
            .arg(&card)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{pin:?}");
        assert!(!card.exists(), "{pin:?} left a folder behind");
    }
}

#[test]
fn a_certificate_goes_only_to_its_own_key() {
    if !installed("a_certificate_goes_only_to_its_own_key", &["openssl"]) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    let certificate = bench.certificate(&card, "9a", "digitalSignature");
    successful(&mut import(&card, "9a", &certificate));
    let wrong = import(&card, "9c", &certificate).output().unwrap();
    assert!(!wrong.status.success());
    let message = String::from_utf8(wrong.stderr).unwrap();
    assert!(message.contains("another key than the one in slot 9c"), "{message}");
}

#[test]
fn what_is_no_card_or_certificate_is_refused() {
    let bench = Bench::new();
    let card = bench.card("card");
    let text = bench.path("text");
    fs::write(&text, "no certificate").unwrap();
    for (folder, message) in [(card, "no X.509 in PEM"), (bench.path("empty"), "holds no card")] {
        let output = import(&folder, "9a", &text).output().unwrap();
        assert!(!output.status.success());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(message), "{stderr}");
    }
}
