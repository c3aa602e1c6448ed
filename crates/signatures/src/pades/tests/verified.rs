use wardkey_pki::{Crl, UnixTime};

use super::*;
use crate::{
    VerifyOptions,
    file::{FileFormat, claimed_certificates},
    pdf::{Object, Reference, Update},
    report::{Report, Verdict},
    testing::judging::{self, Stamper, failed, options, trusting_timestamps},
};

pub(super) fn judged(pades: &[u8], options: &VerifyOptions) -> Report {
    judging::judged(verify(pades, options))
}

/// Another person's, whose certificate has the number 8.
fn second(key: &Key) -> Vec<u8> {
    let profile = Profile { serial: 8, ..Profile::content("555000000102_Tom_Lindqvist") };
    Authority::new().issue(&profile, &key.spki())
}

#[test]
fn signatures_of_every_key_hold() {
    for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
        let certificate = certificate(&key);
        for document in [PLAIN, COMPACT] {
            let right = request(document, &certificate, &key);
            let pades = signed(&key, right);
            let report = judged(&pades, &options());
            assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
            assert_eq!(report.signer.as_ref().unwrap().user_id.as_deref(), Some("555000000101"));
            assert_eq!(report.claimed_time.as_deref(), Some("2026-11-23T09:30:00Z"));
            assert_eq!(report.commitment.as_deref(), Some("proofOfApproval"));
            assert_eq!((report.covered, report.proven_time), (vec!["document".to_owned()], None));
            assert!(report.earlier.is_empty());
            assert_eq!(FileFormat::of(&pades), Some(FileFormat::Pades));
            assert_eq!(claimed_certificates(&pades).len(), 1);
            let late = Request { signing_time: NOW + 3600, ..right };
            assert_eq!(failed(&judged(&signed(&key, late), &options())), "signingTime");
        }
    }
    for unsigned in [PLAIN, COMPACT, b"%PDF-", b""] {
        assert_eq!(failed(&judged(unsigned, &options())), "format");
    }
}

#[test]
fn no_changed_or_shortened_octet_is_taken() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right = signed(&key, request(PLAIN, &certificate, &key));
    for length in (0..right.len() - 1).step_by(41) {
        assert!(!judged(&right[..length], &options()).is_valid(), "{length}");
    }
    let placed = placed::all(&Pdf::read(&right).unwrap()).unwrap().pop().unwrap();
    for place in (0..right.len()).step_by(13) {
        let mut changed = right.clone();
        changed[place] ^= 0x01;
        let report = judged(&changed, &options());
        // What is nobody's statement in CMS: the version numbers, and the digest algorithm.
        if report.is_valid() {
            assert!(
                (placed.contents.start..placed.contents.start + 130).contains(&place)
                    || right[..place].ends_with(b"0201"),
                "{place}"
            );
        }
    }
}

#[test]
fn every_signature_of_a_file_counts() {
    let (key, other) = (Key::p256(1), Key::p256(2));
    let (certificate, second) = (certificate(&key), second(&other));
    for document in [PLAIN, COMPACT] {
        let once = signed(&key, request(document, &certificate, &key));
        let twice = signed(&other, request(&once, &second, &other));
        let report = judged(&twice, &options());
        assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
        assert_eq!(report.signer.as_ref().unwrap().user_id.as_deref(), Some("555000000102"));
        assert_eq!(report.covered, ["document"]);
        let [first] = &report.earlier[..] else { panic!("{report:#?}") };
        assert_eq!(first.signer.as_ref().unwrap().user_id.as_deref(), Some("555000000101"));
        assert_eq!(
            (first.verdict, &first.covered[..]),
            (Verdict::Valid, &["signedRevision".to_owned()][..])
        );
        let noted = first.checks.iter().find(|check| check.name == "laterChanges").unwrap();
        assert!(noted.passed && noted.detail.is_some());
        assert_eq!(claimed_certificates(&twice).len(), 2);

        let list = |serial| {
            let list = Authority::new().revocation_list(&[(serial, "261101000000Z")]);
            VerifyOptions { crls: vec![Crl::from_der(&list).unwrap()], ..options() }
        };
        let report = judged(&twice, &list(7));
        assert_eq!(report.verdict, Verdict::Invalid);
        assert_eq!(report.reason.as_deref(), Some("An earlier signature is invalid"));
        assert_eq!(failed(&report), "earlierSignatures");
        let report = judged(&twice, &list(8));
        assert_eq!(report.reason.as_deref(), Some("Certificate is revoked"));
        assert!(report.earlier[0].is_valid());
        let unknown = VerifyOptions { crls: Vec::new(), ..options() };
        assert_eq!(judged(&twice, &unknown).verdict, Verdict::Indeterminate);
        // Nobody answers for the second.
        let pending = verify(&twice, &options());
        let none = vec![false; pending.obligations().len()];
        assert_eq!(pending.conclude(&none).verdict, Verdict::Invalid);
    }
}

#[test]
fn what_says_nothing_on_a_page_may_follow() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    for document in [PLAIN, COMPACT] {
        let once = signed(&key, request(document, &certificate, &key));
        let read = Pdf::read(&once).unwrap();
        let mut update = Update::of(&read).unwrap();
        let information = Reference { number: 6, generation: 0 };
        update.put_octets(information, b"<</Title(Another)/ModDate(D:20261124093000Z)>>".to_vec());
        let (root, mut catalog) = read.catalog().unwrap();
        let material = update.reserve();
        update.put_octets(material, b"<</Type/DSS/Certs[]>>".to_vec());
        catalog.set("DSS", Object::Reference(material));
        update.put(root, &Object::Dictionary(catalog));
        let (later, _) = update.finish().unwrap();
        let report = judged(&later, &options());
        assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
        assert_eq!(report.covered, ["signedRevision"]);
    }
}

#[test]
fn the_dictionary_is_of_the_baseline() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right =
        Request { commitment: None, reason: Some("a"), ..request(PLAIN, &certificate, &key) };
    let right = signed(&key, right);
    assert!(judged(&right, &options()).is_valid());
    let with = |from: &str, to: &str| {
        let place = right.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        let mut changed = right.clone();
        changed[place..place + to.len()].copy_from_slice(to.as_bytes());
        failed(&judged(&changed, &options()))
    };
    assert_eq!(with("ETSI.CAdES.detached", "adbe.pkcs7.detached"), "format");
    assert_eq!(with("/Type /Sig", "/Type /Sog"), "format");
    assert_eq!(with("/Filter /Adobe", "/Filtre /Adobe"), "format");
    assert_eq!(with("/M (D:2026", "/M (D;2026"), "signingTime");
    assert_eq!(with("/Reason <feff0061>", "/Reason <feff0062>"), "digest");
    assert_eq!(with("/FT /Sig", "/FT /Sog"), "format");
}

#[test]
fn a_signing_time_of_cms_is_refused() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right =
        signed(&key, Request { room_for_timestamp: true, ..request(PLAIN, &certificate, &key) });
    let placed = placed::all(&Pdf::read(&right).unwrap()).unwrap().pop().unwrap();
    let digest = key.algorithm().hash().digest_all(&placed.covered(&right)).unwrap();
    let prepared = crate::cades::prepare(crate::cades::Request {
        document: crate::Document::Digest(&digest),
        attached: false,
        algorithm: key.algorithm(),
        certificate_der: &certificate,
        chain: &[],
        signing_time: NOW,
        commitment: None,
        media_type: None,
    });
    let prepared = prepared.unwrap();
    let cms = prepared.assemble(&key.sign(prepared.to_be_signed())).unwrap();
    let timed = prepare::filled(right, &placed.contents, &cms).unwrap();
    let report = judged(&timed, &options());
    assert_eq!(failed(&report), "format");
    assert!(report.checks[0].detail.as_ref().unwrap().contains("signing-time"), "{report:?}");
}

#[test]
fn a_timestamp_proves_a_time() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right = Request { room_for_timestamp: true, ..request(COMPACT, &certificate, &key) };
    let plain = signed(&key, right);
    let token = Stamper::new().token(&timestamp_imprint(&plain).unwrap());
    let stamped = with_timestamp(&plain, &token).unwrap();
    let report = judged(&stamped, &trusting_timestamps());
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert!(report.proven_time.is_some() && report.claimed_time.is_some());
    assert_eq!(claimed_certificates(&stamped).len(), 2);
    let other = signed(&key, Request { signing_time: NOW + 1, ..right });
    let moved = with_timestamp(&other, &token).unwrap();
    assert_eq!(failed(&judged(&moved, &trusting_timestamps())), "timestamp");
}

#[test]
fn dates_are_read_with_their_zone() {
    let read = |text: &str| date::read(text.as_bytes());
    assert_eq!(date::write(NOW).as_deref(), Some("D:20261123093000Z"));
    assert_eq!(read("D:20261123093000Z"), Some(NOW));
    for same in ["D:20261123093000+00'00'", "D:20261123103000+01'00", "D:20261123040000-05'30'"] {
        assert_eq!(read(same), Some(NOW), "{same}");
    }
    for open in ["D:20261123093000", "D:20261123", "D:20261323093000Z", "2026-11-23", "", "D:é"] {
        assert_eq!(read(open), None, "{open}");
    }
    assert_eq!(UnixTime::from_seconds(NOW).to_string(), "2026-11-23T09:30:00Z");
}
