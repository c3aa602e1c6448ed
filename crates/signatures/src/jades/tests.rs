use wardkey_crypto::SignatureAlgorithm;

use super::*;
use crate::{
    Commitment,
    testing::{Authority, Key, NOW, Profile},
};

const TEXT: &[u8] = b"Rest, and drink plenty.";

fn request<'a>(certificate: &'a [u8], key: &Key) -> Request<'a> {
    Request {
        document: TEXT,
        baseline: true,
        serialization: Serialization::Compact,
        attached: true,
        algorithm: key.algorithm(),
        certificate_der: certificate,
        chain: &[],
        signing_time: NOW,
        commitment: Some(Commitment::ProofOfApproval),
        media_type: Some("application/fhir+json"),
    }
}

#[test]
fn the_header_is_that_of_the_baseline() {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    let key = Key::p256(1);
    let certificate = Authority::new().issue(&Profile::content("1_A_B"), &key.spki());
    let prepared = prepare(request(&certificate, &key)).unwrap();
    let signing_input = std::str::from_utf8(prepared.to_be_signed()).unwrap();
    let (header, payload) = signing_input.split_once('.').unwrap();
    assert_eq!(Base64UrlUnpadded::decode_vec(payload).unwrap(), TEXT);
    let header = Base64UrlUnpadded::decode_vec(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let names: Vec<&String> = header.as_object().unwrap().keys().collect();
    assert_eq!(names, ["alg", "crit", "cty", "iat", "srCms", "typ", "x5c", "x5t#S256"]);
    assert_eq!(header["crit"], serde_json::json!(["srCms"]));
    assert_eq!((&header["cty"], &header["iat"]), (&"fhir+json".into(), &NOW.into()));
    let approval = "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval";
    assert_eq!(header["srCms"][0]["commId"]["id"], approval);
    let other =
        Request { algorithm: SignatureAlgorithm::RsaPkcs1Sha1, ..request(&certificate, &key) };
    assert_eq!(prepare(other).unwrap_err(), JadesError::Certificate);
}

#[cfg(feature = "verify")]
mod verified {
    use super::*;
    use crate::{
        report::{Report, Verdict},
        testing::judging::{self, Stamper, failed, options, trusting_timestamps},
    };
    use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};

    fn judged(jades: &[u8], detached: Option<&[u8]>) -> Report {
        judging::judged(verify(jades, detached, &options()))
    }

    fn signed(key: &Key, profile: &Profile, change: impl FnOnce(&mut Request<'_>)) -> Vec<u8> {
        let certificate = Authority::new().issue(profile, &key.spki());
        let mut request = request(&certificate, key);
        change(&mut request);
        let prepared = prepare(request).unwrap();
        prepared.assemble(&key.sign(prepared.to_be_signed())).unwrap()
    }

    /// A compact signature with another header, signed anew.
    fn with_header(change: impl FnOnce(&mut serde_json::Value)) -> Report {
        let key = Key::p256(1);
        let token = signed(&key, &Profile::content("1_A_B"), |_| ());
        let token = String::from_utf8(token).unwrap();
        let mut parts = token.split('.');
        let header = Base64UrlUnpadded::decode_vec(parts.next().unwrap()).unwrap();
        let mut header = serde_json::from_slice(&header).unwrap();
        change(&mut header);
        let header = Base64UrlUnpadded::encode_string(header.to_string().as_bytes());
        let input = format!("{header}.{}", parts.next().unwrap());
        let signature = Base64UrlUnpadded::encode_string(&key.sign(input.as_bytes()));
        judged(format!("{input}.{signature}").as_bytes(), None)
    }

    #[test]
    fn both_serializations_of_every_key_hold() {
        let profile = Profile::content("555000000101_Amira_Okafor");
        for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
            for serialization in [Serialization::Compact, Serialization::Flattened] {
                let whole = signed(&key, &profile, |request| request.serialization = serialization);
                let report = judged(&whole, None);
                assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
                assert_eq!(report.commitment.as_deref(), Some("proofOfApproval"));
                assert_eq!(report.claimed_time.as_deref(), Some("2026-11-23T09:30:00Z"));
                assert!(judged(&whole, Some(TEXT)).is_valid());
                assert_eq!(failed(&judged(&whole, Some(b"Get up."))), "digest");
                let apart = signed(&key, &profile, |request| {
                    (request.serialization, request.attached) = (serialization, false);
                });
                assert!(judged(&apart, Some(TEXT)).is_valid());
                assert_eq!(failed(&judged(&apart, Some(b"Get up."))), "signature");
                assert_eq!(failed(&judged(&apart, None)), "digest");
            }
        }
    }

    #[test]
    fn headers_are_strict() {
        assert!(with_header(|_| ()).is_valid());
        let refused = |change: fn(&mut serde_json::Value)| failed(&with_header(change));
        assert_eq!(refused(|header| header["alg"] = "none".into()), "algorithm");
        assert_eq!(refused(|header| header["alg"] = "HS256".into()), "algorithm");
        assert_eq!(refused(|header| header["alg"] = "ES384".into()), "algorithm");
        assert_eq!(refused(|header| header["crit"] = serde_json::json!(["b64"])), "format");
        assert_eq!(refused(|header| header["crit"] = serde_json::json!([])), "format");
        assert_eq!(refused(|header| header["crit"] = serde_json::json!(["alg"])), "format");
        assert_eq!(refused(|header| header["crit"] = serde_json::json!(["sigT"])), "format");
        assert_eq!(
            refused(|header| header["crit"] = serde_json::json!(["srCms", "srCms"])),
            "format"
        );
        assert_eq!(refused(|header| header["b64"] = false.into()), "format");
        for name in ["jku", "jwk", "x5u", "sigD", "zip", "enc"] {
            let report = with_header(|header| header[name] = "https://x.example".into());
            assert_eq!(failed(&report), "format", "{name}");
            assert!(report.checks[0].detail.as_ref().unwrap().contains(name), "{name}");
        }
        assert_eq!(refused(|header| header["x5c"] = serde_json::json!([])), "certificate");
        assert_eq!(refused(|header| header["x5t#S256"] = "AAAA".into()), "signingCertificate");
        assert_eq!(refused(|header| header["iat"] = (NOW + 7200).into()), "signingTime");
        assert_eq!(refused(|header| header["sigT"] = "2026-11-23T09:30:00Z".into()), "format");
        let without = |name: &'static str| {
            with_header(move |header| drop(header.as_object_mut().unwrap().remove(name)))
        };
        assert_eq!(failed(&without("x5t#S256")), "signingCertificate");
        assert_eq!(failed(&without("x5c")), "certificate");
    }

    #[test]
    fn headers_of_others_are_read() {
        let older = with_header(|header| {
            header.as_object_mut().unwrap().remove("iat");
            header["sigT"] = "2026-11-23T09:30:00Z".into();
            header["crit"] = serde_json::json!(["sigT", "srCms"]);
            // What nobody asks to be understood is left alone.
            header["kid"] = "MBAwDqQMMAoxCDAGBgNVBAMTAA".into();
            header["sigPl"] = serde_json::json!({"addressCountry": "UK"});
        });
        assert_eq!(older.verdict, Verdict::Valid, "{older:#?}");
        assert_eq!(older.claimed_time.as_deref(), Some("2026-11-23T09:30:00Z"));
        let otherwise = with_header(|header| {
            let der = Base64::decode_vec(header["x5c"][0].as_str().unwrap()).unwrap();
            let digest = wardkey_crypto::Hash::Sha512.digest(&der).unwrap();
            let digest = Base64UrlUnpadded::encode_string(&digest);
            header.as_object_mut().unwrap().remove("x5t#S256");
            header["x5t#o"] = serde_json::json!({"digAlg": "S512", "digVal": digest});
            let oid = "urn:oid:1.2.840.113549.1.9.16.6.6";
            header["srCms"] = serde_json::json!([{"commId": {"id": oid}}]);
        });
        assert_eq!(otherwise.verdict, Verdict::Valid, "{otherwise:#?}");
        assert_eq!(otherwise.commitment.as_deref(), Some("proofOfCreation"));
    }

    #[test]
    fn a_plain_jws_names_no_time() {
        let profile = Profile::content("1_A_B");
        for serialization in [Serialization::Compact, Serialization::Flattened] {
            for attached in [true, false] {
                let plain = signed(&Key::p256(1), &profile, |request| {
                    (request.baseline, request.attached) = (false, attached);
                    request.serialization = serialization;
                });
                let document = (!attached).then_some(TEXT);
                let report = judged(&plain, document);
                assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
                assert_eq!((report.format, report.claimed_time), (Some("jws"), None));
                assert_eq!(report.commitment, None);
                assert!(!judged(&plain, Some(b"Get up.")).is_valid());
            }
        }
    }

    #[test]
    fn every_commitment_is_told() {
        use crate::Commitment as C;
        let profile = Profile::content("1_A_B");
        for (commitment, name) in [
            (C::ProofOfApproval, "proofOfApproval"),
            (C::ProofOfCreation, "proofOfCreation"),
            (C::ProofOfDelivery, "proofOfDelivery"),
            (C::ProofOfOrigin, "proofOfOrigin"),
            (C::ProofOfReceipt, "proofOfReceipt"),
            (C::ProofOfSender, "proofOfSender"),
        ] {
            let right = signed(&Key::p256(1), &profile, |r| r.commitment = Some(commitment));
            assert_eq!(judged(&right, None).commitment.as_deref(), Some(name));
        }
    }

    #[test]
    fn json_says_each_thing_once() {
        let right = signed(&Key::p256(1), &Profile::content("1_A_B"), |request| {
            request.serialization = Serialization::Flattened;
        });
        let right = String::from_utf8(right).unwrap();
        assert!(judged(right.as_bytes(), None).is_valid());
        let whole: serde_json::Value = serde_json::from_str(&right).unwrap();
        let general = |count: usize| {
            let one = serde_json::json!({
                "protected": whole["protected"], "signature": whole["signature"],
            });
            let signatures = vec![one; count];
            serde_json::json!({"payload": whole["payload"], "signatures": signatures}).to_string()
        };
        assert!(judged(general(1).as_bytes(), None).is_valid());
        for count in [0, 2] {
            assert_eq!(failed(&judged(general(count).as_bytes(), None)), "format");
        }
        let members = right.strip_suffix('}').unwrap();
        for more in [
            r#","payload":"R2V0IHVwLg""#,
            r#","\u0070ayload":"R2V0IHVwLg""#,
            r#","signatures":[]"#,
            r#","header":{"alg":"none"}"#,
            r#","header":{"x5c":[]}"#,
            r#","more":1"#,
        ] {
            let report = judged(format!("{members}{more}}}").as_bytes(), None);
            assert_eq!(failed(&report), "format", "{more}");
        }
        // A header with a member twice, signed as it is.
        let key = Key::p256(1);
        let protected = whole["protected"].as_str().unwrap();
        let header = Base64UrlUnpadded::decode_vec(protected).unwrap();
        let header = String::from_utf8(header).unwrap();
        let twice = header.replacen('{', r#"{"alg":"ES256","#, 1);
        let input = format!("{}.cg", Base64UrlUnpadded::encode_string(twice.as_bytes()));
        let signature = Base64UrlUnpadded::encode_string(&key.sign(input.as_bytes()));
        assert_eq!(failed(&judged(format!("{input}.{signature}").as_bytes(), None)), "format");
    }

    #[test]
    fn who_may_not_sign_and_what_is_no_signature_is_told() {
        let login = signed(&Key::p256(1), &Profile::login("1_A_B"), |_| ());
        let report = judged(&login, None);
        let usage = "Certificate is not for content commitment";
        assert_eq!(report.reason.as_deref(), Some(usage));
        let right = signed(&Key::p256(1), &Profile::content("1_A_B"), |_| ());
        for length in 0..right.len() {
            assert!(!judged(&right[..length], None).is_valid(), "{length}");
        }
        for junk in [&b""[..], b"..", b"{}", b"a.b.c.d", b"{\"protected\":1}", &[0xff; 40]] {
            assert_eq!(failed(&judged(junk, None)), "format");
        }
    }

    #[test]
    fn a_timestamp_proves_a_time() {
        let profile = Profile::content("1_A_B");
        let judge = |jades: &[u8]| judging::judged(verify(jades, None, &trusting_timestamps()));
        let stamper = Stamper::new();
        for serialization in [Serialization::Compact, Serialization::Flattened] {
            let right = signed(&Key::p256(1), &profile, |request| {
                request.serialization = serialization;
            });
            let token = stamper.token(&timestamp_imprint(&right).unwrap());
            let stamped = with_timestamp(&right, &token).unwrap();
            let report = judge(&stamped);
            assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
            assert!(report.proven_time.is_some());
            assert_eq!(judged(&stamped, None).proven_time, None, "nobody is trusted");
            assert_eq!(judge(&right).proven_time, None);
            assert_eq!(with_timestamp(&stamped, &token).unwrap(), stamped, "not two");
            // In clear, as others write it.
            let mut clear: serde_json::Value = serde_json::from_slice(&stamped).unwrap();
            let component = clear["header"]["etsiU"][0].as_str().unwrap();
            let component = Base64UrlUnpadded::decode_vec(component).unwrap();
            let component: serde_json::Value = serde_json::from_slice(&component).unwrap();
            clear["header"]["etsiU"][0] = component;
            assert!(judge(clear.to_string().as_bytes()).proven_time.is_some());
            let token = "tstTokens";
            clear["header"]["etsiU"][0]["sigTst"][token] = serde_json::json!([{"val": "AAAA"}]);
            assert_eq!(failed(&judge(clear.to_string().as_bytes())), "timestamp");
            clear["header"]["alg"] = "none".into();
            assert_eq!(failed(&judge(clear.to_string().as_bytes())), "format");
        }
        let other = signed(&Key::p256(2), &profile, |_| ());
        let token = stamper.token(&timestamp_imprint(&other).unwrap());
        let right = signed(&Key::p256(1), &profile, |_| ());
        let moved = judge(&with_timestamp(&right, &token).unwrap());
        assert_eq!((failed(&moved).as_str(), moved.proven_time), ("timestamp", None));
        assert_eq!(with_timestamp(b"{}", &token), Err(JadesError::Malformed));
    }
}
