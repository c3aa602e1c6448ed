//! CAdES signatures, made and taken apart here; with OpenSSL on the other side where it says so.

use wardkey_crypto::SignatureAlgorithm;

use super::*;
use crate::{
    Commitment,
    testing::{Authority, Key, NOW, Profile},
};

const TEXT: &[u8] = b"Rest, and drink plenty.";

fn request<'a>(document: Document<'a>, certificate: &'a [u8], key: &Key) -> Request<'a> {
    Request {
        document,
        attached: true,
        algorithm: key.algorithm(),
        certificate_der: certificate,
        chain: &[],
        signing_time: NOW,
        commitment: Some(Commitment::ProofOfApproval),
        media_type: Some("text/plain"),
    }
}

fn signed(key: &Key, request: Request<'_>) -> Vec<u8> {
    let prepared = prepare(request).unwrap();
    assert_eq!(prepared.to_be_signed()[0], 0x31);
    prepared.assemble(&key.sign(prepared.to_be_signed())).unwrap()
}

#[test]
fn what_can_t_be_signed_is_refused() {
    let key = Key::p256(1);
    let certificate = Authority::new().issue(&Profile::content("1_A_B"), &key.spki());
    let right = request(Document::Octets(TEXT), &certificate, &key);
    let other_key = Request { algorithm: SignatureAlgorithm::RsaPkcs1Sha256, ..right };
    assert_eq!(prepare(other_key).unwrap_err(), CadesError::Certificate);
    let short = Request { document: Document::Digest(&[7; 31]), ..right };
    assert_eq!(prepare(short).unwrap_err(), CadesError::Digest);
    let nothing = Request { certificate_der: b"nothing", ..right };
    assert_eq!(prepare(nothing).unwrap_err(), CadesError::Certificate);
    let prepared = prepare(right).unwrap();
    assert_eq!(prepared.assemble(&[1, 2, 3]).unwrap_err(), CadesError::Signature);
    assert_eq!(timestamp_imprint(b"nothing"), Err(CadesError::Malformed));
    assert_eq!(with_timestamp(TEXT, TEXT), Err(CadesError::Malformed));
}

#[test]
fn a_timestamp_takes_the_place_of_another() {
    let key = Key::rsa();
    let certificate = Authority::new().issue(&Profile::content("1_A_B"), &key.spki());
    let plain = signed(&key, request(Document::Octets(TEXT), &certificate, &key));
    let token = |octet| crate::tlv::tlv(0x30, &[&[4, 1, octet]]);
    let once = with_timestamp(&plain, &token(1)).unwrap();
    assert!(once.len() > plain.len());
    assert_eq!(with_timestamp(&once, &token(2)), with_timestamp(&plain, &token(2)));
    assert_eq!(timestamp_imprint(&once), timestamp_imprint(&plain));
    assert_eq!(timestamp_imprint(&plain).unwrap().len(), 256);
}

#[cfg(feature = "verify")]
mod verified {
    use std::process::Command;

    use const_oid::db::rfc5280 as db;
    use wardkey_pki::{Certificate, Crl, UnixTime};

    use super::*;
    use crate::{
        VerifyOptions,
        report::{Report, Verdict},
        testing::{
            judging::{self, Stamper, failed, options, options_at_present, trusting_timestamps},
            pem,
        },
        timestamp::{TimestampError, TimestampRequest},
    };

    fn judged(cades: &[u8], detached: Option<Document<'_>>, options: &VerifyOptions) -> Report {
        judging::judged(verify(cades, detached, options))
    }

    fn certificate(key: &Key) -> Vec<u8> {
        Authority::new().issue(&Profile::content("555000000101_Amira_Okafor"), &key.spki())
    }

    fn reason(report: &Report) -> &str {
        report.reason.as_deref().unwrap_or_default()
    }

    #[test]
    fn attached_and_detached_signatures_of_every_key_hold() {
        for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
            let certificate = certificate(&key);
            let right = request(Document::Octets(TEXT), &certificate, &key);
            let attached = signed(&key, right);
            let report = judged(&attached, None, &options());
            assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
            assert_eq!(report.signer.as_ref().unwrap().user_id.as_deref(), Some("555000000101"));
            assert_eq!(report.claimed_time.as_deref(), Some("2026-11-23T09:30:00Z"));
            assert_eq!(report.commitment.as_deref(), Some("proofOfApproval"));
            assert_eq!((report.covered.len(), report.proven_time), (1, None));

            let detached = signed(&key, Request { attached: false, ..right });
            assert!(judged(&detached, Some(Document::Octets(TEXT)), &options()).is_valid());
            let digest = key.algorithm().digest(TEXT).unwrap();
            assert!(judged(&detached, Some(Document::Digest(&digest)), &options()).is_valid());
            let of_digest = signed(&key, Request { document: Document::Digest(&digest), ..right });
            assert!(judged(&of_digest, Some(Document::Octets(TEXT)), &options()).is_valid());
            for other in [None, Some(Document::Octets(b"Get up.")), Some(Document::Digest(b"x"))] {
                let report = judged(&detached, other, &options());
                assert_eq!((report.verdict, &*failed(&report)), (Verdict::Invalid, "digest"));
            }
            let two = judged(&attached, Some(Document::Octets(b"Get up.")), &options());
            assert_eq!(failed(&two), "digest");
        }
    }

    #[test]
    fn who_may_not_sign_is_named() {
        let key = Key::p256(1);
        let judge = |profile: &Profile, options: &VerifyOptions| {
            let certificate = Authority::new().issue(profile, &key.spki());
            judged(
                &signed(&key, request(Document::Octets(TEXT), &certificate, &key)),
                None,
                options,
            )
        };
        let content = Profile::content("1_A_B");
        let login = judge(&Profile::login("1_A_B"), &options());
        assert_eq!(reason(&login), "Certificate is not for content commitment");
        let unrevoked = VerifyOptions { crls: Vec::new(), ..options() };
        assert_eq!(judge(&content, &unrevoked).verdict, Verdict::Indeterminate);
        let list = Authority::new().revocation_list(&[(7, "261101000000Z")]);
        let revoked = VerifyOptions { crls: vec![Crl::from_der(&list).unwrap()], ..options() };
        assert_eq!(reason(&judge(&content, &revoked)), "Certificate is revoked");
        let stranger = VerifyOptions { anchors: Vec::new(), ..options() };
        assert!(!judge(&content, &stranger).is_valid());
        let early = VerifyOptions { time: UnixTime::from_seconds(NOW - 3600), ..options() };
        assert_eq!(reason(&judge(&content, &early)), "The time of signing lies in the future");
    }

    #[test]
    fn no_changed_or_shortened_octet_is_taken() {
        let key = Key::p256(1);
        let certificate = certificate(&key);
        let right = signed(&key, request(Document::Octets(TEXT), &certificate, &key));
        for length in 0..right.len() {
            assert!(!judged(&right[..length], None, &options()).is_valid(), "{length}");
        }
        for place in 0..right.len() {
            let mut changed = right.clone();
            changed[place] ^= 0x01;
            let report = judged(&changed, None, &options());
            // The version numbers and the digest algorithm of the whole are nobody's statement.
            if report.is_valid() {
                let before = &right[..place];
                assert!(before.len() < 60 || before.ends_with(&[2, 1]), "{place}: {report:?}");
            }
        }
    }

    #[test]
    fn attributes_have_to_be_there_and_right() {
        use crate::{
            certificate::CertificateParts,
            cms::{SignerInfo, attribute, signed_data, time},
            tlv::{OCTET_STRING, oid, set_of, tlv},
        };
        use const_oid::db::rfc5911;
        let key = Key::p256(1);
        let certificate = certificate(&key);
        let digest = tlv(OCTET_STRING, &[&key.algorithm().digest(TEXT).unwrap()]);
        let content_type = attribute(rfc5911::ID_CONTENT_TYPE, &oid(rfc5911::ID_DATA));
        let digest = attribute(rfc5911::ID_MESSAGE_DIGEST, &digest);
        let at = attribute(rfc5911::ID_SIGNING_TIME, &time(NOW).unwrap());
        let judge = |attributes: &[&Vec<u8>]| {
            let attributes = set_of(attributes.iter().map(|one| (*one).clone()).collect());
            let signer = SignerInfo {
                certificate: CertificateParts::of(&certificate).unwrap(),
                algorithm: key.algorithm(),
                attributes: &attributes,
                signature: &key.sign(&attributes),
            };
            let cms = signed_data(Some(TEXT), &[&certificate], signer).unwrap();
            let report = judged(&cms, None, &options());
            assert_eq!(report.verdict, Verdict::Invalid);
            failed(&report)
        };
        assert_eq!(judge(&[&digest, &at]), "contentType");
        assert_eq!(judge(&[&content_type, &at]), "digest");
        assert_eq!(judge(&[&content_type, &digest, &digest, &at]), "digest");
        assert_eq!(judge(&[&content_type, &digest, &at]), "signingCertificate");
    }

    #[test]
    fn signers_certificates_and_attributes_are_not_to_be_exchanged() {
        use crate::tlv::{CONTEXT_0, CONTEXT_1, Fields, SEQUENCE, SET, tlv};
        let key = Key::p256(1);
        let certificate = certificate(&key);
        let right = signed(&key, request(Document::Octets(TEXT), &certificate, &key));
        let mut info = Fields::open(&right, SEQUENCE).unwrap();
        let oid = info.whole(crate::tlv::OID).unwrap();
        let mut data = info.fields(CONTEXT_0).unwrap().fields(SEQUENCE).unwrap();
        let mut parts = Vec::new();
        while let Some(tag) = data.peek() {
            parts.push(data.whole(tag).unwrap().to_vec());
        }
        let rebuilt = |parts: &[Vec<u8>]| {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            tlv(SEQUENCE, &[oid, &tlv(CONTEXT_0, &[&tlv(SEQUENCE, &parts)])])
        };
        assert_eq!(rebuilt(&parts), right);
        let with = |place: usize, part: Vec<u8>| {
            let mut parts = parts.clone();
            parts[place] = part;
            judged(&rebuilt(&parts), None, &options())
        };
        // The signer twice, or none.
        let signer = Fields::open(&parts[4], SET).unwrap().whole(SEQUENCE).unwrap();
        assert_eq!(failed(&with(4, tlv(SET, &[signer, signer]))), "format");
        assert_eq!(failed(&with(4, tlv(SET, &[]))), "format");
        // Another certificate of the same name and number, or of another key, or none.
        let other = Authority::new().issue(&Profile::content("1_B"), &key.spki());
        assert_eq!(failed(&with(3, tlv(CONTEXT_0, &[&other]))), "signingCertificate");
        let stranger = Authority::new().issue(&Profile::content("1_B"), &Key::p256(2).spki());
        assert!(!with(3, tlv(CONTEXT_0, &[&stranger, &certificate])).is_valid());
        assert_eq!(failed(&with(3, tlv(CONTEXT_0, &[]))), "certificate");
        // More of them than anybody reads.
        let many: Vec<&[u8]> = vec![&certificate; 33];
        assert_eq!(failed(&with(3, tlv(CONTEXT_0, &many))), "format");
        // Other kinds of certificates are nobody's.
        assert!(with(3, tlv(CONTEXT_0, &[&tlv(CONTEXT_1, &[]), &certificate])).is_valid());
        // A document of another kind than data.
        let stamp = tlv(SEQUENCE, &[&crate::tlv::oid(crate::timestamp::TST_INFO)]);
        assert_eq!(failed(&with(2, stamp)), "format");
    }

    #[test]
    fn a_document_that_is_elsewhere_is_put_in_later() {
        let key = Key::rsa();
        let certificate = certificate(&key);
        for length in [0, 1, 100, 127, 128, 255, 256, 65_535, 65_536, 300_000] {
            let text = vec![b'x'; length];
            let right = request(Document::Octets(&text), &certificate, &key);
            let detached = signed(&key, Request { attached: false, ..right });
            let joined = |cades: &[u8]| {
                let (mut around, at) = with_room(cades, length).unwrap();
                around.splice(at..at, text.iter().copied());
                around
            };
            assert_eq!(joined(&detached), signed(&key, right), "{length}");
            let stamped = with_timestamp(&detached, &[0x30, 0]).unwrap();
            let attached = with_timestamp(&signed(&key, right), &[0x30, 0]).unwrap();
            assert_eq!(joined(&stamped), attached, "{length}");
        }
        let attached = signed(&key, request(Document::Octets(TEXT), &certificate, &key));
        assert_eq!(with_room(&attached, 5), Err(CadesError::Malformed));
        assert_eq!(with_room(TEXT, 5), Err(CadesError::Malformed));
    }

    /// A folder with our signature in it, and OpenSSL.
    struct Outside(tempfile::TempDir);

    impl Outside {
        fn new(key: &Key, certificate: &[u8]) -> Self {
            let this = Self(tempfile::tempdir().unwrap());
            this.put("root.pem", pem(&Authority::new().certificate()).as_bytes());
            this.put("signer.pem", pem(certificate).as_bytes());
            this.put("signer.key", key.private_pem().as_bytes());
            this.put("text", TEXT);
            this
        }

        fn put(&self, name: &str, octets: &[u8]) {
            std::fs::write(self.0.path().join(name), octets).unwrap();
        }

        fn get(&self, name: &str) -> Vec<u8> {
            std::fs::read(self.0.path().join(name)).unwrap()
        }

        fn openssl(&self, arguments: &str) -> bool {
            let mut command = Command::new("openssl");
            let output = command.args(arguments.split(' ')).current_dir(self.0.path()).output();
            let output = output.unwrap();
            if !output.status.success() {
                println!("{}", String::from_utf8_lossy(&output.stderr));
            }
            output.status.success()
        }
    }

    #[test]
    fn openssl_verifies_ours_and_we_verify_its() {
        let at = "-attime 1795426200 -policy_check -policy 1.2.826.0.1275.102.0.3.2.0";
        for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
            let certificate = certificate(&key);
            let outside = Outside::new(&key, &certificate);
            let right = request(Document::Octets(TEXT), &certificate, &key);
            outside.put("attached", &signed(&key, right));
            outside.put("detached", &signed(&key, Request { attached: false, ..right }));
            let verify = format!("cms -verify -cades -inform DER -CAfile root.pem {at} -out out");
            assert!(outside.openssl(&format!("{verify} -binary -in attached")));
            assert_eq!(outside.get("out"), TEXT);
            let detached = "-binary -in detached -content";
            assert!(outside.openssl(&format!("{verify} {detached} text")));
            outside.put("other", b"Get up.");
            assert!(!outside.openssl(&format!("{verify} {detached} other")));

            let hash = if matches!(key, Key::P384(_)) { "sha384" } else { "sha256" };
            let sign = format!(
                "cms -sign -cades -binary -md {hash} -signer signer.pem -inkey signer.key \
                 -in text -outform DER -out theirs"
            );
            assert!(outside.openssl(&format!("{sign} -nodetach")));
            // It was made just now.
            let later = options_at_present();
            let report = judged(&outside.get("theirs"), None, &later);
            assert!(report.is_valid(), "{report:#?}");
            assert!(outside.openssl(&sign));
            let theirs = outside.get("theirs");
            assert!(judged(&theirs, Some(Document::Octets(TEXT)), &later).is_valid());
            let plain = sign.replace(" -cades", "");
            assert!(outside.openssl(&format!("{plain} -nodetach")));
            let report = judged(&outside.get("theirs"), None, &later);
            assert_eq!(failed(&report), "signingCertificate", "CMS is not yet CAdES");
        }
        let key = Key::rsa();
        let certificate = certificate(&key);
        let outside = Outside::new(&key, &certificate);
        assert!(outside.openssl(
            "cms -sign -cades -binary -md sha256 -signer signer.pem -inkey signer.key \
             -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest -in text -nodetach \
             -outform DER -out theirs"
        ));
        let report = judged(&outside.get("theirs"), None, &options_at_present());
        assert!(report.is_valid(), "{report:#?}");
        // Streamed: BER, with lengths and pieces of another kind.
        assert!(outside.openssl(
            "cms -sign -cades -binary -stream -md sha256 -signer signer.pem -inkey signer.key \
             -in text -nodetach -outform DER -out theirs"
        ));
        let theirs = outside.get("theirs");
        assert_eq!(theirs[..2], [0x30, 0x80]);
        let report = judged(&theirs, None, &options_at_present());
        assert!(report.is_valid(), "{report:#?}");
    }

    /// SHA-1 tells which certificate it is; that it is good, its path says.
    #[test]
    fn a_timestamp_may_name_its_certificate_by_sha_1_and_a_signature_may_not() {
        let key = Key::p256(1);
        let certificate = certificate(&key);
        let plain = signed(&key, request(Document::Octets(TEXT), &certificate, &key));
        let stamper = Stamper::naming_by("sha1");
        let token = stamper.token(&timestamp_imprint(&plain).unwrap());
        let v2 = const_oid::db::rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2;
        assert!(!token.windows(v2.as_bytes().len()).any(|window| window == v2.as_bytes()));
        let stamped = with_timestamp(&plain, &token).unwrap();
        let report = judged(&stamped, None, &trusting_timestamps());
        assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
        assert!(report.proven_time.is_some() && report.timestamp_path.len() == 2);
        let outside = Outside::new(&Key::rsa(), &self::certificate(&Key::rsa()));
        assert!(outside.openssl(
            "cms -sign -cades -binary -md sha1 -signer signer.pem -inkey signer.key -in text \
             -nodetach -outform DER -out theirs"
        ));
        let report = judged(&outside.get("theirs"), None, &options_at_present());
        assert_eq!(failed(&report), "algorithm");
        // The switch admits certificates named by it, and no signature over it.
        let admitting = VerifyOptions { legacy_sha1: true, ..options_at_present() };
        assert_eq!(failed(&judged(&outside.get("theirs"), None, &admitting)), "algorithm");
    }

    #[test]
    fn a_timestamp_over_a_sha_1_digest_is_refused_for_that() {
        let key = Key::p256(1);
        let certificate = certificate(&key);
        let plain = signed(&key, request(Document::Octets(TEXT), &certificate, &key));
        let token = Stamper::new().token_by_sha1(&timestamp_imprint(&plain).unwrap());
        let stamped = with_timestamp(&plain, &token).unwrap();
        let admitting = VerifyOptions { legacy_sha1: true, ..trusting_timestamps() };
        for options in [trusting_timestamps(), admitting] {
            let report = judged(&stamped, None, &options);
            assert_eq!((report.verdict, &*failed(&report)), (Verdict::Invalid, "timestamp"));
            let said = report.checks.last().unwrap().detail.as_deref().unwrap();
            assert!(said.contains("its hash is not of the SHA-2 family"), "{said}");
        }
    }

    #[test]
    fn a_timestamp_proves_a_time_when_its_authority_is_trusted() {
        let key = Key::p256(1);
        let certificate = certificate(&key);
        let outside = Outside::new(&key, &certificate);
        let stamper = Stamper::new();
        let plain = signed(&key, request(Document::Octets(TEXT), &certificate, &key));
        let over = timestamp_imprint(&plain).unwrap();
        let hash = wardkey_crypto::Hash::Sha256;
        let query = TimestampRequest::over(&over, hash, [9; 8]).unwrap();
        let answer = stamper.answer(&query);
        let token = query.token(&answer).unwrap();
        let other = TimestampRequest::over(&over, hash, [8; 8]).unwrap();
        assert_eq!(other.token(&answer), Err(TimestampError::Other));
        assert_eq!(query.token(&answer[..40]), Err(TimestampError::Malformed));
        let refusal = [0x30, 9, 0x30, 7, 2, 1, 2, 3, 2, 5, 0x20];
        let refused = TimestampError::Refused { status: 2, failure: Some(2) };
        assert_eq!(query.token(&refusal), Err(refused));

        let stamped = with_timestamp(&plain, token).unwrap();
        outside.put("stamped", &stamped);
        assert!(outside.openssl(
            "cms -verify -cades -inform DER -binary -in stamped -CAfile root.pem -out out"
        ));
        let trusting = trusting_timestamps();
        let report = judged(&stamped, None, &trusting);
        assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
        assert!(report.proven_time.is_some() && report.claimed_time.is_some());
        assert!(report.checks.iter().any(|check| check.name == "timestamp" && check.passed));
        // Nobody is trusted: nothing is proven, and nothing is disproven.
        let report = judged(&stamped, None, &options_at_present());
        assert_eq!((report.verdict, report.proven_time), (Verdict::Valid, None));
        // Another is trusted.
        let key_of_other = Key::p256(3);
        let other = Authority { key: key_of_other, name: "Other CA" };
        let other = Certificate::from_der(&other.certificate()).unwrap();
        let distrusting = VerifyOptions { timestamp_anchors: vec![other], ..options_at_present() };
        let report = judged(&stamped, None, &distrusting);
        assert_eq!(report.verdict, Verdict::Indeterminate, "{report:#?}");
        assert_eq!((reason(&report), report.proven_time.as_deref()), (UNTRUSTED, None));
        // A timestamp of another signature.
        let second = Request {
            signing_time: NOW + 1,
            ..request(Document::Octets(TEXT), &certificate, &key)
        };
        let moved = with_timestamp(&signed(&key, second), token).unwrap();
        let report = judged(&moved, None, &trusting);
        assert_eq!((report.verdict, reason(&report)), (Verdict::Invalid, "Timestamp is invalid"));
        // An authority that is none: the usage has to be there, critical and alone.
        let serves = |usages: &[ObjectIdentifier], critical: bool| {
            let profile = Profile {
                extended_usages: usages.to_vec(),
                extended_is_critical: critical,
                ..Stamper::profile()
            };
            let der = Authority::new().issue(&profile, &Key::rsa().spki());
            let certificate = Certificate::from_der(&der).unwrap();
            certificate.serves(wardkey_pki::Purpose::Timestamping)
        };
        let (stamping, mail) = (db::ID_KP_TIME_STAMPING, db::ID_KP_EMAIL_PROTECTION);
        assert!(serves(&[stamping], true));
        assert!(!serves(&[], true) && !serves(&[stamping], false));
        assert!(!serves(&[stamping, mail], true) && !serves(&[mail], true));
    }

    const UNTRUSTED: &str = "Timestamp authority not trusted";
}
