use super::*;
use crate::{SigningInput, testing::Key};

const ORIGIN: &str = "https://ward.example";
const NONCE: &str = "d2FyZGtleS10ZXN0LW5vbmNlLXdhcmRrZXktdGVzdC1ub25j";

#[test]
fn what_is_signed_is_both_hashes_over_the_texts_as_they_are() {
    let prepared = prepare(ORIGIN, NONCE, SignatureAlgorithm::EcdsaP256Sha256).unwrap();
    let hash = |text: &str| SignatureAlgorithm::EcdsaP256Sha256.digest(text.as_bytes()).unwrap();
    assert_eq!(prepared.to_be_signed(), [hash(ORIGIN), hash(NONCE)].concat());
    let long = prepare(ORIGIN, NONCE, SignatureAlgorithm::EcdsaP384Sha384).unwrap();
    assert_eq!(long.to_be_signed().len(), 96);
}

#[test]
fn what_is_signed_can_be_taken_for_nothing_else() {
    for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
        let prepared = prepare(ORIGIN, NONCE, key.algorithm()).unwrap();
        assert_eq!(SigningInput::readings(prepared.to_be_signed()), [SigningInput::WebEid]);
        assert!(crate::raw::check(prepared.to_be_signed()).is_err());
    }
}

#[test]
fn only_the_ascii_form_of_an_origin_is_signed() {
    let admitted = [
        "https://ward.example",
        "https://ward.example:8443",
        "https://xn--pike-loa.ee",
        "https://192.0.2.7",
        "https://[2001:db8::1]",
        "https://[2001:db8::1]:8443",
        "http://localhost:8080",
        "http://demo.localhost",
        "http://127.0.0.1:3000",
    ];
    for origin in admitted {
        assert!(may_be_signed(origin), "{origin}");
    }
    let refused = [
        "",
        "null",
        "ward.example",
        "http://ward.example",
        "http://localhost.ward.example",
        "ftp://ward.example",
        "wss://ward.example",
        "https://",
        "https://ward.example/",
        "https://ward.example?q",
        "https://ward.example#f",
        "https://user@ward.example",
        "https://Ward.example",
        "https://päike.ee",
        "https://ward.example:443",
        "https://ward.example:0",
        "https://ward.example:08443",
        "https://ward.example:+8443",
        "https://ward.example:65536",
        "https://ward..example",
        "https://ward.example.",
        "https://ward example",
        "https://[2001:DB8::1]",
        "https://[2001:db8:0::1]",
        "http://localhost:80",
    ];
    for origin in refused {
        assert!(!may_be_signed(origin), "{origin}");
    }
    let long = format!("https://{}.example", "a".repeat(MAX_ORIGIN));
    assert!(!may_be_signed(&long));
}

#[test]
fn nonces_and_algorithms_out_of_bounds_are_refused() {
    let es256 = SignatureAlgorithm::EcdsaP256Sha256;
    let long = "a".repeat(129);
    let spaced = NONCE.replace('t', " ");
    for nonce in ["", &NONCE[..43], &long, &spaced] {
        assert_eq!(prepare(ORIGIN, nonce, es256).unwrap_err(), WebEidError::Nonce, "{nonce}");
    }
    let sha1 = SignatureAlgorithm::RsaPkcs1Sha1;
    assert_eq!(prepare(ORIGIN, NONCE, sha1).unwrap_err(), WebEidError::AlgorithmRefused);
    let prepared = prepare(ORIGIN, NONCE, es256).unwrap();
    let short = prepared.assemble(&[0; 63], &[0x30, 0], "test");
    assert_eq!(short.unwrap_err(), WebEidError::SignatureInvalid);
}

#[test]
fn only_versions_of_one_are_read() {
    let json = |format: &str| {
        let signature = "A".repeat(88);
        format!(
            r#"{{"unverifiedCertificate":"MAA=","algorithm":"ES256","signature":"{signature}","format":"{format}","appVersion":"x"}}"#
        )
    };
    for format in ["web-eid:1", "web-eid:1.0", "web-eid:1.12"] {
        let token = Token::parse(&json(format)).unwrap();
        assert_eq!(Token::parse(&token.to_json().unwrap()).unwrap(), token);
    }
    for format in ["web-eid:10", "web-eid:1.", "web-eid:1.x", "web-eid:2.0", "web-eid:", ""] {
        assert_eq!(Token::parse(&json(format)).unwrap_err(), WebEidError::Format, "{format}");
    }
    for malformed in ["", "{}", &"x".repeat(200), &json(&"1".repeat(10_000))] {
        assert_eq!(Token::parse(malformed).unwrap_err(), WebEidError::Malformed);
    }
    let twice = json("web-eid:1").replacen('{', r#"{"algorithm":"RS256","#, 1);
    assert_eq!(Token::parse(&twice).unwrap_err(), WebEidError::Malformed);
}

#[cfg(feature = "verify")]
mod verified {
    use base64ct::{Base64, Encoding as _};
    use serde_json::Value;
    use wardkey_crypto::Obligation;
    use wardkey_pki::{Certificate, Crl, PathError, Purpose, Revocation, UnixTime};

    use super::*;
    use crate::{
        VerifyOptions,
        report::{Report, Verdict},
        testing::{Authority, NOW, Profile, judging, vectors},
    };

    fn expected<'a>(origin: &'a str, nonce: &'a str, lists: &[Vec<u8>]) -> Expected<'a> {
        let lists = lists.iter().map(|list| Crl::from_der(list).unwrap()).collect();
        Expected {
            origin,
            nonce,
            anchors: vec![Certificate::from_der(&Authority::new().certificate()).unwrap()],
            intermediates: Vec::new(),
            revocation: Revocation::required(lists),
            now: UnixTime::from_seconds(NOW),
        }
    }

    fn token(key: &Key, profile: &Profile) -> Token {
        let prepared = prepare(ORIGIN, NONCE, key.algorithm()).unwrap();
        let certificate = Authority::new().issue(profile, &key.spki());
        let signature = key.sign(prepared.to_be_signed());
        prepared.assemble(&signature, &certificate, "https://wardkey.example/0.1.0").unwrap()
    }

    fn outcome(token: &Token, expected: Expected<'_>) -> Result<VerifiedToken, WebEidError> {
        let pending = verify(token, expected)?;
        let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
        pending.conclude(&answers)
    }

    #[test]
    fn a_token_is_made_and_verified_with_every_kind_of_key() {
        let list = Authority::new().revocation_list(&[]);
        for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
            let token = token(&key, &Profile::login("555000000101"));
            let token = Token::parse(&token.to_json().unwrap()).unwrap();
            let verified =
                outcome(&token, expected(ORIGIN, NONCE, std::slice::from_ref(&list))).unwrap();
            assert_eq!(verified.certificate.common_name(), Some("555000000101"));
            assert_eq!(verified.revocation_age, Some(1800));
        }
    }

    #[test]
    fn a_token_serves_no_other_origin_or_nonce() {
        let lists = [Authority::new().revocation_list(&[])];
        let token = token(&Key::p256(1), &Profile::login("555000000101"));
        let elsewhere = outcome(&token, expected("https://evil.example", NONCE, &lists));
        assert_eq!(elsewhere.unwrap_err(), WebEidError::SignatureInvalid);
        let later = NONCE.replace('d', "e");
        let replayed = outcome(&token, expected(ORIGIN, &later, &lists));
        assert_eq!(replayed.unwrap_err(), WebEidError::SignatureInvalid);
    }

    #[test]
    fn the_certificate_has_to_be_a_valid_login_certificate() {
        let key = Key::p256(1);
        let good = [Authority::new().revocation_list(&[])];
        let content = token(&key, &Profile::content("555000000101_Amira_Okafor"));
        assert_eq!(
            outcome(&content, expected(ORIGIN, NONCE, &good)).unwrap_err(),
            WebEidError::Path(PathError::WrongUsage { purpose: Purpose::Login })
        );
        let login = token(&key, &Profile::login("555000000101"));
        let unknown = outcome(&login, expected(ORIGIN, NONCE, &[])).unwrap_err();
        assert!(matches!(unknown, WebEidError::Path(PathError::RevocationUnknown { .. })));
        let revoked = [Authority::new().revocation_list(&[(9, "261101000000Z")])];
        let revoked = outcome(&login, expected(ORIGIN, NONCE, &revoked)).unwrap_err();
        assert!(matches!(revoked, WebEidError::Path(PathError::Revoked { .. })));
        let stranger = Expected { anchors: Vec::new(), ..expected(ORIGIN, NONCE, &good) };
        assert_eq!(outcome(&login, stranger).unwrap_err(), WebEidError::Path(PathError::Untrusted));
    }

    #[test]
    fn the_algorithm_is_that_of_the_key() {
        let mut token = token(&Key::p256(1), &Profile::login("555000000101"));
        for algorithm in ["RS256", "ES384", "PS256", "none"] {
            token.algorithm = algorithm.to_owned();
            let refused = verify(&token, expected(ORIGIN, NONCE, &[])).unwrap_err();
            assert_eq!(refused, WebEidError::AlgorithmRefused);
        }
    }

    #[test]
    fn public_tokens_verify_for_their_origin_and_nonce() {
        let Some(folder) = vectors("web-eid", "public_tokens_verify_for_their_origin_and_nonce")
        else {
            return;
        };
        let cases: Vec<Value> =
            serde_json::from_slice(&std::fs::read(folder.join("tokens.json")).unwrap()).unwrap();
        let mut verified = 0;
        for case in cases {
            let name = case["name"].as_str().unwrap();
            let json = case["token"].to_string();
            let Some(with) = case["verifies_with"].as_object() else {
                eprintln!("skipped: {name} (a template or negative without origin and nonce)");
                continue;
            };
            let token = Token::parse(&json).unwrap();
            let text = |member: &str| with[member].as_str().unwrap();
            let pending = verify(&token, expected(text("origin"), text("nonce"), &[]));
            if token.algorithm == "PS256" {
                assert_eq!(pending.unwrap_err(), WebEidError::AlgorithmRefused, "{name}");
                continue;
            }
            assert!(pending.unwrap().obligations()[0].discharge(), "{name}");
            let other = verify(&token, expected("https://evil.example", text("nonce"), &[]));
            assert!(!other.unwrap().obligations()[0].discharge(), "{name}");
            verified += 1;
        }
        assert_eq!(verified, 5);
    }

    fn options() -> VerifyOptions {
        VerifyOptions { required_policies: Vec::new(), ..judging::options() }
    }

    #[test]
    fn a_report_says_which_check_was_not_passed() {
        let key = Key::p256(1);
        let token = token(&key, &Profile::login("555000000101"));
        let report = |token: &Token, origin: &str, nonce: &str, options: &VerifyOptions| {
            let pending = judge(&token.to_json().unwrap(), origin, nonce, options);
            let answers = pending.obligations().iter().map(Obligation::discharge);
            let answers: Vec<bool> = answers.collect();
            pending.conclude(&answers)
        };
        let good = report(&token, ORIGIN, NONCE, &options());
        assert_eq!((good.verdict, good.reason), (Verdict::Valid, None));
        assert_eq!(good.signer.unwrap().user_id.as_deref(), Some("555000000101"));
        assert_eq!((good.format, good.path.len()), (Some("web-eid"), 2));
        assert_eq!(good.covered, ["origin", "nonce"]);
        let names: Vec<_> = good.checks.iter().map(|check| check.name.as_str()).collect();
        let expected = "format certificate algorithm origin nonce signature revocation validity \
                        trust usage";
        assert!(names.join(" ").starts_with(expected), "{names:?}");

        let failed = |report: Report| {
            let check = report.checks.into_iter().find(|check| !check.passed);
            (report.verdict, check.unwrap().name)
        };
        let invalid = |name: &str| (Verdict::Invalid, name.to_owned());
        let elsewhere = report(&token, "https://evil.example", NONCE, &options());
        assert_eq!(failed(elsewhere), invalid("signature"));
        let content = self::token(&key, &Profile::content("555000000101_Amira_Okafor"));
        assert_eq!(failed(report(&content, ORIGIN, NONCE, &options())), invalid("usage"));
        assert_eq!(failed(report(&token, "ward.example", NONCE, &options())), invalid("origin"));
        assert_eq!(failed(report(&token, ORIGIN, "short", &options())), invalid("nonce"));
        let rs256 = Token { algorithm: "RS256".to_owned(), ..token.clone() };
        assert_eq!(failed(report(&rs256, ORIGIN, NONCE, &options())), invalid("algorithm"));
        let no_lists = VerifyOptions { crls: Vec::new(), ..options() };
        let unknown = failed(report(&token, ORIGIN, NONCE, &no_lists));
        assert_eq!(unknown, (Verdict::Indeterminate, "revocation".to_owned()));
        let nobody = VerifyOptions { anchors: Vec::new(), ..options() };
        assert_eq!(failed(report(&token, ORIGIN, NONCE, &nobody)).0, Verdict::Invalid);
        let junk = judge("{}", ORIGIN, NONCE, &options()).conclude(&[]);
        assert_eq!(failed(junk), invalid("format"));
        let unanswered = judge(&token.to_json().unwrap(), ORIGIN, NONCE, &options()).conclude(&[]);
        assert_eq!(failed(unanswered), invalid("signature"));
    }

    #[test]
    fn a_signature_of_another_length_is_refused() {
        let mut token = token(&Key::p256(1), &Profile::login("555000000101"));
        token.signature = Base64::encode_string(&[1; 63]);
        let refused = verify(&token, expected(ORIGIN, NONCE, &[])).unwrap_err();
        assert_eq!(refused, WebEidError::SignatureInvalid);
    }
}
