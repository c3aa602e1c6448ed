//! OpenSC's PKCS#11 module uses the card through the private pcscd.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::fs;
use std::path::Path;

use simulator::{Bench, MODULE, Simulator, installed, openssl, successful};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod simulator;

const PROGRAMS: &[&str] = &["pcscd", "unshare", "openssl", "pkcs11-tool"];

fn tool(simulator: &Simulator, arguments: &str) -> std::process::Command {
    simulator.client("pkcs11-tool", &format!("--module {MODULE} {arguments}"))
}

fn sign(simulator: &Simulator, bench: &Bench, arguments: &str, pin: &str) -> std::process::Command {
    let mut command = tool(simulator, &format!("--login --pin {pin} --sign {arguments}"));
    command.arg("--input-file").arg(bench.path("data"));
    command.arg("--output-file").arg(bench.path("signature"));
    command
}

fn assert_verifies(bench: &Bench, card: &Path, slot: &str) {
    successful(
        openssl("dgst -sha256 -verify")
            .arg(card.join(format!("{slot}.pub.pem")))
            .arg("-signature")
            .arg(bench.path("signature"))
            .arg(bench.path("data")),
    );
}

#[test]
fn lists_two_certificates_and_signs_with_both_rsa_keys() {
    let name = "lists_two_certificates_and_signs_with_both_rsa_keys";
    if !installed(name, PROGRAMS) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card_with("card", &["--algorithm", "rsa2048", "--pin", "135792"]);
    bench.certify(&card);
    let mut simulator = Simulator::start(&bench.path("run"), &[&card], &["--trace"]);

    let objects = successful(&mut tool(&simulator, "--list-objects --login --pin 135792"));
    let objects = String::from_utf8(objects.stdout).unwrap();
    assert_eq!(objects.matches("Certificate Object").count(), 2, "{objects}");
    assert_eq!(objects.matches("Private Key Object").count(), 2, "{objects}");
    for label in ["CN=555000000109 9a", "CN=555000000109 9c", "always authenticate"] {
        assert!(objects.contains(label), "{label} in {objects}");
    }

    fs::write(bench.path("data"), "what is signed").unwrap();
    for (id, slot) in [("01", "9a"), ("02", "9c")] {
        let arguments = format!("--mechanism SHA256-RSA-PKCS --id {id}");
        successful(&mut sign(&simulator, &bench, &arguments, "135792"));
        assert_verifies(&bench, &card, slot);
    }

    simulator.ask("quit", "ended");
    let trace = simulator.lines.join("\n");
    assert!(trace.contains(r#""instruction":"87""#), "signatures are traced: {trace}");
    let digits: String = "135792".bytes().map(|digit| format!("{digit:02x}")).collect();
    for secret in ["135792", &digits] {
        assert!(!trace.contains(secret), "the PIN is in the trace");
        let log = fs::read_to_string(bench.path("run").join("pcscd.log")).unwrap();
        assert!(!log.to_lowercase().contains(secret), "the PIN is in pcscd's log");
    }
}

#[test]
fn signs_with_elliptic_curve_keys() {
    if !installed("signs_with_elliptic_curve_keys", PROGRAMS) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    bench.certify(&card);
    let simulator = Simulator::start(&bench.path("run"), &[&card], &[]);
    fs::write(bench.path("data"), "what is signed").unwrap();
    for (id, slot) in [("01", "9a"), ("02", "9c")] {
        let mechanism = "--mechanism ECDSA --signature-format openssl";
        let digest = bench.path("digest");
        successful(openssl("dgst -sha256 -binary -out").arg(&digest).arg(bench.path("data")));
        let arguments = format!("--login --pin 123456 --sign {mechanism} --id {id}");
        successful(
            tool(&simulator, &arguments)
                .arg("--input-file")
                .arg(&digest)
                .arg("--output-file")
                .arg(bench.path("signature")),
        );
        assert_verifies(&bench, &card, slot);
    }
}

#[test]
fn a_card_of_extended_lengths_is_read_and_signs() {
    if !installed("a_card_of_extended_lengths_is_read_and_signs", PROGRAMS) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card_with("card", &["--algorithm", "rsa2048"]);
    bench.certify(&card);
    let options = ["--kind", "extended-lengths"];
    let simulator = Simulator::start(&bench.path("run"), &[&card], &options);
    let objects = successful(&mut tool(&simulator, "--list-objects --login --pin 123456"));
    let objects = String::from_utf8(objects.stdout).unwrap();
    for label in ["CN=555000000109 9a", "CN=555000000109 9c", "always authenticate"] {
        assert!(objects.contains(label), "{label} in {objects}");
    }
    fs::write(bench.path("data"), "what is signed").unwrap();
    for (id, slot) in [("01", "9a"), ("02", "9c")] {
        let arguments = format!("--mechanism SHA256-RSA-PKCS --id {id}");
        successful(&mut sign(&simulator, &bench, &arguments, "123456"));
        assert_verifies(&bench, &card, slot);
    }
}

#[test]
fn wrong_pins_count_down_and_survive_removal() {
    if !installed("wrong_pins_count_down_and_survive_removal", PROGRAMS) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    let mut simulator = Simulator::start(&bench.path("run"), &[&card], &[]);
    assert_eq!(simulator.tries(), 3);
    let login = |simulator: &Simulator, pin: &str| {
        tool(simulator, &format!("--login --pin {pin} --list-objects")).output().unwrap()
    };
    let refused = login(&simulator, "999999");
    assert!(String::from_utf8(refused.stderr).unwrap().contains("CKR_PIN_INCORRECT"));
    assert_eq!(simulator.tries(), 2);

    simulator.ask("remove", "removed");
    assert_eq!(simulator.tries(), 2, "out of the reader");
    simulator.ask("insert", "inserted");
    assert_eq!(simulator.tries(), 2, "in again");

    assert!(login(&simulator, "123456").status.success());
    assert_eq!(simulator.tries(), 3);
    for left in [2, 1, 0] {
        assert!(!login(&simulator, "999999").status.success());
        assert_eq!(simulator.tries(), left);
    }
    assert!(!login(&simulator, "123456").status.success(), "a blocked card stays blocked");
}

#[test]
fn the_card_leaves_in_the_middle_of_a_signature() {
    if !installed("the_card_leaves_in_the_middle_of_a_signature", PROGRAMS) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card_with("card", &["--algorithm", "rsa2048"]);
    bench.certify(&card);
    fs::write(bench.path("data"), "what is signed").unwrap();
    let mut simulator = Simulator::start(&bench.path("run"), &[&card], &["--trace"]);
    let arguments = "--mechanism SHA256-RSA-PKCS --id 02";
    for (fault, executed) in [("fault remove-at 2 87", 1), ("fault remove-after 2 87", 2)] {
        simulator.ask(fault, "fault");
        let before = simulator.lines.len();
        let output = sign(&simulator, &bench, arguments, "123456").output().unwrap();
        assert!(!output.status.success(), "{fault}");
        assert_eq!(simulator.wait("left")["cause"], "pulled");
        simulator.wait("removed");
        let signing = simulator.lines[before..]
            .iter()
            .filter(|line| line.contains(r#""instruction":"87""#))
            .count();
        assert_eq!(signing, executed, "{fault}: parts of the signing command that the card saw");
        simulator.ask("insert", "inserted");
        successful(&mut sign(&simulator, &bench, arguments, "123456"));
        assert_verifies(&bench, &card, "9c");
    }
}

#[test]
fn a_lost_answer_to_a_wrong_pin_has_still_cost_a_try() {
    if !installed("a_lost_answer_to_a_wrong_pin_has_still_cost_a_try", PROGRAMS) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    let mut simulator = Simulator::start(&bench.path("run"), &[&card], &[]);
    // The second VERIFY is the one with the PIN: OpenSC asks for the tries first.
    simulator.ask("fault remove-after 2 20", "fault");
    let output = tool(&simulator, "--login --pin 999999 --list-objects").output().unwrap();
    assert!(!output.status.success());
    simulator.wait("removed");
    assert_eq!(simulator.tries(), 2);
}

#[test]
fn a_slow_card_still_works() {
    if !installed("a_slow_card_still_works", PROGRAMS) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    let mut simulator = Simulator::start(&bench.path("run"), &[&card], &["--trace"]);
    simulator.ask("fault slow 20", "fault");
    let started = std::time::Instant::now();
    successful(&mut tool(&simulator, "--list-slots"));
    let elapsed = started.elapsed();
    simulator.ask("quit", "ended");
    let apdus = simulator.lines.iter().filter(|line| line.contains(r#""apdu""#)).count();
    assert!(apdus > 0 && elapsed.as_millis() >= 20 * apdus as u128, "{apdus} in {elapsed:?}");
}

#[test]
fn two_cards_are_two_tokens() {
    if !installed("two_cards_are_two_tokens", PROGRAMS) {
        return;
    }
    let bench = Bench::new();
    let cards = ["one", "two"].map(|name| bench.card(name));
    let simulator = Simulator::start(&bench.path("run"), &[&cards[0], &cards[1]], &[]);
    let slots = successful(&mut tool(&simulator, "--list-token-slots"));
    let slots = String::from_utf8(slots.stdout).unwrap();
    let mut serials: Vec<_> = slots.lines().filter(|line| line.contains("serial num")).collect();
    serials.dedup();
    assert_eq!(serials.len(), 2, "{slots}");
}
