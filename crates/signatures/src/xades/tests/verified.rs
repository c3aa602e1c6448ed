use std::process::Command;

use base64ct::{Base64, Encoding as _};

use super::*;
use crate::{
    report::{Report, Verdict},
    testing::{
        judging::{self, Stamper, failed, options, trusting_timestamps},
        pem,
    },
};

fn judged(xades: &str, detached: Option<Document<'_>>) -> Report {
    judging::judged(verify(xades.as_bytes(), detached, &options()))
}

fn whole(packaging: Packaging<'_>) -> String {
    let key = Key::p256(1);
    signed(&key, request(packaging, &certificate(&key), &key))
}

#[test]
fn every_packaging_holds_with_every_key() {
    for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
        let certificate = certificate(&key);
        for packaging in [Packaging::Enveloped, Packaging::Enveloping, DETACHED] {
            let beside = (packaging == DETACHED).then_some(Document::Octets(LETTER));
            let right = request(packaging, &certificate, &key);
            let report = judged(&signed(&key, right), beside);
            assert_eq!(report.verdict, Verdict::Valid, "{packaging:?} {report:#?}");
            assert_eq!(report.claimed_time.as_deref(), Some("2026-11-23T09:30:00Z"));
            assert_eq!(report.commitment.as_deref(), Some("proofOfApproval"));
            assert_eq!(report.covered, ["document"]);
            assert_eq!(report.signer.unwrap().user_id.as_deref(), Some("555000000101"));

            let plain = signed(&key, Request { baseline: false, ..right });
            assert!(!plain.contains("QualifyingProperties"));
            let report = judged(&plain, beside);
            assert_eq!(report.verdict, Verdict::Valid, "{packaging:?} {report:#?}");
            assert_eq!((report.claimed_time, report.commitment), (None, None));
        }
    }
}

#[test]
fn what_is_around_a_document_holds_it_octet_for_octet() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right = request(Packaging::Enveloping, &certificate, &key);
    let octets: Vec<u8> = (0..=255).collect();
    let around = signed(&key, Request { document: Document::Octets(&octets), ..right });
    assert!(judged(&around, None).is_valid());
    assert!(around.contains(&Base64::encode_string(&octets)));
}

#[test]
fn a_changed_document_is_refused() {
    let enveloped = whole(Packaging::Enveloped);
    for (from, to) in [("Rest,", "Run, "), ("to='A'", "to='B'"), ("<b/>", "<b>1</b>"), ("<b/>", "")]
    {
        assert_eq!(failed(&judged(&enveloped.replace(from, to), None)), "digest", "{to}");
    }
    // What canonicalization drops is not content.
    assert!(
        judged(&enveloped.replace("ward 4", "ward 5").replace("to='A'", "to=\"A\""), None)
            .is_valid()
    );
    let inside = "<ds:Object Id=";
    let around = whole(Packaging::Enveloping);
    assert_eq!(failed(&judged(&around.replacen("PD94", "PD95", 1), None)), "digest");
    assert!(around.contains(inside));
    let beside = whole(DETACHED);
    assert_eq!(failed(&judged(&beside, Some(Document::Octets(TEXT)))), "digest");
    assert_eq!(failed(&judged(&beside, None)), "digest");
    let digest = wardkey_crypto::Hash::Sha256.digest(LETTER).unwrap();
    assert!(judged(&beside, Some(Document::Digest(&digest))).is_valid());
    assert_eq!(failed(&judged(&beside, Some(Document::Digest(&[7; 32])))), "digest");
    assert_eq!(failed(&judged(&enveloped, Some(Document::Octets(LETTER)))), "format");
}

#[test]
fn changed_properties_are_refused() {
    let right = whole(Packaging::Enveloped);
    for (from, to, check) in [
        ("2026-11-23T09:30:00Z", "2026-11-22T09:30:00Z", "digest"),
        ("#ProofOfApproval", "#ProofOfReceipt", "digest"),
        ("text/xml", "text/html", "digest"),
        ("Target=\"#", "Target=\"#x", "format"),
        ("<ds:Object><xades", "<ds:Object/><ds:Object><xades", "coverage"),
        (
            "http://uri.etsi.org/01903/v1.3.2#\" T",
            "http://uri.etsi.org/01903/v1.1.1#\" T",
            "format",
        ),
        ("<ds:X509Certificate>", "<ds:X509Certificate>AAAA", "certificate"),
    ] {
        let changed = right.replace(from, to);
        assert_ne!(changed, right, "{from}");
        assert_eq!(failed(&judged(&changed, None)), check, "{to}");
    }
    // Another certificate of the same key.
    let key = Key::p256(1);
    let other = Authority::new().issue(&Profile::content("1_B_A"), &key.spki());
    let [own, other] = [certificate(&key), other].map(|der| Base64::encode_string(&der));
    assert_eq!(failed(&judged(&right.replace(&own, &other), None)), "signingCertificate");
}

#[test]
fn what_is_moved_wrapped_or_doubled_is_refused() {
    let right = whole(Packaging::Enveloped);
    let start = right.find("<ds:Signature ").unwrap();
    let end = right.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &right[start..end];
    let body = std::str::from_utf8(LETTER).unwrap().split_once("?>").unwrap().1;
    let open = |to: &str| format!("<letter xmlns='urn:x' to='{to}'>Run{signature}</letter>");
    let verdict = |xml: &str| failed(&judged(xml, None));
    // The original inside of a forgery, in an Object of its signature, or beside the forgery.
    assert_eq!(verdict(&open("A")), "digest");
    assert_eq!(verdict(&format!("<x>{}{}</x>", open("A"), body.trim())), "digest");
    let object = format!("<ds:Object>{}</ds:Object></ds:Signature>", body.trim());
    let inside = right.replace("</ds:Signature>", &object);
    assert_eq!(verdict(&inside), "coverage");
    assert_eq!(verdict(&right.replacen(signature, &signature.repeat(2), 1)), "format");
    // A reference to a part stands for that part alone.
    let of_part = right.replacen("URI=\"\"", "URI=\"#part\"", 1).replace("<b/>", "<b id='part'/>");
    assert_eq!(verdict(&of_part), "format");
    // Ids that other readers would find too.
    let id = right.split(" Id=\"").nth(1).unwrap()[..26].to_owned();
    for attribute in ["ID", "id", "xml:id"] {
        let name = format!("<ds:KeyInfo><ds:KeyName {attribute}='{id}-properties'/>");
        let doubled = right.replace("<ds:KeyInfo>", &name);
        assert_eq!(verdict(&doubled), "format", "{attribute}");
    }
    // The signed properties of a signature put in front of others.
    let first = signature.find("<ds:Object>").unwrap();
    let last = signature.rfind("</ds:Object>").unwrap() + "</ds:Object>".len();
    let forged = signature[first..last].replace("2026-11-23", "2026-11-22");
    let both = right.replacen("<ds:Object>", &format!("{forged}<ds:Object>"), 1);
    assert_eq!(verdict(&both), "format");
    let other_id = forged.replace(&format!("{id}-properties"), "other");
    let both = right.replacen("<ds:Object>", &format!("{other_id}<ds:Object>"), 1);
    assert_eq!(verdict(&both), "format");
}

#[test]
fn what_covers_a_part_is_not_a_signature_of_the_document() {
    use wardkey_xml::{
        Canonicalization, Limits,
        dsig::{NewReference, Transform, Unsigned, reference_digest},
    };
    let key = Key::p256(1);
    let source = "<r><a Id='x'>1</a><b/></r>";
    let document = wardkey_xml::Document::parse(source.as_bytes(), &Limits::DEFAULT).unwrap();
    let method = Canonicalization::exclusive();
    let sign = |uri: &str, octets: &[u8], transforms: Vec<Transform>| {
        let digest = reference_digest(key.algorithm(), octets).unwrap();
        let uri = uri.to_owned();
        let reference = NewReference { uri, digest, transforms, ..NewReference::default() };
        let unsigned = Unsigned::new(Some("s"), key.algorithm(), &[reference], vec![]).unwrap();
        let signature = key.sign(unsigned.to_be_signed());
        let signature = unsigned.assemble(&signature, [&*certificate(&key)]);
        source.replace("<b/>", &format!("<b/>{signature}"))
    };
    let part = document.root().path(&["a"]).unwrap();
    let octets = method.element(part).unwrap();
    let exclusive = || vec![Transform::Canonicalization(method.clone())];
    let verdict = |xml: &str| failed(&judged(xml, None));
    assert_eq!(verdict(&sign("#x", &octets, exclusive())), "coverage");
    let inclusive = Canonicalization::inclusive().element(part).unwrap();
    assert_eq!(verdict(&sign("#x", &inclusive, vec![])), "coverage");
    assert_eq!(verdict(&sign("#x", &octets, vec![Transform::Enveloped])), "format");
    assert_eq!(verdict(&sign("other.xml", &octets, vec![])), "digest");
    let all = method.document(&document).unwrap();
    let enveloped = || [vec![Transform::Enveloped], exclusive()].concat();
    assert_eq!(verdict(&sign("", &all, enveloped())), "");
    assert_eq!(verdict(&sign("#xpointer(/)", &all, enveloped())), "");
}

#[test]
fn what_is_no_signature_is_told_and_nothing_cut_off_holds() {
    let right = whole(Packaging::Enveloping);
    for length in (0..right.len()).step_by(7) {
        assert!(!judged(&right[..length], None).is_valid(), "{length}");
    }
    for junk in ["", "<a/>", "<Signature/>", "text"] {
        assert_eq!(failed(&judged(junk, None)), "format");
    }
    let key = Key::p256(1);
    let login = Authority::new().issue(&Profile::login("1_A_B"), &key.spki());
    let login = signed(&key, request(Packaging::Enveloped, &login, &key));
    assert_eq!(failed(&judged(&login, None)), "usage policy");
}

#[test]
fn a_timestamp_proves_a_time() {
    let right = whole(Packaging::Enveloped);
    let token = Stamper::new().token(&timestamp_imprint(right.as_bytes()).unwrap());
    let judge = |xades: &[u8]| judging::judged(verify(xades, None, &trusting_timestamps()));
    let stamped = with_timestamp(right.as_bytes(), &token).unwrap();
    let report = judge(&stamped);
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    assert!(report.proven_time.is_some() && report.claimed_time.is_some());
    assert_eq!(with_timestamp(&stamped, &token), Err(XadesError::Malformed));
    // Without it nothing is proven; that of another signature proves nothing.
    assert_eq!(judge(right.as_bytes()).proven_time, None);
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let later =
        Request { signing_time: NOW + 1, ..request(Packaging::Enveloped, &certificate, &key) };
    let moved = with_timestamp(signed(&key, later).as_bytes(), &token).unwrap();
    let report = judge(&moved);
    assert_eq!((failed(&report).as_str(), report.proven_time), ("timestamp", None));
    let token = "<xades:EncapsulatedTimeStamp>";
    let torn = String::from_utf8(stamped).unwrap().replace(token, &format!("{token}AAAA"));
    assert_eq!(failed(&judge(torn.as_bytes())), "timestamp");
}

#[test]
fn xmlsec1_accepts_every_packaging() {
    let present = Command::new("xmlsec1").arg("--version").output().is_ok();
    if !present {
        eprintln!("skipped: xmlsec1_accepts_every_packaging (xmlsec1 is not installed)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let authority = pem(&Authority::new().certificate());
    std::fs::write(folder.path().join("authority.pem"), authority).unwrap();
    std::fs::write(folder.path().join("a letter.txt"), LETTER).unwrap();
    for key in [Key::p256(1), Key::p384(1), Key::rsa()] {
        let certificate = certificate(&key);
        for packaging in [Packaging::Enveloped, Packaging::Enveloping, DETACHED] {
            let xml = signed(&key, request(packaging, &certificate, &key));
            let judge = |xml: &str| {
                std::fs::write(folder.path().join("signed.xml"), xml).unwrap();
                Command::new("xmlsec1")
                    .args(["--verify"])
                    .args(["--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"])
                    .args(["--trusted-pem", "authority.pem", "signed.xml"])
                    .current_dir(folder.path())
                    .output()
                    .unwrap()
            };
            let said = judge(&xml);
            let errors = String::from_utf8_lossy(&said.stderr).into_owned();
            assert!(said.status.success(), "{packaging:?} {errors}");
            let changed = xml.replace("text/xml", "text/html");
            assert!(!judge(&changed).status.success(), "{packaging:?}");
        }
    }
}
