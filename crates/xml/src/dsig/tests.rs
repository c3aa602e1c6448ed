use std::{convert::Infallible, process::Command};

use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use rsa::{pkcs8::EncodePrivateKey as _, signature::SignatureEncoding as _};
use spki::EncodePublicKey as _;
use wardkey_crypto::{Obligation, SignatureAlgorithm};

use super::{DsigError, NAMESPACE, Profile, Verified, certificates, prepare, verify};
use crate::{Document, Limits, XmlErrorKind};

const PROFILE: Profile<'_> = Profile::new("Id");
const NOTE: &str = "<w:ward xmlns:w='urn:w'>\n<note xmlns='urn:n' Id='n1' w:by='Tom'>Rest\r\n<!--x--></note></w:ward>";

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &Limits::DEFAULT).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn spki() -> Vec<u8> {
    key().verifying_key().to_public_key_der().unwrap().into_vec()
}

/// Signs the element at this path with the test key.
fn sign(xml: &str, path: &[&str], profile: &Profile<'_>) -> String {
    let document = parse(xml);
    let element = document.root().path(path).unwrap();
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let prepared = prepare(xml.as_bytes(), element, profile, algorithm).unwrap();
    let signature: Signature = key().sign(prepared.to_be_signed());
    String::from_utf8(prepared.assemble(&signature.to_bytes(), Some(b"certificate"))).unwrap()
}

/// Verifies the element at this path with the test key; gives its text.
fn check(xml: &str, path: &[&str]) -> Result<String, DsigError> {
    let document = parse(xml);
    let pending = verify(document.root().path(path).unwrap(), &PROFILE, &spki())?;
    let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
    let verified: Verified<'_> = pending.conclude(&answers)?;
    assert_eq!(verified.signature().parent(), Some(verified.element()));
    Ok(verified.element().text())
}

fn signed_note() -> String {
    sign(NOTE, &["note"], &PROFILE)
}

#[test]
fn what_was_signed_verifies_and_is_the_element_that_was_given() {
    let signed = signed_note();
    assert_eq!(check(&signed, &["note"]), Ok("Rest\n".to_owned()));
    let document = parse(&signed);
    assert_eq!(certificates(document.root().path(&["note"]).unwrap()).unwrap(), [b"certificate"]);
    let empty = sign("<a Id='i'/>", &[], &PROFILE);
    assert_eq!(check(&empty, &[]), Ok(String::new()));
}

#[test]
fn the_source_stays_as_it_is_around_the_signature() {
    let signed = signed_note();
    let (head, rest) = signed.split_once("<ds:Signature").unwrap();
    let (_, tail) = rest.split_once("</ds:Signature>").unwrap();
    assert_eq!(format!("{head}{tail}"), NOTE);
}

#[test]
fn a_changed_element_is_refused() {
    for (from, to) in [("Rest", "Test"), ("w:by='Tom'", "w:by='Rosa'"), ("Id='n1'", "Id='n1' a=''")]
    {
        let changed = signed_note().replace(from, to);
        assert_eq!(check(&changed, &["note"]), Err(DsigError::DigestMismatch), "{to}");
    }
}

#[test]
fn a_changed_signed_info_or_another_key_is_refused() {
    let reworded = sign(&NOTE.replace("Rest", "Move"), &["note"], &PROFILE);
    let info = |xml: &str| {
        let start = xml.find("<ds:SignedInfo>").unwrap();
        xml[start..xml.find("</ds:SignedInfo>").unwrap()].to_owned()
    };
    let forged = signed_note().replace("Rest", "Move");
    let forged = forged.replace(&info(&forged), &info(&reworded));
    assert_eq!(check(&forged, &["note"]), Err(DsigError::SignatureInvalid));

    let signed = signed_note();
    let document = parse(&signed);
    let other = SigningKey::from_slice(&[8; 32]).unwrap();
    let other = other.verifying_key().to_public_key_der().unwrap().into_vec();
    let pending = verify(document.root().path(&["note"]).unwrap(), &PROFILE, &other).unwrap();
    let answers = [pending.obligations()[0].discharge()];
    assert_eq!(pending.conclude(&answers).unwrap_err(), DsigError::SignatureInvalid);
}

#[test]
fn a_missing_answer_is_a_refusal() {
    let signed = signed_note();
    let document = parse(&signed);
    for answers in [&[][..], &[false], &[true, true]] {
        let pending = verify(document.root().path(&["note"]).unwrap(), &PROFILE, &spki()).unwrap();
        assert_eq!(pending.conclude(answers).unwrap_err(), DsigError::SignatureInvalid);
    }
}

#[test]
fn a_signature_moved_into_another_element_is_refused() {
    let signed = signed_note();
    let start = signed.find("<ds:Signature").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &signed[start..end];
    // A forged element beside the original, which keeps its id, carries the signature.
    let wrapped = format!("<r>{}<note xmlns='urn:n' Id='evil'>Run{signature}</note></r>", NOTE);
    let document = parse(&wrapped);
    let forged = document.root().children().nth(1).unwrap();
    assert_eq!(verify(forged, &PROFILE, &spki()).unwrap_err(), DsigError::OtherElement);
    // The original as a child of its own signature's Object.
    let inside = signature
        .replace("</ds:Signature>", &format!("<ds:Object>{NOTE}</ds:Object></ds:Signature>"));
    let wrapped = format!("<note xmlns='urn:n' Id='evil'>Run{inside}</note>");
    assert!(matches!(check(&wrapped, &[]), Err(DsigError::Malformed(_))));
    // The signed original below a forged element of the same kind.
    let wrapped = format!("<note xmlns='urn:n' Id='evil'>Run{signed}</note>");
    assert_eq!(check(&wrapped, &[]), Err(DsigError::NoSignature));
}

#[test]
fn an_id_that_two_elements_have_is_refused() {
    for attribute in ["Id", "ID", "id", "xml:id"] {
        let doubled = signed_note().replace("<note ", &format!("<x {attribute}='n1'/><note "));
        assert_eq!(check(&doubled, &["note"]), Err(DsigError::DuplicateId), "{attribute}");
    }
    assert_eq!(check(&signed_note().replace("Id='n1'", ""), &["note"]), Err(DsigError::IdMissing));
    assert_eq!(
        check(&signed_note().replace("'n1'", "'n 1'"), &["note"]),
        Err(DsigError::IdMissing)
    );
}

#[test]
fn a_second_signature_or_reference_is_refused() {
    let signed = signed_note();
    let second = format!("<ds:Signature xmlns:ds='{NAMESPACE}'/></note>");
    assert_eq!(
        check(&signed.replace("</note>", &second), &["note"]),
        Err(DsigError::ManySignatures)
    );
    let second = "</ds:Reference><ds:Reference URI='#x'/>";
    assert!(matches!(
        check(&signed.replace("</ds:Reference>", second), &["note"]),
        Err(DsigError::Malformed(_))
    ));
    let document = parse(&signed);
    let note = document.root().path(&["note"]).unwrap();
    let again = prepare(signed.as_bytes(), note, &PROFILE, SignatureAlgorithm::EcdsaP256Sha256);
    assert_eq!(again.err(), Some(DsigError::ManySignatures));
}

#[test]
fn what_is_outside_of_the_profile_is_refused() {
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    for (from, to) in [
        ("ecdsa-sha256", "rsa-md5"),
        ("ecdsa-sha256", "hmac-sha256"),
        ("ecdsa-sha256", "ecdsa-sha384"),
        (exclusive, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        (exclusive, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        ("#enveloped-signature", "#base64"),
        ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"),
    ] {
        let changed = signed_note().replace(from, to);
        assert!(matches!(check(&changed, &["note"]), Err(DsigError::AlgorithmRefused(_))), "{to}");
    }
    for (from, to) in [
        ("<ds:Transforms>", "<ds:Transforms><ds:Transform Algorithm='urn:x'/>"),
        ("URI=\"#n1\"", ""),
        ("URI=\"#n1\"", "URI=\"\""),
        ("URI=\"#n1\"", "URI=\"#xpointer(id('n1'))\""),
        ("<ds:SignatureValue>", "<ds:SignatureValue>*"),
        ("<ds:SignedInfo>", "<ds:SignedInfo>stray"),
        ("<ds:KeyInfo>", "<ds:Manifest/><ds:KeyInfo>"),
    ] {
        assert!(check(&signed_note().replace(from, to), &["note"]).is_err(), "{to}");
    }
}

#[test]
fn sha1_needs_the_legacy_switch_to_verify_and_is_never_made() {
    let document = parse(NOTE);
    let note = document.root().path(&["note"]).unwrap();
    let legacy = PROFILE.accepting_legacy_sha1();
    let made = prepare(NOTE.as_bytes(), note, &legacy, SignatureAlgorithm::RsaPkcs1Sha1);
    assert!(matches!(made, Err(DsigError::AlgorithmRefused(_))));

    let old = signed_note().replace(
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    );
    let document = parse(&old);
    let note = document.root().path(&["note"]).unwrap();
    assert!(matches!(verify(note, &PROFILE, &[]), Err(DsigError::AlgorithmRefused(_))));
    let pending = verify(note, &legacy, &[]).unwrap();
    assert_eq!(pending.obligations()[0].algorithm, SignatureAlgorithm::RsaPkcs1Sha1);
}

#[test]
fn a_document_type_does_not_get_near_a_signature() {
    let typed = format!("<!DOCTYPE x [<!ATTLIST note Id ID #IMPLIED>]>{}", signed_note());
    let error = Document::parse(typed.as_bytes(), &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.kind(), XmlErrorKind::Doctype);
}

#[test]
fn xmlsec1_and_this_crate_accept_each_others_rsa_signatures() {
    if Command::new("xmlsec1").arg("--version").output().is_err() {
        println!(
            "skipped: xmlsec1_and_this_crate_accept_each_others_rsa_signatures (xmlsec1 is not installed)"
        );
        return;
    }
    let key = rsa::PrivateKey::new(&mut FixedRandom(1), 2048).unwrap();
    let spki = key.to_public_key().to_public_key_der().unwrap().into_vec();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("key.pem"), key.to_pkcs8_pem(spki::der::pem::LineEnding::LF).unwrap())
        .unwrap();

    let document = parse(NOTE);
    let note = document.root().path(&["note"]).unwrap();
    let prepared =
        prepare(NOTE.as_bytes(), note, &PROFILE, SignatureAlgorithm::RsaPkcs1Sha256).unwrap();
    let signer = rsa::pkcs1v15::SigningKey::<sha2::Sha256>::new(key);
    let signature = signer.sign(prepared.to_be_signed()).to_vec();
    let ours = prepared.assemble(&signature, None);
    std::fs::write(path("ours.xml"), &ours).unwrap();
    let verification = Command::new("xmlsec1")
        .args(["--verify", "--id-attr:Id", "urn:n:note", "--privkey-pem"])
        .args([path("key.pem"), path("ours.xml")])
        .output()
        .unwrap();
    assert!(verification.status.success(), "{}", String::from_utf8_lossy(&verification.stderr));

    // A template with the same content, line breaks in SignedInfo and an inclusive prefix.
    let template = String::from_utf8(ours).unwrap();
    let value = template.split("<ds:SignatureValue>").nth(1).unwrap();
    let value = value.split("</ds:SignatureValue>").next().unwrap().to_owned();
    let digest = template.split("<ds:DigestValue>").nth(1).unwrap();
    let digest = digest.split("</ds:DigestValue>").next().unwrap().to_owned();
    let template = template
        .replace(&value, "")
        .replace(&digest, "")
        .replace("<ds:Reference", "\n  <ds:Reference")
        .replace(
            "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>",
            "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
             <ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" \
             PrefixList=\"w #default\"/></ds:Transform>",
        );
    std::fs::write(path("template.xml"), template).unwrap();
    let signing = Command::new("xmlsec1")
        .args(["--sign", "--id-attr:Id", "urn:n:note", "--privkey-pem"])
        .args([path("key.pem"), "--output".to_owned(), path("theirs.xml"), path("template.xml")])
        .output()
        .unwrap();
    assert!(signing.status.success(), "{}", String::from_utf8_lossy(&signing.stderr));
    let theirs = std::fs::read(path("theirs.xml")).unwrap();
    let document = Document::parse(&theirs, &Limits::DEFAULT).unwrap();
    let note = document.root().path(&["note"]).unwrap();
    let pending = verify(note, &PROFILE, &spki).unwrap();
    let answers = [pending.obligations()[0].discharge()];
    assert_eq!(pending.conclude(&answers).unwrap().element(), note);
}

/// A generator for test keys: not random at all.
struct FixedRandom(u64);

impl rsa::rand_core::TryRng for FixedRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl rsa::rand_core::TryCryptoRng for FixedRandom {}
