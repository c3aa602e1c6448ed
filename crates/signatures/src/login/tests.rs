use std::{fs, process::Command};

use wardkey_crypto::Obligation;

use super::*;
use crate::{
    testing::{Authority, Key, NOW, Profile, has_program},
    tlv::{Fields, OCTET_STRING, SEQUENCE, SET, tlv},
};

const CHALLENGE: [u8; 48] = [7; 48];
const SERVER: &str = "https://identity.example";
const TRANSACTION: &str = "aB3dE5fG7h";
const EXPECTED: Expected<'_> =
    Expected { challenge: &CHALLENGE, server: SERVER, transaction: TRANSACTION };

struct Card {
    key: Key,
    certificate: Vec<u8>,
    session_key: Vec<u8>,
}

impl Card {
    fn new(key: Key) -> Self {
        let certificate = Authority::new().issue(&Profile::login("555000000101"), &key.spki());
        Self { key, certificate, session_key: Key::p256(0x21).spki() }
    }

    fn request(&self) -> LoginRequest<'_> {
        LoginRequest {
            challenge: &CHALLENGE,
            server: SERVER,
            transaction: TRANSACTION,
            session_key_spki: &self.session_key,
            certificate_der: &self.certificate,
            signing_time: NOW,
        }
    }

    fn answer(&self, request: LoginRequest<'_>) -> Vec<u8> {
        let prepared = prepare(request).unwrap();
        prepared.assemble(&self.key.sign(prepared.to_be_signed())).unwrap()
    }
}

fn outcome(cms: &[u8], expected: &Expected<'_>) -> Result<VerifiedLogin, LoginError> {
    let pending = verify(cms, expected)?;
    let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
    pending.conclude(&answers)
}

#[test]
fn every_kind_of_key_answers() {
    for key in [Key::p256(0x11), Key::p384(0x12), Key::rsa()] {
        let card = Card::new(key);
        let login = outcome(&card.answer(card.request()), &EXPECTED).unwrap();
        assert_eq!(login.certificate_der, card.certificate);
        assert_eq!(login.session_key_spki, card.session_key);
        assert_eq!(login.signing_time, NOW);
    }
}

#[test]
fn an_answer_serves_no_other_challenge_server_or_transaction() {
    let card = Card::new(Key::p256(0x11));
    let answer = card.answer(card.request());
    let other = [8; 48];
    let cases = [
        (Expected { challenge: &other, ..EXPECTED }, LoginError::WrongChallenge),
        (Expected { server: "https://other.example", ..EXPECTED }, LoginError::WrongServer),
        (Expected { transaction: "zzzzzzzzzz", ..EXPECTED }, LoginError::WrongTransaction),
    ];
    for (expected, error) in cases {
        assert_eq!(outcome(&answer, &expected), Err(error));
    }
}

#[test]
fn nothing_can_be_changed_without_notice() {
    let card = Card::new(Key::p256(0x11));
    let answer = card.answer(card.request());
    for position in 0..answer.len() {
        let mut changed = answer.clone();
        changed[position] ^= 0x01;
        // A changed certificate is another certificate: whether it is trusted is for the caller.
        if let Ok(login) = outcome(&changed, &EXPECTED) {
            assert_ne!(login.certificate_der, card.certificate, "octet {position}");
        }
    }
    for cut in 0..answer.len() {
        assert!(outcome(&answer[..cut], &EXPECTED).is_err(), "cut at {cut}");
    }
    assert!(outcome(&[answer, vec![0]].concat(), &EXPECTED).is_err());
}

#[test]
fn an_answer_by_another_key_is_noticed() {
    let card = Card::new(Key::p256(0x11));
    let prepared = prepare(card.request()).unwrap();
    let answer = prepared.assemble(&Key::p256(0x31).sign(prepared.to_be_signed())).unwrap();
    assert_eq!(outcome(&answer, &EXPECTED), Err(LoginError::SignatureInvalid));
    assert_eq!(prepared.assemble(&[]), Err(LoginError::SignatureInvalid));
}

/// Parts of an answer put together in ways the fixed form does not know.
struct Pieces {
    certificate: Vec<u8>,
    attributes: Vec<Vec<u8>>,
    key: Key,
}

impl Pieces {
    fn new() -> Self {
        let card = Card::new(Key::p256(0x11));
        let prepared = prepare(card.request()).unwrap();
        let mut fields = Fields::open(prepared.to_be_signed(), SET).unwrap();
        let attributes =
            std::iter::from_fn(|| fields.whole(SEQUENCE)).map(<[u8]>::to_vec).collect();
        Self { certificate: card.certificate, attributes, key: card.key }
    }

    /// Signed anew and put together by the crate's own writer.
    fn seal(&self, attributes: Vec<u8>) -> Vec<u8> {
        let algorithm = self.key.algorithm();
        let signature = self.key.sign(&attributes);
        structure::encode(&CHALLENGE, &self.certificate, &attributes, algorithm, &signature)
            .unwrap()
    }

    fn sealed(&self) -> Vec<u8> {
        self.seal(tlv(SET, &self.attributes.iter().map(Vec::as_slice).collect::<Vec<_>>()))
    }
}

#[test]
fn exactly_these_attributes_in_their_one_encoding() {
    assert!(outcome(&Pieces::new().sealed(), &EXPECTED).is_ok());

    for missing in 0..4 {
        let mut pieces = Pieces::new();
        pieces.attributes.remove(missing);
        assert!(matches!(outcome(&pieces.sealed(), &EXPECTED), Err(LoginError::Malformed(_))));
    }
    for twice in 0..4 {
        let mut pieces = Pieces::new();
        pieces.attributes.push(pieces.attributes[twice].clone());
        assert!(matches!(outcome(&pieces.sealed(), &EXPECTED), Err(LoginError::Malformed(_))));
    }
    let mut other = Pieces::new();
    other.attributes.push(vec![0x30, 0x07, 0x06, 0x01, 0x2a, 0x31, 0x02, 0x05, 0x00]);
    let error = outcome(&other.sealed(), &EXPECTED).unwrap_err();
    assert_eq!(error, LoginError::Malformed("another signed attribute"));

    let mut unsorted = Pieces::new();
    unsorted.attributes.reverse();
    assert_eq!(outcome(&unsorted.sealed(), &EXPECTED), Err(LoginError::NotExact));
}

#[test]
fn label_digest_and_session_key_are_checked() {
    let change = |from: &[u8], to: &[u8]| {
        let mut pieces = Pieces::new();
        for attribute in &mut pieces.attributes {
            let found = attribute.windows(from.len()).position(|window| window == from);
            if let Some(at) = found {
                attribute[at..at + to.len()].copy_from_slice(to);
            }
        }
        outcome(&pieces.sealed(), &EXPECTED).unwrap_err()
    };
    assert_eq!(change(b"wardkey-login:1", b"wardkey-login:2"), LoginError::WrongLabel);
    let digest = Key::p256(0x11).algorithm().digest(&CHALLENGE).unwrap();
    assert_eq!(change(&digest, &[0; 32]), LoginError::DigestMismatch);
    // The object identifier of P-256 becomes that of P-192.
    let curve = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let other = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01];
    assert_eq!(change(&curve, &other), LoginError::SessionKey);
}

#[test]
fn one_certificate_and_one_signer() {
    let pieces = Pieces::new();
    let answer = pieces.sealed();
    let repeated = |part: &[u8]| {
        // The part stands twice; all lengths around it are put right.
        fn rebuild(value: &[u8], part: &[u8]) -> Vec<u8> {
            if value == part {
                return [part, part].concat();
            }
            let tag = value[0];
            if tag & 0x20 == 0 {
                return value.to_vec();
            }
            let mut fields = Fields::open(value, tag).unwrap();
            let children: Vec<Vec<u8>> =
                std::iter::from_fn(|| fields.peek().and_then(|tag| fields.whole(tag)))
                    .map(|child| rebuild(child, part))
                    .collect();
            tlv(tag, &children.iter().map(Vec::as_slice).collect::<Vec<_>>())
        }
        rebuild(&answer, part)
    };
    let certificates = repeated(&pieces.certificate);
    assert_eq!(outcome(&certificates, &EXPECTED), Err(LoginError::Malformed("one certificate")));
    let mut signed_data = Fields::open(&answer, SEQUENCE).unwrap();
    signed_data.oid().unwrap();
    let mut signed_data = signed_data.fields(0xa0).unwrap().fields(SEQUENCE).unwrap();
    let signers = std::iter::from_fn(|| signed_data.peek().and_then(|tag| signed_data.whole(tag)));
    let signers = signers.last().unwrap();
    let signer = Fields::open(signers, SET).unwrap().whole(SEQUENCE).unwrap();
    assert_eq!(outcome(&repeated(signer), &EXPECTED), Err(LoginError::Malformed("one signer")));
}

#[test]
fn requests_out_of_bounds_are_refused() {
    let card = Card::new(Key::p256(0x11));
    let refused = |change: fn(&mut LoginRequest<'_>)| {
        let mut request = card.request();
        change(&mut request);
        prepare(request).unwrap_err()
    };
    assert_eq!(refused(|request| request.challenge = &[7; 31]), LoginError::ChallengeLength);
    assert_eq!(refused(|request| request.challenge = &[7; 1025]), LoginError::ChallengeLength);
    assert_eq!(refused(|request| request.server = ""), LoginError::TextLength);
    assert_eq!(refused(|request| request.transaction = ""), LoginError::TextLength);
    assert_eq!(refused(|request| request.session_key_spki = &[]), LoginError::SessionKey);
    assert_eq!(refused(|request| request.certificate_der = &[]), LoginError::Certificate);
    assert_eq!(refused(|request| request.signing_time = u64::MAX), LoginError::Time);
    let wrong_curve = Key::p384(0x12).spki();
    let request = LoginRequest { session_key_spki: &wrong_curve, ..card.request() };
    assert_eq!(prepare(request).unwrap_err(), LoginError::SessionKey);
}

#[test]
fn what_the_card_signs_can_be_taken_for_nothing_else() {
    for key in [Key::p256(0x11), Key::p384(0x12), Key::rsa()] {
        let card = Card::new(key);
        let prepared = prepare(card.request()).unwrap();
        assert_eq!(prepared.to_be_signed()[0], 0x31);
        assert_eq!(SigningInput::readings(prepared.to_be_signed()), [SigningInput::CmsAttributes]);
        assert!(crate::raw::check(prepared.to_be_signed()).is_err());
    }
}

#[test]
fn years_from_2050_are_written_as_generalized_time() {
    let card = Card::new(Key::p256(0x11));
    let request = LoginRequest { signing_time: 2_524_608_000, ..card.request() };
    assert_eq!(outcome(&card.answer(request), &EXPECTED).unwrap().signing_time, 2_524_608_000);
}

#[test]
fn openssl_accepts_the_structure() {
    if !has_program("openssl", "openssl_accepts_the_structure") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, key) in [("p256", Key::p256(0x11)), ("p384", Key::p384(0x12)), ("rsa", Key::rsa())] {
        let card = Card::new(key);
        let path = folder.path().join(name);
        fs::write(&path, card.answer(card.request())).unwrap();
        let authority = folder.path().join("authority.der");
        fs::write(&authority, Authority::new().certificate()).unwrap();
        let content = folder.path().join("content");
        let output = Command::new("openssl")
            .args(["cms", "-verify", "-binary", "-purpose", "any", "-attime", &NOW.to_string()])
            .args(["-inform", "DER", "-in"])
            .arg(&path)
            .arg("-CAfile")
            .arg(pem(&authority))
            .arg("-out")
            .arg(&content)
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read(&content).unwrap(), CHALLENGE, "{name}");
    }
}

fn pem(der: &std::path::Path) -> std::path::PathBuf {
    let pem = der.with_extension("pem");
    let status = Command::new("openssl")
        .args(["x509", "-inform", "DER", "-in"])
        .arg(der)
        .arg("-out")
        .arg(&pem)
        .status()
        .unwrap();
    assert!(status.success());
    pem
}

#[test]
fn a_signature_without_attributes_is_refused() {
    // The legacy form: the signature is over the challenge itself.
    let pieces = Pieces::new();
    let answer = pieces.sealed();
    let octets = tlv(OCTET_STRING, &[&CHALLENGE]);
    assert!(answer.windows(octets.len()).any(|window| window == octets));
    let legacy = pieces.seal(vec![SET, 0]);
    assert!(matches!(outcome(&legacy, &EXPECTED), Err(LoginError::Malformed(_))));
    assert!(!is_legacy(&answer));
}
