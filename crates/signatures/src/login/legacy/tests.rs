use std::{fs, path::Path, process::Command};

use rsa::pkcs8::EncodePrivateKey as _;

use super::*;
use crate::testing::{Authority, Key, Profile, has_program};

const CHALLENGE: [u8; 48] = [7; 48];

/// What OpenSSL's `cms` makes of the challenge with this key.
struct Agent {
    folder: tempfile::TempDir,
    certificate: Vec<u8>,
}

impl Agent {
    fn new(key: &Key) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pem = match key {
            Key::P256(key) => key.to_pkcs8_pem(Default::default()),
            Key::P384(key) => key.to_pkcs8_pem(Default::default()),
            Key::Rsa(key) => key.to_pkcs8_pem(Default::default()),
        };
        fs::write(folder.path().join("key.pem"), pem.unwrap().as_bytes()).unwrap();
        fs::write(folder.path().join("challenge"), CHALLENGE).unwrap();
        let certificate = Authority::new().issue(&Profile::login("555000000101"), &key.spki());
        write_pem(&folder.path().join("certificate.pem"), &certificate);
        Self { folder, certificate }
    }

    fn answer(&self, digest: &str, options: &[&str]) -> Vec<u8> {
        let path = |name: &str| self.folder.path().join(name);
        let output = Command::new("openssl")
            .args(["cms", "-sign", "-binary", "-outform", "DER", "-md", digest])
            .args(options)
            .arg("-in")
            .arg(path("challenge"))
            .arg("-signer")
            .arg(path("certificate.pem"))
            .arg("-inkey")
            .arg(path("key.pem"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

fn write_pem(path: &Path, certificate: &[u8]) {
    let pem = der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, certificate);
    fs::write(path, pem.unwrap()).unwrap();
}

const LEGACY: [&str; 2] = ["-noattr", "-nodetach"];

fn outcome(cms: &[u8]) -> Result<Vec<u8>, LoginError> {
    let pending = verify_legacy(cms, &CHALLENGE)?;
    let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
    pending.conclude(&answers)
}

#[test]
fn openssl_answers_as_legacy_agents_do() {
    if !has_program("openssl", "openssl_answers_as_legacy_agents_do") {
        return;
    }
    let cases = [
        (Key::rsa(), "sha1", SignatureAlgorithm::RsaPkcs1Sha1),
        (Key::rsa(), "sha256", SignatureAlgorithm::RsaPkcs1Sha256),
        (Key::p256(0x11), "sha256", SignatureAlgorithm::EcdsaP256Sha256),
        (Key::p384(0x12), "sha384", SignatureAlgorithm::EcdsaP384Sha384),
    ];
    for (key, digest, algorithm) in cases {
        let agent = Agent::new(&key);
        let answer = agent.answer(digest, &LEGACY);
        assert!(is_legacy(&answer), "{algorithm:?}");
        assert_eq!(verify_legacy(&answer, &CHALLENGE).unwrap().algorithm(), algorithm);
        assert_eq!(outcome(&answer).as_ref(), Ok(&agent.certificate), "{algorithm:?}");
        let other = verify_legacy(&answer, &[8; 48]).unwrap_err();
        assert_eq!(other, LoginError::WrongChallenge);
    }
}

#[test]
fn other_forms_and_digests_are_refused() {
    if !has_program("openssl", "other_forms_and_digests_are_refused") {
        return;
    }
    let agent = Agent::new(&Key::rsa());
    let malformed = Err(LoginError::Malformed("no legacy answer"));
    for options in [&["-nodetach"][..], &["-noattr"], &["-noattr", "-nodetach", "-nocerts"]] {
        let answer = agent.answer("sha256", options);
        assert!(!is_legacy(&answer), "{options:?}");
        assert_eq!(outcome(&answer), malformed, "{options:?}");
    }
    let odd = agent.answer("sha512", &LEGACY);
    assert_eq!(outcome(&odd), Err(LoginError::AlgorithmRefused));
    assert_eq!(outcome(&vec![0; MAX_LENGTH + 1]), Err(LoginError::Malformed("too long")));
}

#[test]
fn no_changed_or_cut_answer_holds_for_the_certificate() {
    if !has_program("openssl", "no_changed_or_cut_answer_holds_for_the_certificate") {
        return;
    }
    let agent = Agent::new(&Key::p256(0x11));
    let answer = agent.answer("sha256", &LEGACY);
    let place = |part: &[u8]| {
        answer.windows(part.len()).position(|window| window == part).map(|at| at..at + part.len())
    };
    let signature_at = answer.len() - 40;
    for at in place(&CHALLENGE).unwrap().chain(signature_at..answer.len()) {
        let mut changed = answer.clone();
        changed[at] ^= 0x01;
        assert!(outcome(&changed).is_err(), "octet {at}");
    }
    for cut in 0..answer.len() {
        assert!(outcome(&answer[..cut]).is_err(), "cut at {cut}");
    }
    // A signer that names another certificate than the one that is there.
    let serial = [INTEGER, 1, 9];
    let named = answer.windows(3).rposition(|window| window == serial).unwrap();
    let mut changed = answer;
    changed[named + 2] = 8;
    assert_eq!(outcome(&changed), Err(LoginError::Certificate));
}
