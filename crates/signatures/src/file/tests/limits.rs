//! At each limit the largest file that is admitted is verified, and one that is larger is refused
//! with an error that names the limit.

use base64ct::{Base64, Encoding as _};
use wardkey_xml::Canonicalization;

use super::*;

#[test]
fn xml_is_read_up_to_its_limits() {
    let Limits { bytes, depth, nodes, attributes, namespaces, namespace_bytes } = Limits::DEFAULT;
    let deep = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
    // The letter is a level, too.
    holds(&letter(&deep(depth - 1)));
    refused(&letter(""), &deep(depth), "nested too deep");
    // The signature has some nodes of its own.
    holds(&letter(&"<b/>".repeat(nodes - 200)));
    refused(&letter(""), &"<b/>".repeat(nodes), "too many nodes");
    let each = |count: usize, of: fn(usize) -> String| -> String { (0..count).map(of).collect() };
    let with = |count: usize| format!("<b{}/>", each(count, |n| format!(" a{n}=''")));
    holds(&letter(&with(attributes)));
    refused(&letter(""), &with(attributes + 1), "too many attributes");
    let with = |count: usize| format!("<b{}/>", each(count, |n| format!(" xmlns:a{n}='urn:{n}'")));
    holds(&letter(&with(namespaces)));
    refused(&letter(""), &with(namespaces + 1), "too many namespaces");
    let with = |length: usize| format!("<b xmlns='urn:{}'/>", "a".repeat(length - 4));
    holds(&letter(&with(namespace_bytes)));
    refused(&letter(""), &with(namespace_bytes + 1), "namespace URI too long");
    // White space after the document's element is not signed.
    let mut long = signed(letter(&"a".repeat(bytes - 100_000)).as_bytes(), true);
    long.resize(bytes, b' ');
    valid(&long);
    long.push(b' ');
    refuses(&long, "too large");
}

/// Each costs a canonicalization, and all of them together have a bound.
#[test]
fn references_and_transforms_are_followed_up_to_their_limits() {
    let small = letter("Rest.");
    valid(&with_references(&small, 32, 1));
    refuses(&with_references(&small, 33, 1), "Reference");
    valid(&with_references(&small, 1, 7));
    refuses(&with_references(&small, 1, 8), "Transform");
    // 32 times 2 MB are less than 64 MiB, 32 times 2.2 MB more.
    valid(&with_references(&letter(&"a".repeat(2_000_000)), 32, 1));
    let large = letter(&"a".repeat(2_200_000));
    refuses(&with_references(&large, 32, 1), TOO_LARGE);
    refuses(&with_references(&large, 5, 7), TOO_LARGE);
    // A declaration that is written at each of many elements.
    let uses = "<p:x/>".repeat(60_000);
    let declared = format!("<letter xmlns:p='urn:{}'>{uses}</letter>", "a".repeat(1000));
    refuses(&with_references(&declared, 2, 1), TOO_LARGE);
}

#[test]
fn certificates_are_read_up_to_their_limit() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let sign = |others: u8| {
        // A set of them has none twice.
        let issue = |serial| Profile { serial, ..Profile::content("1_A_B") };
        let chain: Vec<Vec<u8>> =
            (1..=others).map(|n| Authority::new().issue(&issue(n), &key.spki())).collect();
        let prepared = cades::prepare(cades::Request {
            document: crate::Document::Octets(LETTER),
            attached: true,
            algorithm: key.algorithm(),
            certificate_der: &certificate,
            chain: &chain.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            signing_time: NOW,
            commitment: None,
            media_type: None,
        });
        let prepared = prepared.unwrap();
        prepared.assemble(&key.sign(prepared.to_be_signed())).unwrap()
    };
    valid(&sign(31));
    refuses(&sign(32), "too many certificates");
}

#[test]
fn signatures_of_a_pdf_are_read_up_to_their_limit() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let sign = |pdf: Vec<u8>| {
        let prepared = pades::prepare(pades::Request {
            document: &pdf,
            algorithm: key.algorithm(),
            certificate_der: &certificate,
            chain: &[],
            signing_time: NOW,
            commitment: Some(Commitment::ProofOfApproval),
            reason: None,
            room_for_timestamp: false,
        });
        let prepared = prepared.unwrap();
        prepared.assemble(&key.sign(prepared.to_be_signed())).unwrap()
    };
    let letter = include_bytes!("../../../fixtures/letter.pdf").to_vec();
    let most = (0..32).fold(letter, |pdf, _| sign(pdf));
    valid(&most);
    refuses(&sign(most), "there are too many");
}

/// What is not read is not kept either: a tree of it would be many times the file.
#[test]
fn json_is_read_up_to_its_limits() {
    let (_, right) = samples().swap_remove(2);
    let right = String::from_utf8(right).unwrap();
    let options = trusting_timestamps();
    let start = "\"etsiU\":[";
    let at = right.find(start).unwrap() + start.len();
    let with = |more: &str| format!("{}{more}{}", &right[..at], &right[at..]);
    let proven = |json: &str| once(json.as_bytes(), &options).proven_time.is_some();
    let other = "{\"rVals\":{\"crlVals\":[[0,0,0],{}]}},";
    assert!(proven(&with("")) && proven(&with(&other.repeat(31))));
    assert!(!proven(&with(&other.repeat(32))), "beyond those that are read");
    let deep = |levels: usize| format!("{{\"x\":{}{}}},", "[".repeat(levels), "]".repeat(levels));
    assert!(proven(&with(&deep(100))));
    refuses(with("7,").as_bytes(), "a component");
    let name = right.replacen('{', &format!("{{\"{}\":1,", "a".repeat(100_000)), 1);
    let said = said(&once(name.as_bytes(), &options));
    assert!(said.contains("unknown field") && said.len() < 300, "{said}");
}

/// The document, signed in it, holds.
fn holds(document: &str) {
    valid(&signed(document.as_bytes(), true));
}

/// With this put before the end of the signed document, it is refused for this reason.
fn refused(document: &str, more: &str, reason: &str) {
    let right = String::from_utf8(signed(document.as_bytes(), true)).unwrap();
    let at = right.rfind("</").unwrap();
    refuses(format!("{}{more}{}", &right[..at], &right[at..]).as_bytes(), reason);
}

fn valid(file: &[u8]) {
    let report = once(file, &options());
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.checks);
}

fn refuses(file: &[u8], reason: &str) {
    let report = once(file, &options());
    let said = said(&report);
    assert_eq!((report.verdict, said.contains(reason)), (Verdict::Invalid, true), "{said}");
}

/// Such files take a while.
fn once(file: &[u8], options: &VerifyOptions) -> Report {
    verify(file, None, options).discharge()
}

fn said(report: &Report) -> String {
    report.checks.last().and_then(|check| check.detail.clone()).unwrap_or_default()
}

fn letter(content: &str) -> String {
    format!("<letter>{content}</letter>")
}

fn certificate(key: &Key) -> Vec<u8> {
    Authority::new().issue(&Profile::content("555000000102_Tom_Lindqvist"), &key.spki())
}

/// A document with its signature in it: XAdES, or a plain one.
fn signed(document: &[u8], baseline: bool) -> Vec<u8> {
    let key = Key::p256(1);
    let prepared = xades::prepare(xades::Request {
        document: crate::Document::Octets(document),
        packaging: xades::Packaging::Enveloped,
        baseline,
        algorithm: key.algorithm(),
        certificate_der: &certificate(&key),
        chain: &[],
        signing_time: NOW,
        commitment: None,
        media_type: None,
    });
    let prepared = prepared.unwrap();
    prepared.assemble(&key.sign(prepared.to_be_signed()))
}

/// A plain signature with so many references to its document, each with so many canonicalizations
/// once the signature is left out.
fn with_references(document: &str, references: usize, transforms: usize) -> Vec<u8> {
    let right = String::from_utf8(signed(document.as_bytes(), false)).unwrap();
    let cut = |from: &str, to: &str| {
        let start = right.find(from).unwrap();
        right[start..start + right[start..].find(to).unwrap() + to.len()].to_owned()
    };
    let reference = cut("<ds:Reference", "</ds:Reference>");
    let end = reference.find("</ds:Transforms>").unwrap();
    let transform = &reference[reference[..end].rfind("<ds:Transform ").unwrap()..end];
    assert!(transform.contains("c14n"), "{reference}");
    let repeated = reference.replacen(transform, &transform.repeat(transforms), 1);
    let changed = right.replacen(&reference, &repeated.repeat(references), 1);
    // Signed anew, as it stands.
    let parsed = Document::parse(changed.as_bytes(), &Limits::DEFAULT).unwrap();
    let info = parsed.elements().find(|e| e.is(dsig::NAMESPACE, "SignedInfo")).unwrap();
    let octets = Canonicalization::exclusive().element(info).unwrap();
    let value = Base64::encode_string(&Key::p256(1).sign(&octets));
    let before = cut("<ds:SignatureValue", "</ds:SignatureValue>");
    let after = format!("{}{value}</ds:SignatureValue>", &before[..=before.find('>').unwrap()]);
    changed.replacen(&before, &after, 1).into_bytes()
}

const TOO_LARGE: &str = "its canonical form is too large";
