//! XAdES and plain XML signatures, made and taken apart here; with xmlsec1 on the other side where
//! it says so.

use wardkey_crypto::SignatureAlgorithm;

use super::*;
use crate::{
    Commitment, Document,
    testing::{Authority, Key, NOW, Profile},
};

const LETTER: &[u8] =
    b"<?xml version=\"1.0\"?>\n<!-- ward 4 --><letter xmlns=\"urn:x\" to='A'>Rest,\r\n<b/></letter>\n";
const TEXT: &[u8] = b"Rest, and drink plenty.";
const DETACHED: Packaging<'_> = Packaging::Detached { name: "a letter.txt" };

fn request<'a>(packaging: Packaging<'a>, certificate: &'a [u8], key: &Key) -> Request<'a> {
    Request {
        document: Document::Octets(LETTER),
        packaging,
        baseline: true,
        algorithm: key.algorithm(),
        certificate_der: certificate,
        chain: &[],
        signing_time: NOW,
        commitment: Some(Commitment::ProofOfApproval),
        media_type: Some("text/xml"),
    }
}

fn certificate(key: &Key) -> Vec<u8> {
    Authority::new().issue(&Profile::content("555000000101_Amira_Okafor"), &key.spki())
}

fn signed(key: &Key, request: Request<'_>) -> String {
    let prepared = prepare(request).unwrap();
    let signature = key.sign(prepared.to_be_signed());
    String::from_utf8(prepared.assemble(&signature)).unwrap()
}

#[test]
fn what_can_t_be_signed_is_refused() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right = request(Packaging::Enveloped, &certificate, &key);
    let refused = |change: &dyn Fn(&mut Request<'_>)| {
        let mut request = right;
        change(&mut request);
        prepare(request).map(|_| ()).unwrap_err()
    };
    let other_key = refused(&|request| request.algorithm = SignatureAlgorithm::RsaPkcs1Sha256);
    assert_eq!(other_key, XadesError::Certificate);
    let digest = refused(&|request| request.document = Document::Digest(&[7; 32]));
    assert_eq!(digest, XadesError::Digest);
    let text = refused(&|request| request.document = Document::Octets(TEXT));
    assert!(matches!(text, XadesError::Xml(_)));
    let typed = refused(&|request| request.document = Document::Octets(b"<!DOCTYPE a><a/>"));
    assert!(matches!(typed, XadesError::Xml(_)));
    let twice = signed(&key, right);
    let twice = Request { document: Document::Octets(twice.as_bytes()), ..right };
    assert_eq!(prepare(twice).map(|_| ()).unwrap_err(), XadesError::Signed);
    let unnamed = refused(&|request| request.packaging = Packaging::Detached { name: "" });
    assert_eq!(unnamed, XadesError::Name);
    let short = refused(&|request| {
        (request.packaging, request.document) = (DETACHED, Document::Digest(&[7; 31]));
    });
    assert_eq!(short, XadesError::Digest);
    assert_eq!(timestamp_imprint(LETTER), Err(XadesError::Malformed));
    assert_eq!(with_timestamp(LETTER, b"token"), Err(XadesError::Malformed));
}

#[test]
fn the_document_stays_as_it_is_around_the_signature() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let whole = signed(&key, request(Packaging::Enveloped, &certificate, &key));
    let (head, rest) = whole.split_once("<ds:Signature ").unwrap();
    let (signature, tail) = rest.split_once("</ds:Signature>").unwrap();
    assert_eq!(format!("{head}{tail}").as_bytes(), LETTER);
    assert_eq!(signature.matches("<ds:Reference ").count(), 2);
    let detached = signed(&key, request(DETACHED, &certificate, &key));
    assert!(detached.contains("URI=\"a%20letter.txt\""));
}

#[test]
fn an_id_of_the_document_is_not_used_again() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right = request(Packaging::Enveloped, &certificate, &key);
    let id = |whole: &str| whole.split(" Id=\"").nth(1).unwrap()[..26].to_owned();
    let first = id(&signed(&key, right));
    assert!(first.starts_with("signature-"), "{first}");
    assert_eq!(id(&signed(&key, right)), first);
    let later = Request { signing_time: NOW + 1, ..right };
    assert_ne!(id(&signed(&key, later)), first);
}

#[cfg(feature = "verify")]
mod verified;
