//! A certificate that is out of date when its signature is verified: by a timestamp it was good when it
//! signed, or it was not; without one there is the signer's word alone, which is not enough.

use wardkey_pki::{Crl, UnixTime};

use super::*;
use crate::testing::judging::options_at_present;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

#[test]
fn a_timestamp_within_its_validity_proves_an_expired_certificate() {
    for (name, plain, stamped) in signatures([-DAY, HOUR], -HOUR) {
        let report = judged_in(2 * DAY, &stamped, true);
        assert_eq!(report.verdict, Verdict::Valid, "{name}: {report:#?}");
        let proven = report.proven_time.unwrap();
        assert!(proven > report.claimed_time.unwrap(), "{name}: it was claimed an hour before");
        // Until it expires, the signer's word is enough.
        let report = judged_in(0, &plain, true);
        assert_eq!((report.verdict, report.proven_time), (Verdict::Valid, None), "{name}");
        for (file, trusting) in [(&plain, true), (&plain, false), (&stamped, false)] {
            let report = judged_in(2 * DAY, file, trusting);
            let outcome = (report.verdict, &*failed(&report), report.reason.as_deref());
            let reason = "Certificate has expired, perhaps before it signed";
            assert_eq!(outcome, (Verdict::Indeterminate, "validity", Some(reason)), "{name}");
            assert_eq!(report.proven_time, None, "{name}");
        }
    }
}

#[test]
fn a_timestamp_after_its_validity_refutes_an_expired_certificate() {
    for (name, _, stamped) in signatures([-DAY, -HOUR], -2 * HOUR) {
        let report = judged_in(2 * DAY, &stamped, true);
        assert_eq!((report.verdict, &*failed(&report)), (Verdict::Invalid, "validity"), "{name}");
        assert_eq!(report.reason.as_deref(), Some("Certificate expired when signed"), "{name}");
        // As soon as it is made, too; the signer's word for an earlier time counts for nothing.
        let report = judged_in(60, &stamped, true);
        assert_eq!((report.verdict, &*failed(&report)), (Verdict::Invalid, "validity"), "{name}");
    }
}

#[test]
fn whoever_claims_no_time_within_its_validity_is_refused() {
    for (name, plain, stamped) in signatures([-DAY, -HOUR], -HOUR + 60) {
        for file in [&plain, &stamped] {
            let report = judged_in(2 * DAY, file, false);
            assert_eq!(
                (report.verdict, &*failed(&report)),
                (Verdict::Invalid, "validity"),
                "{name}"
            );
            assert_eq!(report.reason.as_deref(), Some("Certificate expired when signed"), "{name}");
        }
    }
}

/// Whoever has an authority's key after its end can issue, and claim, what they like.
#[test]
fn an_authority_that_has_expired_since_proves_nothing_either() {
    let (root, key) = (Authority::new(), Key::p256(1));
    let (authority, its_certificate) = root.below("261123120000Z");
    let certificate = authority.issue(&Profile::content("555000000102_Tom_Lindqvist"), &key.spki());
    let signature = cades_by(&key, &certificate, UnixTime::from_seconds(NOW));
    let judged_at = |seconds: u64| {
        let lists = [root.revocation_list(&[]), authority.revocation_list(&[])];
        let options = VerifyOptions {
            intermediates: vec![Certificate::from_der(&its_certificate).unwrap()],
            crls: lists.iter().map(|list| Crl::from_der(list).unwrap()).collect(),
            time: UnixTime::from_seconds(seconds),
            ..options()
        };
        judged(&signature, &options)
    };
    let report = judged_at(NOW + 60);
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    let report = judged_at(NOW + 4 * 3600);
    assert_eq!((report.verdict, &*failed(&report)), (Verdict::Indeterminate, "validity"));
}

fn judged_in(seconds: i64, file: &[u8], trusting: bool) -> Report {
    let options = if trusting { trusting_timestamps() } else { options_at_present() };
    judged(file, &VerifyOptions { time: later(seconds), ..options })
}

/// In each format that has timestamps: without and with one of now, by a certificate of this validity,
/// claimed to be of then; all of it in seconds from now.
fn signatures(validity: [i64; 2], claimed: i64) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let key = Key::p256(1);
    let [not_before, not_after] = validity.map(utc);
    let person =
        Profile { not_before, not_after, ..Profile::content("555000000102_Tom_Lindqvist") };
    let certificate = Authority::new().issue(&person, &key.spki());
    let signing_time = later(claimed).seconds();
    let stamper = Stamper::new();
    let cades = cades_by(&key, &certificate, later(claimed));
    let token = stamper.token(&cades::timestamp_imprint(&cades).unwrap());
    let with_cades = cades::with_timestamp(&cades, &token).unwrap();
    let jades = jades::prepare(jades::Request {
        document: LETTER,
        baseline: true,
        serialization: jades::Serialization::Flattened,
        attached: true,
        algorithm: key.algorithm(),
        certificate_der: &certificate,
        chain: &[],
        signing_time,
        commitment: None,
        media_type: None,
    })
    .unwrap();
    let jades = jades.assemble(&key.sign(jades.to_be_signed())).unwrap();
    let token = stamper.token(&jades::timestamp_imprint(&jades).unwrap());
    let with_jades = jades::with_timestamp(&jades, &token).unwrap();
    let pades = pades::prepare(pades::Request {
        document: include_bytes!("../../../fixtures/letter.pdf"),
        algorithm: key.algorithm(),
        certificate_der: &certificate,
        chain: &[],
        signing_time,
        commitment: None,
        reason: None,
        room_for_timestamp: true,
    })
    .unwrap();
    let pades = pades.assemble(&key.sign(pades.to_be_signed())).unwrap();
    let token = stamper.token(&pades::timestamp_imprint(&pades).unwrap());
    let with_pades = pades::with_timestamp(&pades, &token).unwrap();
    let xades = xades::prepare(xades::Request {
        document: crate::Document::Octets(LETTER),
        packaging: xades::Packaging::Enveloped,
        baseline: true,
        algorithm: key.algorithm(),
        certificate_der: &certificate,
        chain: &[],
        signing_time,
        commitment: None,
        media_type: None,
    })
    .unwrap();
    let xades = xades.assemble(&key.sign(xades.to_be_signed()));
    let token = stamper.token(&xades::timestamp_imprint(&xades).unwrap());
    let with_xades = xades::with_timestamp(&xades, &token).unwrap();
    vec![
        ("cades", cades, with_cades),
        ("jades", jades, with_jades),
        ("pades", pades, with_pades),
        ("xades", xades, with_xades),
    ]
}

fn cades_by(key: &Key, certificate: &[u8], signed_at: UnixTime) -> Vec<u8> {
    let cades = cades::prepare(cades::Request {
        document: crate::Document::Octets(LETTER),
        attached: true,
        algorithm: key.algorithm(),
        certificate_der: certificate,
        chain: &[],
        signing_time: signed_at.seconds(),
        commitment: None,
        media_type: None,
    })
    .unwrap();
    cades.assemble(&key.sign(cades.to_be_signed())).unwrap()
}

fn later(seconds: i64) -> UnixTime {
    let now = options_at_present().time.seconds();
    UnixTime::from_seconds(now.checked_add_signed(seconds).unwrap())
}

/// As a certificate has it, in UTCTime.
fn utc(seconds: i64) -> &'static str {
    let text = later(seconds).to_string().replace(['-', ':', 'T'], "");
    String::leak(text[2..].to_owned())
}
