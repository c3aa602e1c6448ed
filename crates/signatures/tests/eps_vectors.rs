//! Prescriptions signed by other implementations. The folder of vectors comes from the environment
//! variable `WARDKEY_VECTORS`; without it, each test says by name that it was skipped.
// What the lint admits in test functions, it does not in what they call.
#![allow(clippy::unwrap_used)]

use std::{fs, path::PathBuf};

use base64ct::{Base64, Encoding as _};
use wardkey_signatures::eps::{EpsError, Prescription};
use wardkey_xml::dsig::DigestMethod;

#[test]
fn fragments_are_those_of_other_implementations() {
    let Some(folder) = vectors("fragments_are_those_of_other_implementations") else { return };
    for (message, fragments) in FRAGMENTS {
        let prescription = Prescription::read(&read(&folder, message)).unwrap();
        let expected = read(&folder, fragments);
        let (ours, theirs) = (text(prescription.fragments()), text(&expected));
        assert_eq!(ours, theirs, "{message}");
    }
}

#[test]
fn digests_are_those_that_were_signed() {
    let Some(folder) = vectors("digests_are_those_that_were_signed") else { return };
    for vector in expected(&folder) {
        let file = vector["file"].as_str().unwrap();
        let prescription = Prescription::read(&read(&folder, file)).unwrap();
        let method = DigestMethod::from_uri(vector["digest_method"].as_str().unwrap()).unwrap();
        let digest = Base64::encode_string(&method.digest(prescription.fragments()));
        assert_eq!(digest, vector["digest_calculated"], "{file}");
        assert_eq!(digest == vector["digest_value"], vector["digest_ok"] == true, "{file}");
    }
}

#[test]
fn the_worked_case_has_its_published_digest() {
    let Some(folder) = vectors("the_worked_case_has_its_published_digest") else { return };
    let message = read(&folder, "SignatureAlgorithmSha256.unwrapped.xml");
    let prescription = Prescription::read(&message).unwrap();
    let digest = DigestMethod::Sha256.digest(prescription.fragments());
    assert_eq!(Base64::encode_string(&digest), "bHRfI3bwh4IbqBgUoVh9DCZjIyN+WjZWBVIWNAtsMYU=");
    let summary = prescription.summary();
    assert_eq!(summary.items.len(), 1);
    assert_eq!(summary.items[0].name, "Sucralfate 1g/5ml oral suspension sugar free");
    assert_eq!(summary.items[0].quantity, "560 ml");
    assert_eq!(summary.items[0].dose, "As Directed");
    assert!(summary.items[0].instructions.as_deref().unwrap().contains("call the practice"));
    assert_eq!(summary.date.as_deref(), Some("2023-04-21T12:04:00Z"));
}

#[test]
fn what_is_signed_is_not_signed_again() {
    let Some(folder) = vectors("what_is_signed_is_not_signed_again") else { return };
    let prescription = Prescription::read(&read(&folder, "ValidSignature.xml")).unwrap();
    assert!(prescription.is_signed());
    let again = prescription.prepare(wardkey_crypto::SignatureAlgorithm::RsaPkcs1Sha256);
    assert_eq!(again.err(), Some(EpsError::AlreadySigned));
}

#[cfg(all(feature = "verify", feature = "native"))]
mod verified {
    use std::collections::BTreeSet;

    use wardkey_pki::{
        AlgorithmPolicy, Certificate, Crl, PathError, PathRequest, Purpose, Revocation, UnixTime,
    };
    use wardkey_signatures::{
        eps::{VerifyOptions, verify},
        report::{
            Report,
            Verdict::{self, Indeterminate, Invalid},
        },
    };

    use super::*;

    /// Nobody has the lists of these authorities any more, so none of them is valid; what they can
    /// show is which check fails first.
    #[test]
    fn signatures_have_the_outcome_of_other_implementations() {
        let Some(folder) = vectors("signatures_have_the_outcome_of_other_implementations") else {
            return;
        };
        for vector in expected(&folder) {
            let file = vector["file"].as_str().unwrap();
            let report = judge(&folder, file, true);
            let holds = |name: &str| report.checks.iter().find(|c| c.name == name).unwrap().passed;
            assert_eq!(holds("content"), vector["digest_ok"] == true, "{file}");
            assert_eq!(holds("signature"), vector["signature_value_ok"] == true, "{file}");
            assert!(!report.is_valid(), "{file}");
            let reason = report.reason.unwrap_or_default();
            println!("{file:<44} {:?}: {reason}", report.verdict);
            let right = OUTCOMES.iter().find(|(name, ..)| *name == file);
            let (_, verdict, right) =
                *right.unwrap_or_else(|| panic!("{file} is not in the table"));
            assert_eq!((report.verdict, reason.as_str()), (verdict, right), "{file}");
        }
    }

    /// In the order of the service's own verification: the RSA signature before the digest.
    const OUTCOMES: [(&str, Verdict, &str); 5] = [
        ("SignatureDoesNotMatchPrescription.xml", Invalid, "Signature is invalid"),
        ("SignatureIsInvalid.xml", Invalid, "Signature is invalid"),
        ("ValidSignature.xml", Invalid, "Certificate not trusted"),
        ("release_success.xml", Indeterminate, "Revocation is unknown"),
        ("repeat_dispensing_release_success.xml", Invalid, "Certificate not trusted"),
    ];

    #[test]
    fn rsa_with_sha_256_holds() {
        let Some(folder) = vectors("rsa_with_sha_256_holds") else { return };
        let report = judge(&folder, "SignatureAlgorithmSha256.unwrapped.xml", false);
        let passed: Vec<_> =
            report.checks.iter().filter(|c| c.passed).map(|c| c.name.as_str()).collect();
        assert!(passed.contains(&"signature") && passed.contains(&"content"), "{report:?}");
        assert_eq!(report.reason.as_deref(), Some("Certificate not trusted"));
        assert_eq!(report.verdict, Invalid);
        assert_eq!(report.signer.unwrap().user_id.as_deref(), Some("555073168108"));
    }

    #[test]
    fn what_was_signed_is_the_published_signed_info() {
        let Some(folder) = vectors("what_was_signed_is_the_published_signed_info") else { return };
        let file = "SignatureAlgorithmSha256.unwrapped.xml";
        let pending = verify(&read(&folder, file), &options(&folder, false));
        let ours = &pending.obligations()[0].message;
        let theirs = read(&folder, SIGNED_INFO);
        assert_eq!(text(ours), text(&theirs));
    }

    /// In the middle of each one's validity; OpenSSL finds the same issuers.
    #[test]
    fn certificates_are_good_for_what_they_say() {
        let Some(folder) = vectors("certificates_are_good_for_what_they_say") else { return };
        let certificate = |name: &str| {
            let octets = read(&folder, name);
            let certificate = Certificate::from_der(&octets);
            certificate.or_else(|_| Certificate::from_pem(octets)).unwrap()
        };
        let anchors = AUTHORITIES.map(certificate);
        let list = Crl::from_pem(read(&folder, LIST)).unwrap();
        // The mock authority's list has the other authority of that name, and is not by it.
        let [.., mock, revoked] = &anchors;
        let signed_by = |authority: &Certificate| list.obligation(authority).unwrap().discharge();
        assert!(signed_by(mock) && !signed_by(revoked));
        assert!(list.entry(revoked.serial()).is_some() && list.entry(mock.serial()).is_none());
        for (end, wrong) in CERTIFICATES {
            let name = named_by(&folder, end);
            let certificate = certificate(&name);
            let [from, to] = [certificate.not_before(), certificate.not_after()];
            let time = UnixTime::from_seconds(from.seconds().midpoint(to.seconds()));
            let revocation = Revocation::required(vec![list.clone()]);
            let purpose = Purpose::ContentCommitment;
            let request =
                PathRequest::new(certificate, anchors.to_vec(), time, purpose, revocation);
            let judged = |request: PathRequest| {
                let report = request.start().discharge();
                report.errors().map(|error| named(&error)).collect::<Vec<_>>()
            };
            assert_eq!(judged(request.clone()).join(" "), wrong, "{name}");
            let admitting = AlgorithmPolicy { legacy_sha1: true, legacy_rsa_1024: true };
            let others: Vec<_> = wrong.split(' ').filter(|name| *name != "weak").collect();
            assert_eq!(judged(request.with_algorithms(admitting)), others, "{name}");
        }
    }

    #[test]
    fn every_file_is_judged_or_has_a_reason() {
        let Some(folder) = vectors("every_file_is_judged_or_has_a_reason") else { return };
        let mut left: BTreeSet<String> = files(&folder, "").into_iter().collect();
        let of_fragments = FRAGMENTS.iter().flat_map(|(message, fragments)| [message, fragments]);
        let of_outcomes = OUTCOMES.iter().map(|(name, ..)| name);
        let of_certificates = CERTIFICATES.map(|(end, _)| named_by(&folder, end));
        let known = of_fragments
            .chain(of_outcomes)
            .chain(&AUTHORITIES)
            .chain([&SIGNED_INFO, &LIST])
            .chain(NOT_JUDGED.iter().map(|(name, _)| name));
        let known = known.map(|name| (*name).to_owned()).chain(of_certificates);
        let known: BTreeSet<String> = known.collect();
        let missing: Vec<_> = known.difference(&left).collect();
        assert!(missing.is_empty(), "not there: {missing:?}");
        left.retain(|name| !known.contains(name));
        assert!(left.is_empty(), "not judged: {left:?}");
    }

    /// The one file whose name ends so.
    fn named_by(folder: &std::path::Path, end: &str) -> String {
        let mut named = files(folder, "").into_iter().filter(|name| name.ends_with(end));
        named.next().unwrap_or_else(|| panic!("no file {end}"))
    }

    fn files(folder: &std::path::Path, under: &str) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let each = |entry: fs::DirEntry| {
            let name = format!("{under}{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                true => files(&entry.path(), &format!("{name}/")),
                false => vec![name],
            }
        };
        entries.flat_map(each).collect()
    }

    fn named(error: &PathError) -> &'static str {
        match error {
            PathError::RevocationUnknown { .. } => "revocation",
            PathError::Untrusted => "untrusted",
            PathError::WeakAlgorithm { .. } => "weak",
            PathError::WrongUsage { .. } => "usage",
            other => panic!("{other}"),
        }
    }

    #[test]
    fn sha_1_needs_the_switch() {
        let Some(folder) = vectors("sha_1_needs_the_switch") else { return };
        let report = judge(&folder, "ValidSignature.xml", false);
        assert_eq!(report.reason.as_deref(), Some("Signature algorithm is not accepted"));
        assert_eq!(report.verdict, Invalid);
    }

    /// The authority of this one is at hand, its revocation lists are not.
    #[test]
    fn without_revocation_lists_the_verdict_is_indeterminate() {
        let Some(folder) = vectors("without_revocation_lists_the_verdict_is_indeterminate") else {
            return;
        };
        let report = judge(&folder, "release_success.xml", true);
        let failed: Vec<_> =
            report.checks.iter().filter(|c| !c.passed).map(|c| c.name.as_str()).collect();
        // Its author is named by a professional code.
        assert_eq!(failed, ["revocation", "signer"], "{report:?}");
        assert_eq!(report.reason.as_deref(), Some("Revocation is unknown"));
        assert_eq!(report.verdict, Indeterminate);
    }

    fn judge(folder: &std::path::Path, file: &str, legacy: bool) -> Report {
        verify(&read(folder, file), &options(folder, legacy)).discharge()
    }

    fn options(folder: &std::path::Path, legacy: bool) -> VerifyOptions {
        let authority = fs::read(folder.join("certs/repo/NHS_INT_Level1D_Base64_pem.cer")).unwrap();
        VerifyOptions {
            anchors: vec![Certificate::from_pem(authority).unwrap()],
            intermediates: Vec::new(),
            crls: Vec::<Crl>::new(),
            required_policies: Vec::new(),
            time: UnixTime::from_seconds(1_795_426_200),
            timestamp_anchors: Vec::new(),
            ocsp_answers: Vec::new(),
            legacy_sha1: legacy,
            legacy_rsa_1024: legacy,
        }
    }

    const SIGNED_INFO: &str = "SignatureAlgorithmSha256.unwrapped.signedinfo.c14n.xml";
    /// Two authorities of the service's tests have one name.
    const AUTHORITIES: [&str; 4] = [
        "certs/repo/NHS_INT_Level1D_Base64_pem.cer",
        "certs/repo/subCA-dummy.crt",
        "certs/repo/ca.pem",
        "certs/repo/revokedCa.pem",
    ];
    const LIST: &str = "certs/repo/ca.crl";
    /// What speaks against each, by the authorities that are at hand and the one list. Those with people's
    /// names in theirs are named by the end, the first digits of their SHA-256.
    const CERTIFICATES: [(&str, &str); 17] = [
        ("0f7b534d.der", "untrusted usage"),
        ("179f556e.der", "untrusted"),
        ("25923abf.der", "untrusted"),
        ("914cafae.der", "weak revocation"),
        ("b5a925e4.der", "weak revocation"),
        ("d9bfea8c.der", "weak revocation"),
        ("73fca5fa.der", "untrusted weak"),
        ("58f99add.der", "untrusted"),
        ("8361ef84.der", "untrusted weak"),
        ("c1844326.der", "untrusted"),
        ("ea7f52e4.der", "untrusted weak usage"),
        ("93e02022.der", "untrusted usage"),
        ("2ff69800.der", "usage revocation"),
        ("e0725df7.der", "usage"),
        ("d18221d9.der", "untrusted"),
        ("certs/repo/x509-not-trusted-dummy.cer", "untrusted weak usage"),
        ("certs/repo/x509-trusted-dummy-cert.crt", "weak usage revocation"),
    ];
    const NOT_JUDGED: [(&str, &str); 3] = [
        ("certs/SOURCES.txt", "where they come from"),
        ("certs/repo/README.md", "the publisher's own words on them"),
        ("expected.json", "what the others are held against"),
    ];
}

fn vectors(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("WARDKEY_VECTORS").map(|path| PathBuf::from(path).join("eps"));
    if folder.is_none() {
        println!("skipped: {test} (WARDKEY_VECTORS is not set)");
    }
    folder
}

fn expected(folder: &std::path::Path) -> Vec<serde_json::Value> {
    serde_json::from_slice(&read(folder, "expected.json")).unwrap()
}

fn read(folder: &std::path::Path, file: &str) -> Vec<u8> {
    fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn text(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap()
}

const FRAGMENTS: [(&str, &str); 6] = [
    (
        "SignatureAlgorithmSha256.unwrapped.xml",
        "SignatureAlgorithmSha256.unwrapped.fragments.c14n.xml",
    ),
    (
        "SignatureDoesNotMatchPrescription.xml",
        "eps-hl7v3__SignatureDoesNotMatchPrescription.xml.0.fragments.c14n.xml",
    ),
    ("SignatureIsInvalid.xml", "eps-hl7v3__SignatureIsInvalid.xml.0.fragments.c14n.xml"),
    ("ValidSignature.xml", "eps-hl7v3__ValidSignature.xml.0.fragments.c14n.xml"),
    ("release_success.xml", "eps-hl7v3__release_success.xml.0.fragments.c14n.xml"),
    (
        "repeat_dispensing_release_success.xml",
        "eps-hl7v3__repeat_dispensing_release_success.xml.0.fragments.c14n.xml",
    ),
];
