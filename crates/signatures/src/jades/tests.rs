use super::*;
use crate::{
    Commitment,
    testing::{Authority, Key, NOW, Profile},
};

const TEXT: &[u8] = b"Rest, and drink plenty.";

fn request<'a>(certificate: &'a [u8], key: &Key) -> Request<'a> {
    Request {
        document: TEXT,
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
    use base64ct::{Base64UrlUnpadded, Encoding as _};

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
        assert_eq!(refused(|header| header["b64"] = false.into()), "format");
        assert_eq!(refused(|header| header["x5u"] = "https://x.example".into()), "format");
        assert_eq!(refused(|header| header["x5c"] = serde_json::json!([])), "certificate");
        assert_eq!(refused(|header| header["x5t#S256"] = "AAAA".into()), "signingCertificate");
        assert_eq!(refused(|header| header["iat"] = (NOW + 7200).into()), "signingTime");
        assert_eq!(refused(|header| drop(header.as_object_mut().unwrap().remove("iat"))), "format");
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
