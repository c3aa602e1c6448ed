use wardkey_crypto::SignatureAlgorithm;
use wardkey_pki::{Certificate, Crl, UnixTime};
use wardkey_xml::dsig::DigestMethod;

use super::{MESSAGE, prefixed, text};
use crate::{
    eps::{Prescription, VerifyOptions, embed, verify},
    report::{Report, Verdict},
    testing::{Authority, CONTENT_POLICY, Key, NOW, Profile},
};

#[test]
fn what_is_signed_is_valid() {
    for message in [MESSAGE.to_owned(), prefixed(MESSAGE)] {
        let report = judge(&sign(&message, &signer()), &options());
        assert_eq!(report.reason, None);
        assert_eq!(report.verdict, Verdict::Valid);
        assert!(report.checks.iter().all(|check| check.passed && check.detail.is_none()));
        let names: Vec<_> = report.checks.iter().map(|check| check.name.as_str()).collect();
        assert_eq!(names, CHECKS);
        let signer = report.signer.unwrap();
        assert_eq!(signer.common_name, TOM);
        assert_eq!(signer.user_id.as_deref(), Some("555000000102"));
        assert_eq!(signer.serial, "07");
        assert_eq!(report.claimed_time.as_deref(), Some("2026-11-23T09:30:00Z"));
        assert_eq!(report.crl_age_seconds, Some(1800));
    }
}

#[test]
fn the_digest_of_the_report_is_that_of_the_signature() {
    let signed = sign(MESSAGE, &signer());
    let digest = judge(&signed, &options()).digest.unwrap();
    assert!(signed.contains(&format!("<DigestValue>{digest}</DigestValue>")));
}

#[test]
fn layout_and_comments_do_not_matter() {
    let signed = sign(MESSAGE, &signer());
    let laid_out = signed
        .replace("><", ">\n  <")
        .replace("<Reference>", "<Reference><!-- no URI -->")
        .replace("<SignatureValue>", "<SignatureValue>\r\n ")
        .replace("<KeyInfo>", "<!-- whose --><KeyInfo>");
    assert_ne!(laid_out, signed);
    assert_eq!(judge(&laid_out, &options()).verdict, Verdict::Valid);
    let dispensed = signed.replace(
        "<component typeCode=\"COMP\">\n            <s",
        "<pertinentInformation4><pertinentItemStatus/></pertinentInformation4>\
         <component typeCode=\"COMP\"><s",
    );
    assert_ne!(dispensed, signed);
    assert_eq!(judge(&dispensed, &options()).verdict, Verdict::Valid);
}

#[test]
fn a_changed_prescription_is_not_what_was_signed() {
    let signed = sign(MESSAGE, &signer());
    let changes = [
        ("three times a day", "nine times a day"),
        ("extension=\"9994826174\"", "extension=\"9993172049\""),
        ("20261123093000", "20261123093001"),
        ("49D6A8B1-0F7E", "49D6A8B1-0F7F"),
        ("<given>Tom", "<given>Tim"),
        ("value=\"21\"", "value=\"210\""),
        ("displayName=\"Amox", "displayName=\"Flucl"),
    ];
    for (from, to) in changes {
        let changed = signed.replace(from, to);
        assert_ne!(changed, signed);
        refused(&changed, "Signature doesn't match prescription");
    }
}

#[test]
fn moved_parts_are_refused() {
    let signed = sign(MESSAGE, &signer());
    let (head, rest) = signed.split_once("  <recordTarget ").unwrap();
    let (patient, rest) = rest.split_once("</recordTarget>\n").unwrap();
    let moved = format!("{head}{rest}");
    let moved = moved.replace(
        "</pertinentInformation1>",
        &format!("</pertinentInformation1><x><recordTarget {patient}</recordTarget></x>"),
    );
    refused(&moved, "no recordTarget");
    let items: Vec<_> = signed.match_indices("<pertinentLineItem").map(|(at, _)| at).collect();
    let first = &signed[items[0]..signed.find("</pertinentLineItem>").unwrap()];
    let second = &signed[items[1]..signed.rfind("</pertinentLineItem>").unwrap()];
    let swapped = signed.replace(first, "@").replace(second, first).replace('@', second);
    assert_ne!(swapped, signed);
    refused(&swapped, "Signature doesn't match prescription");
    let hidden = signed.replace(first, &format!("<pertinentLineItem>{first}</pertinentLineItem>"));
    refused(&hidden, "pertinentLineItem out of its place");
}

#[test]
fn the_signature_has_one_place_and_one_form() {
    let signed = sign(MESSAGE, &signer());
    let from = signed.find("<Signature ").unwrap();
    let to = signed.find("</signatureText>").unwrap();
    let signature = &signed[from..to];
    let twice = signed.replace(signature, &format!("{signature}{signature}"));
    refused(&twice, "more than one Signature");
    let elsewhere = signed.replace("</author>", &format!("</author><x>{signature}</x>"));
    refused(&elsewhere, "Signature out of its place");
    refused(MESSAGE, FORMAT);
    let prefixed = signature
        .replace("</", "</ds:")
        .replace('<', "<ds:")
        .replace("<ds:/ds:", "</ds:")
        .replacen("xmlns=", "xmlns:ds=", 1);
    // Its canonical SignedInfo has other octets, and those are what was signed.
    refused(&signed.replace(signature, &prefixed), "Signature is invalid");
    for (from, to) in [
        ("<KeyInfo>", "<Object/><KeyInfo>"),
        ("<X509Data>", "<KeyName>Tom</KeyName><X509Data>"),
        ("<X509Certificate>", "<X509Certificate>-----BEGIN"),
        ("<SignatureValue>", "<SignatureValue><!-- -->"),
        ("<SignedInfo>", "text<SignedInfo>"),
    ] {
        let changed = signed.replace(from, to);
        assert_ne!(changed, signed);
        refused(&changed, FORMAT);
    }
    let certificate = format!("{}{}", "<X509Certificate>", "AAAA</X509Certificate>");
    let two = signed.replace("<X509Certificate>", &format!("{certificate}<X509Certificate>"));
    refused(&two, "Multiple certificates detected");
    let unreadable = signed.replace("<X509Certificate>", "<X509Certificate>AAAA");
    refused(&unreadable, "Invalid certificate");
}

#[test]
fn signed_info_is_compared_octet_for_octet() {
    let signed = sign(MESSAGE, &signer());
    for (from, to) in [
        ("<Reference>", "<Reference URI=\"\">"),
        ("<Transforms>", "<Transforms><Transform Algorithm=\"urn:x\"/>"),
        ("<SignedInfo>", "<SignedInfo Id=\"a\">"),
        ("<DigestValue>", "<DigestValue>\n"),
    ] {
        let changed = signed.replace(from, to);
        assert_ne!(changed, signed);
        let report = refused(&changed, "Signature is invalid");
        assert!(failed(&report).contains(&"content"));
    }
}

/// Signed by the right person with the right key, but not in the one form there is.
#[test]
fn another_signed_info_is_refused_even_when_it_is_signed() {
    let signed = sign(MESSAGE, &signer());
    let from = signed.find("<SignatureValue>").unwrap() + "<SignatureValue>".len();
    let to = signed.find("</SignatureValue>").unwrap();
    let prescription = Prescription::read(MESSAGE.as_bytes()).unwrap();
    let prepared = prescription.prepare(Key::rsa().algorithm()).unwrap();
    let other = text(prepared.to_be_signed()).replace("<Reference>", "<Reference URI=\"\">");
    let value = Key::rsa().sign(other.as_bytes());
    let value = <base64ct::Base64 as base64ct::Encoding>::encode_string(&value);
    let changed = format!("{}{value}{}", &signed[..from], &signed[to..])
        .replace("<Reference>", "<Reference URI=\"\">");
    refused(&changed, "Signature doesn't match prescription");
}

#[test]
fn the_algorithm_is_named_and_strong() {
    let signed = sign(MESSAGE, &signer());
    for to in ["http://www.w3.org/2000/09/xmldsig#rsa-sha1", "urn:x"] {
        let changed = signed.replace("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", to);
        refused(&changed, "Signature algorithm is not accepted");
    }
    let elliptic = Authority::new().issue(&Profile::content(TOM), &Key::p256(3).spki());
    refused(&sign(MESSAGE, &elliptic), "Signature algorithm is not accepted");
}

#[test]
fn a_short_key_needs_the_switch() {
    let mut random = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
    let key = Key::Rsa(rsa::PrivateKey::new(&mut random, 1024).unwrap());
    let certificate = Authority::new().issue(&Profile::content(TOM), &key.spki());
    let signed = sign_with(&key, MESSAGE, &certificate);
    refused(&signed, "Signature algorithm is not accepted");
    // The one for SHA-1 is another.
    let sha1 = VerifyOptions { legacy_sha1: true, ..options() };
    assert_eq!(
        judge(&signed, &sha1).reason.as_deref(),
        Some("Signature algorithm is not accepted")
    );
    let short = VerifyOptions { legacy_rsa_1024: true, ..options() };
    assert_eq!(judge(&signed, &short).verdict, Verdict::Valid);
}

#[test]
fn sha_1_is_valid_by_the_switch_alone() {
    let signed = sign_by_sha1(MESSAGE, &signer());
    assert!(signed.contains("#rsa-sha1\"") && !signed.contains("sha256"));
    refused(&signed, "Signature algorithm is not accepted");
    // The one for short keys is another.
    let short = VerifyOptions { legacy_rsa_1024: true, ..options() };
    let report = judge(&signed, &short);
    assert_eq!(report.reason.as_deref(), Some("Signature algorithm is not accepted"));
    let sha1 = VerifyOptions { legacy_sha1: true, ..options() };
    let report = judge(&signed, &sha1);
    assert_eq!((report.reason.as_deref(), report.verdict), (None, Verdict::Valid));
    let names: Vec<_> = report.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, CHECKS);
    assert_eq!(base64(&report.digest.unwrap()).len(), 20);
    // It admits nothing else.
    let changed = signed.replace("three times a day", "nine times a day");
    let report = judge(&changed, &sha1);
    assert_eq!(report.reason.as_deref(), Some("Signature doesn't match prescription"));
    let (head, value) = signed.split_once("<SignatureValue>").unwrap();
    let other = if value.starts_with('A') { "B" } else { "A" };
    let report = judge(&format!("{head}<SignatureValue>{other}{}", &value[1..]), &sha1);
    assert_eq!(report.reason.as_deref(), Some("Signature is invalid"));
}

#[test]
fn the_certificate_is_for_content_commitment() {
    let login = Profile { policy: Some(CONTENT_POLICY), ..Profile::login(TOM) };
    refused(&sign(MESSAGE, &issue(&login)), "Certificate is not for content commitment");
    let other_policy = Profile { policy: None, ..Profile::content(TOM) };
    let signed = sign(MESSAGE, &issue(&other_policy));
    refused(&signed, "Certificate policy is not one that is required");
    let any = VerifyOptions { required_policies: Vec::new(), ..options() };
    assert_eq!(judge(&signed, &any).verdict, Verdict::Valid);
}

#[test]
fn the_certificate_is_trusted() {
    let other = Authority { key: Key::p256(0x52), name: "Test Signing CA" };
    let signed = sign(MESSAGE, &other.issue(&Profile::content(TOM), &Key::rsa().spki()));
    refused(&signed, "Certificate not trusted");
    let nobody = VerifyOptions { anchors: Vec::new(), ..options() };
    let report = judge(&sign(MESSAGE, &signer()), &nobody);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert_eq!(report.reason.as_deref(), Some("Certificate not trusted"));
}

#[test]
fn the_certificate_was_valid_at_the_time_of_signing() {
    let profiles = [
        Profile { not_after: "261123092959Z", ..Profile::content(TOM) },
        Profile { not_before: "261123093001Z", ..Profile::content(TOM) },
        // Strictly inside: neither the first nor the last second is.
        Profile { not_after: "261123093000Z", ..Profile::content(TOM) },
        Profile { not_before: "261123093000Z", ..Profile::content(TOM) },
    ];
    for profile in profiles {
        refused(&sign(MESSAGE, &issue(&profile)), "Certificate expired when signed");
    }
}

#[test]
fn the_time_of_signing_is_not_in_the_future() {
    let signed = sign(&MESSAGE.replace("20261123093000", "20261123093600"), &signer());
    refused(&signed, "The time of signing lies in the future");
}

#[test]
fn revocation_counts_from_its_date_on() {
    let list = |entries: &[(u8, &str)]| VerifyOptions {
        crls: vec![crl(&Authority::new().revocation_list(entries))],
        ..options()
    };
    let signed = sign(MESSAGE, &signer());
    let report = judge(&signed, &list(&[(7, "261123093000Z")]));
    assert_eq!(report.verdict, Verdict::Invalid);
    assert_eq!(report.reason.as_deref(), Some("Certificate is revoked"));
    assert_eq!(judge(&signed, &list(&[(7, "261123093001Z")])).verdict, Verdict::Valid);
    assert_eq!(judge(&signed, &list(&[(8, "261001000000Z")])).verdict, Verdict::Valid);
}

/// An authority between the signer's and the anchor is asked after as well.
#[test]
fn below_a_revoked_authority_nothing_is_valid() {
    let root = Authority { key: Key::p256(0x53), name: "Test Root CA" };
    let between = Authority::new();
    let profile =
        Profile { serial: 5, usage: 0x06, authority: true, ..Profile::content(between.name) };
    let certificate = root.issue(&profile, &between.key.spki());
    let signed = sign(MESSAGE, &signer());
    let with = |lists: &[Vec<u8>]| {
        let below = between.revocation_list(&[]);
        let crls = lists.iter().chain([&below]).map(|list| crl(list)).collect();
        let options = VerifyOptions {
            anchors: vec![Certificate::from_der(&root.certificate()).unwrap()],
            intermediates: vec![Certificate::from_der(&certificate).unwrap()],
            crls,
            ..options()
        };
        let report = judge(&signed, &options);
        (report.verdict, report.reason)
    };
    let said = |reason: &str| Some(reason.to_owned());
    assert_eq!(with(&[root.revocation_list(&[])]), (Verdict::Valid, None));
    let revoked = root.revocation_list(&[(5, "261101000000Z")]);
    let is_revoked = (Verdict::Invalid, said("CA certificate is revoked"));
    assert_eq!(with(std::slice::from_ref(&revoked)), is_revoked);
    // An older list that has nothing of it does not help.
    assert_eq!(with(&[root.revocation_list(&[]), revoked]), is_revoked);
    let unknown = (Verdict::Indeterminate, said("Revocation is unknown"));
    let stale = root.revocation_list_until("261123092500Z", &[]);
    assert_eq!(with(&[]), unknown);
    assert_eq!(with(&[stale]), unknown);
}

#[test]
fn without_current_revocation_the_verdict_is_indeterminate() {
    let signed = sign(MESSAGE, &signer());
    let stale = Authority::new().revocation_list_until("261123092500Z", &[]);
    let forged = Authority { key: Key::p256(0x52), name: "Test Signing CA" }.revocation_list(&[]);
    for crls in [Vec::new(), vec![crl(&stale)], vec![crl(&forged)]] {
        let report = judge(&signed, &VerifyOptions { crls, ..options() });
        assert_eq!(report.verdict, Verdict::Indeterminate);
        assert_eq!(report.reason.as_deref(), Some("Revocation is unknown"));
        assert_eq!(failed(&report), ["revocation"]);
        assert_eq!(report.crl_age_seconds, None);
    }
    // What is known to be wrong stays wrong.
    let changed = signed.replace("three times a day", "nine times a day");
    let report = judge(&changed, &VerifyOptions { crls: Vec::new(), ..options() });
    assert_eq!(report.verdict, Verdict::Invalid);
}

#[test]
fn the_signer_is_the_author() {
    let amira = issue(&Profile::content("555000000101_Amira_Okafor"));
    let report = refused(&sign(MESSAGE, &amira), "The signer is not the prescription's author");
    let detail = report.checks.last().unwrap().detail.as_deref().unwrap();
    assert!(detail.ends_with("author 555000000102, signer 555000000101"), "{detail}");
    refused(
        &sign(MESSAGE, &issue(&Profile::content("Tom Lindqvist"))),
        "The signer is not the prescription's author",
    );
    // Without the author's user id nobody can tell.
    let by_code = MESSAGE.replace("1.2.826.0.1285.0.2.0.65", "1.2.826.0.1285.0.2.1.54");
    let report = judge(&sign(&by_code, &amira), &options());
    assert_eq!(report.verdict, Verdict::Indeterminate);
    assert_eq!(report.reason.as_deref(), Some("Whether the signer is the author is unknown"));
    assert_eq!(failed(&report), ["signer"]);
}

#[test]
fn answers_decide_and_missing_ones_count_against() {
    let signed = sign(MESSAGE, &signer());
    let pending = || verify(signed.as_bytes(), &options());
    assert_eq!(pending().obligations().len(), 3);
    assert_eq!(pending().conclude(&[true, true, true]).verdict, Verdict::Valid);
    assert_eq!(
        pending().conclude(&[false, true, true]).reason.as_deref(),
        Some("Signature is invalid")
    );
    assert_eq!(pending().conclude(&[]).verdict, Verdict::Invalid);
    let most = pending().conclude(&[true]);
    assert_eq!(most.reason.as_deref(), Some("Certificate not trusted"));
}

#[test]
fn what_is_no_prescription_is_invalid() {
    for message in ["", "<a/>", "<!DOCTYPE a><a/>"] {
        let report = judge(message, &options());
        assert_eq!(report.verdict, Verdict::Invalid);
        assert_eq!(failed(&report), ["prescription"]);
    }
}

fn signer() -> Vec<u8> {
    issue(&Profile::content(TOM))
}

fn issue(profile: &Profile) -> Vec<u8> {
    Authority::new().issue(profile, &Key::rsa().spki())
}

fn sign(message: &str, certificate: &[u8]) -> String {
    sign_with(&Key::rsa(), message, certificate)
}

fn sign_with(key: &Key, message: &str, certificate: &[u8]) -> String {
    let prescription = Prescription::read(message.as_bytes()).unwrap();
    let prepared = prescription.prepare(key.algorithm()).unwrap();
    let signature = prepared.assemble(&key.sign(prepared.to_be_signed()), certificate);
    String::from_utf8(embed(message.as_bytes(), &signature).unwrap()).unwrap()
}

/// As no card is asked to.
fn sign_by_sha1(message: &str, certificate: &[u8]) -> String {
    let Key::Rsa(key) = Key::rsa() else { panic!("not RSA") };
    let prescription = Prescription::read(message.as_bytes()).unwrap();
    let prepared = prescription.prepare(SignatureAlgorithm::RsaPkcs1Sha1).unwrap();
    let info = [&DIGEST_INFO[..], &DigestMethod::Sha1.digest(prepared.to_be_signed())].concat();
    let value = key.sign(rsa::Pkcs1v15Sign::new_unprefixed(), &info).unwrap();
    let signature = prepared.assemble(&value, certificate);
    String::from_utf8(embed(message.as_bytes(), &signature).unwrap()).unwrap()
}

fn base64(text: &str) -> Vec<u8> {
    <base64ct::Base64 as base64ct::Encoding>::decode_vec(text).unwrap()
}

fn judge(signed: &str, options: &VerifyOptions) -> Report {
    verify(signed.as_bytes(), options).discharge()
}

fn refused(signed: &str, reason: &str) -> Report {
    let report = judge(signed, &options());
    assert_eq!(report.verdict, Verdict::Invalid, "{reason}");
    assert_eq!(report.reason.as_deref(), Some(reason));
    report
}

fn failed(report: &Report) -> Vec<&str> {
    report.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect()
}

fn options() -> VerifyOptions {
    let authority = Authority::new();
    VerifyOptions {
        anchors: vec![Certificate::from_der(&authority.certificate()).unwrap()],
        intermediates: Vec::new(),
        crls: vec![crl(&authority.revocation_list(&[]))],
        required_policies: vec![CONTENT_POLICY],
        time: UnixTime::from_seconds(NOW),
        timestamp_anchors: Vec::new(),
        ocsp_answers: Vec::new(),
        legacy_sha1: false,
        legacy_rsa_1024: false,
    }
}

fn crl(der: &[u8]) -> Crl {
    Crl::from_der(der).unwrap()
}

const CHECKS: [&str; 13] = [
    "format",
    "oneCertificate",
    "certificate",
    "algorithm",
    "signature",
    "content",
    "revocation",
    "validity",
    "trust",
    "usage",
    "policy",
    "signingTime",
    "signer",
];
const FORMAT: &str = "Invalid signature format";
const TOM: &str = "555000000102_Tom_Lindqvist";
/// What stands before a SHA-1 digest in a signature (RFC 8017, section 9.2).
const DIGEST_INFO: [u8; 15] = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
