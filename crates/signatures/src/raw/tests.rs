use super::*;
use crate::testing::Key;

#[test]
fn documents_are_admitted_and_signing_inputs_refused() {
    for document in [&b"Rest."[..], b"%PDF-1.7", b"<note/>", &[0xff; 63]] {
        assert_eq!(check(document), Ok(()));
    }
    assert_eq!(check(b""), Err(RawError::Empty));
    let refused: [(&[u8], SigningInput); 4] = [
        (&[0x31, 0x02, 0x05, 0x00], SigningInput::CmsAttributes),
        (b"eyJhbGciOiJub25lIn0.", SigningInput::Jws),
        (&[0x20; 98], SigningInput::TlsHandshake),
        (b"<SignedInfo xmlns='http://www.w3.org/2000/09/xmldsig#'/>", SigningInput::XmlSignature),
    ];
    for (document, reading) in refused {
        assert_eq!(check(document), Err(RawError::Foreign(reading)));
    }
    // The signed part of a certificate request would make a certificate for the signing key.
    let request = crate::tlv::tlv(0x30, &[&[2, 1, 0], &[0x30, 0], &Key::p256(1).spki()]);
    assert_eq!(check(&request), Err(RawError::Foreign(SigningInput::DerSequence)));
}

#[cfg(feature = "verify")]
mod verified {
    use wardkey_crypto::{Obligation, SignatureAlgorithm};
    use wardkey_pki::{Certificate, Crl, UnixTime};

    use super::*;
    use crate::{
        VerifyOptions,
        report::{Report, Verdict},
        testing::{Authority, CONTENT_POLICY, NOW, Profile},
    };

    const DOCUMENT: &[u8] = b"Rest, and drink plenty.";

    fn options(lists: &[Vec<u8>]) -> VerifyOptions {
        VerifyOptions {
            anchors: vec![Certificate::from_der(&Authority::new().certificate()).unwrap()],
            intermediates: Vec::new(),
            crls: lists.iter().map(|list| Crl::from_der(list).unwrap()).collect(),
            required_policies: vec![CONTENT_POLICY],
            time: UnixTime::from_seconds(NOW),
            timestamp_anchors: Vec::new(),
            ocsp_answers: Vec::new(),
            legacy_sha1: false,
            legacy_rsa_1024: false,
        }
    }

    fn good() -> VerifyOptions {
        options(&[Authority::new().revocation_list(&[])])
    }

    fn judged(
        key: &Key,
        profile: &Profile,
        options: &VerifyOptions,
        change: impl FnOnce(&mut RawSignature<'_>),
    ) -> Report {
        let certificate = Authority::new().issue(profile, &key.spki());
        let signature = key.sign(DOCUMENT);
        let mut signed = RawSignature {
            document: DOCUMENT,
            signature: &signature,
            algorithm: key.algorithm(),
            certificate_der: &certificate,
            signed_at: None,
        };
        change(&mut signed);
        let pending = verify(&signed, options);
        let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
        pending.conclude(&answers)
    }

    fn reason(report: &Report) -> &str {
        report.reason.as_deref().unwrap_or_default()
    }

    #[test]
    fn a_signature_by_every_kind_of_key_holds() {
        for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
            let profile = Profile::content("555000000101_Amira_Okafor");
            let report = judged(&key, &profile, &good(), |_| {});
            assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
            assert_eq!(report.crl_age_seconds, Some(1800));
            assert_eq!(report.claimed_time, None);
            let signer = report.signer.unwrap();
            assert_eq!(signer.user_id.as_deref(), Some("555000000101"));
        }
    }

    #[test]
    fn a_change_is_noticed() {
        let (key, profile) = (Key::p256(1), Profile::content("1_A_B"));
        let document = judged(&key, &profile, &good(), |signed| signed.document = b"Rest.");
        assert_eq!(reason(&document), "Signature is invalid");
        let signature = judged(&key, &profile, &good(), |signed| signed.signature = &[1; 64]);
        assert_eq!(reason(&signature), "Signature is invalid");
        let foreign = judged(&key, &profile, &good(), |signed| signed.document = &[0xe7; 64]);
        assert_eq!(reason(&foreign), "Not a document");
        let certificate = judged(&key, &profile, &good(), |signed| signed.certificate_der = b"x");
        assert_eq!(reason(&certificate), "Invalid certificate");
        for report in [document, signature, foreign, certificate] {
            assert_eq!(report.verdict, Verdict::Invalid);
        }
    }

    #[test]
    fn the_certificate_has_to_commit_to_content() {
        let key = Key::p256(1);
        let login = Profile { policy: Some(CONTENT_POLICY), ..Profile::login("555000000101") };
        let login = judged(&key, &login, &good(), |_| {});
        assert_eq!(reason(&login), "Certificate is not for content commitment");
        let policy = Profile { policy: None, ..Profile::content("1_A_B") };
        let policy = judged(&key, &policy, &good(), |_| {});
        assert_eq!(reason(&policy), "Certificate policy is not one that is required");
        let expired = Profile { not_after: "261101000000Z", ..Profile::content("1_A_B") };
        let expired = judged(&key, &expired, &good(), |_| {});
        assert_eq!(reason(&expired), "Certificate expired when signed");
        let mut strangers = good();
        strangers.anchors.clear();
        let stranger = judged(&key, &Profile::content("1_A_B"), &strangers, |_| {});
        assert_eq!(reason(&stranger), "Certificate not trusted");
        for report in [login, policy, expired, stranger] {
            assert_eq!(report.verdict, Verdict::Invalid);
        }
    }

    #[test]
    fn revocation_fails_closed() {
        let (key, profile) = (Key::p256(1), Profile::content("1_A_B"));
        let authority = Authority::new();
        let unknown = judged(&key, &profile, &options(&[]), |_| {});
        assert_eq!(unknown.verdict, Verdict::Indeterminate);
        assert_eq!(unknown.crl_age_seconds, None);
        let stale = authority.revocation_list_until("261123091000Z", &[]);
        let stale = judged(&key, &profile, &options(&[stale]), |_| {});
        assert_eq!(stale.verdict, Verdict::Indeterminate);
        let revoked = authority.revocation_list(&[(profile.serial, "261101000000Z")]);
        let revoked = judged(&key, &profile, &options(&[revoked]), |_| {});
        assert_eq!(
            (revoked.verdict, reason(&revoked)),
            (Verdict::Invalid, "Certificate is revoked")
        );
    }

    #[test]
    fn a_time_of_signing_is_claimed_and_judged() {
        let (key, profile) = (Key::p256(1), Profile::content("1_A_B"));
        let at = |seconds: u64| {
            judged(&key, &profile, &good(), |signed| {
                signed.signed_at = Some(UnixTime::from_seconds(seconds));
            })
        };
        let past = at(NOW - 86_400);
        assert_eq!(past.verdict, Verdict::Valid);
        assert_eq!(past.claimed_time.as_deref(), Some("2026-11-22T09:30:00Z"));
        assert_eq!(reason(&at(NOW + 3_600)), "The time of signing lies in the future");
    }

    #[test]
    fn who_verifies_may_know_when_it_was_signed() {
        let expired = Profile { not_after: "261123120000Z", ..Profile::content("1_A_B") };
        let options = VerifyOptions { time: UnixTime::from_seconds(NOW + 4 * 3600), ..good() };
        let known = judged(&Key::p256(1), &expired, &options, |signed| {
            signed.signed_at = Some(UnixTime::from_seconds(NOW));
        });
        assert_eq!(known.verdict, Verdict::Valid, "{known:?}");
    }

    #[test]
    fn the_algorithm_fits_the_key_and_is_not_old() {
        let profile = Profile::content("1_A_B");
        for (key, algorithm) in [
            (Key::p256(1), SignatureAlgorithm::RsaPkcs1Sha256),
            (Key::rsa(), SignatureAlgorithm::EcdsaP256Sha256),
            (Key::rsa(), SignatureAlgorithm::RsaPkcs1Sha1),
        ] {
            let report = judged(&key, &profile, &good(), |signed| signed.algorithm = algorithm);
            assert_eq!(reason(&report), "Signature algorithm is not accepted");
        }
    }
}
