use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use wardkey_crypto::Obligation;

use super::*;
use crate::{
    SigningInput,
    testing::{Key, vectors},
    tlv::{INTEGER, NULL, SEQUENCE, tlv},
};

const EXPECTED: Expected<'_> =
    Expected { algorithm: SignatureAlgorithm::EcdsaP256Sha256, typ: Some("x+jwt") };
const PAYLOAD: &[u8] = br#"{"seq":1}"#;

fn signed(key: &Key, header: &Value) -> String {
    let prepared = prepare(header.to_string().as_bytes(), PAYLOAD);
    prepared.assemble(&key.sign(prepared.to_be_signed()))
}

fn outcome(token: &str, expected: &Expected<'_>, spki: &[u8]) -> Result<Verified, JwsError> {
    let pending = Unverified::read(token, expected)?.verify(spki)?;
    let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
    pending.conclude(&answers)
}

#[test]
fn what_was_signed_is_read() {
    let keys = [(Key::p256(9), "ES256"), (Key::p384(9), "ES384"), (Key::rsa(), "RS256")];
    for (key, alg) in keys {
        let token = signed(&key, &json!({"alg": alg, "typ": "x+jwt", "kid": "s"}));
        let expected = Expected { algorithm: key.algorithm(), ..EXPECTED };
        let verified = outcome(&token, &expected, &key.spki()).unwrap();
        assert_eq!(verified, Verified { kid: Some("s".to_owned()), payload: PAYLOAD.to_vec() });
    }
}

#[test]
fn a_change_anywhere_is_noticed() {
    let key = Key::p256(9);
    let token = signed(&key, &json!({"alg": "ES256", "typ": "x+jwt", "kid": "s"}));
    for position in 0..token.len() {
        for replacement in ["A", "-", ".", "="] {
            let mut changed = token.clone();
            changed.replace_range(position..=position, replacement);
            if changed != token {
                assert!(outcome(&changed, &EXPECTED, &key.spki()).is_err(), "{changed}");
            }
        }
    }
    assert_eq!(outcome(&token, &EXPECTED, &Key::p256(8).spki()), Err(JwsError::SignatureInvalid));
}

#[test]
fn the_header_chooses_nothing() {
    let key = Key::p256(9);
    let refused =
        |header: Value| outcome(&signed(&key, &header), &EXPECTED, &key.spki()).unwrap_err();
    for alg in ["none", "None", "", "HS256", "ES384", "RS256", "es256"] {
        let error = refused(json!({"alg": alg, "typ": "x+jwt"}));
        assert_eq!(error, JwsError::AlgorithmRefused, "{alg}");
    }
    assert_eq!(refused(json!({"alg": "ES256"})), JwsError::WrongType);
    assert_eq!(refused(json!({"alg": "ES256", "typ": "X+JWT"})), JwsError::WrongType);
    for member in ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip"] {
        let error = refused(json!({"alg": "ES256", "typ": "x+jwt", member: []}));
        assert_eq!(error, JwsError::Header, "{member}");
    }
    assert_eq!(refused(json!({"alg": "ES256", "typ": "x+jwt", "kid": null})), JwsError::Header);
    assert_eq!(refused(json!(["ES256"])), JwsError::Header);
    assert_eq!(refused(json!({"typ": "x+jwt"})), JwsError::Header);
    let twice = prepare(br#"{"alg":"ES256","typ":"x+jwt","alg":"ES256"}"#, PAYLOAD);
    let twice = twice.assemble(&key.sign(twice.to_be_signed()));
    assert_eq!(outcome(&twice, &EXPECTED, &key.spki()), Err(JwsError::Header));
}

#[test]
fn tokens_of_another_shape_are_refused() {
    let key = Key::p256(9);
    for token in ["", ".", "..", "a.b", "a.b.c.d", "####.e30.AA", "e30=.e30.AA", "e30 .e30.AA"] {
        assert!(Unverified::read(token, &EXPECTED).is_err(), "{token}");
    }
    let long = "a".repeat(MAX_LENGTH + 1);
    assert_eq!(Unverified::read(&long, &EXPECTED).unwrap_err(), JwsError::TooLong);
    let token = signed(&key, &json!({"alg": "ES256", "typ": "x+jwt"}));
    let short = Unverified::read(&token[..token.len() - 2], &EXPECTED);
    assert_eq!(short.unwrap_err(), JwsError::SignatureInvalid);
    assert_eq!(outcome(&token, &EXPECTED, &Key::p384(9).spki()), Err(JwsError::KeyMismatch));
    let kid = "k".repeat(MAX_HEADER);
    let token = signed(&key, &json!({"alg": "ES256", "typ": "x+jwt", "kid": kid}));
    assert_eq!(Unverified::read(&token, &EXPECTED).unwrap_err(), JwsError::Header);
}

#[test]
fn what_is_signed_can_be_taken_for_nothing_else() {
    let prepared = prepare(br#"{"alg":"ES256","typ":"x+jwt"}"#, PAYLOAD);
    assert_eq!(SigningInput::readings(prepared.to_be_signed()), [SigningInput::Jws]);
}

/// The examples of RFC 7520, section 4, as a table of what holds and what is refused on purpose.
#[test]
fn the_examples_of_rfc_7520() {
    let Some(folder) = vectors("jws-rfc7520/jws", "the_examples_of_rfc_7520") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut held = 0;
    for file in &files {
        let case: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let title = case["title"].as_str().unwrap();
        let outcome = example(&case);
        held += usize::from(outcome.is_ok());
        println!("{title:<40} {}", outcome.unwrap_or_else(|error| format!("refused: {error}")));
    }
    assert_eq!((held, files.len()), (3, 8), "RS256, PS384 and ES512, each with a key of its own");
}

fn example(case: &Value) -> Result<String, JwsError> {
    let alg = &case["input"]["alg"];
    let name = alg.as_str().ok_or(JwsError::Malformed)?;
    let Some(token) = case["output"]["compact"].as_str() else { return Err(JwsError::Malformed) };
    let algorithm = algorithm_named(name).ok_or(JwsError::AlgorithmRefused)?;
    let key = public_key(&case["input"]["key"]);
    let verified = outcome(token, &Expected { algorithm, typ: None }, &key)?;
    assert_eq!(verified.kid.as_deref(), case["input"]["key"]["kid"].as_str());
    assert_eq!(verified.payload, case["input"]["payload"].as_str().unwrap().as_bytes());
    for (other, _) in ALGORITHMS.iter().filter(|(other, _)| *other != algorithm) {
        let read = Unverified::read(token, &Expected { algorithm: *other, typ: None });
        assert_eq!(read.unwrap_err(), JwsError::AlgorithmRefused);
    }
    let header = case["signing"]["protected"].to_string();
    let prepared = prepare(header.as_bytes(), &verified.payload);
    let input = case["signing"]["sig-input"].as_str().unwrap();
    assert_eq!(prepared.to_be_signed(), input.as_bytes());
    assert_eq!(prepared.assemble(&decoded(&case["signing"]["sig"])), token);
    Ok(format!("holds, {name}"))
}

fn public_key(jwk: &Value) -> Vec<u8> {
    if jwk["kty"] == "RSA" {
        return rsa_spki(jwk);
    }
    assert_eq!(jwk["crv"], "P-521");
    let point = [&[0, 4][..], &decoded(&jwk["x"]), &decoded(&jwk["y"])].concat();
    let names = [const_oid::db::rfc5912::ID_EC_PUBLIC_KEY, const_oid::db::rfc5912::SECP_521_R_1];
    let [kind, curve] = names.map(crate::tlv::oid);
    tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&kind, &curve]), &tlv(0x03, &[&point])])
}

fn decoded(text: &Value) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text.as_str().unwrap()).unwrap()
}

fn rsa_spki(jwk: &Value) -> Vec<u8> {
    let modulus = tlv(INTEGER, &[&[0], &decoded(&jwk["n"])]);
    let key = tlv(SEQUENCE, &[&modulus, &tlv(INTEGER, &[&decoded(&jwk["e"])])]);
    let oid = crate::tlv::oid(const_oid::db::rfc5912::RSA_ENCRYPTION);
    let algorithm = tlv(SEQUENCE, &[&oid, &tlv(NULL, &[])]);
    tlv(SEQUENCE, &[&algorithm, &tlv(0x03, &[&[0], &key])])
}
