//! CMS and JWS of other implementations: which of them hold, and which are refused on purpose and why.
//! The folder of vectors comes from the environment variable `WARDKEY_VECTORS`; without it, each test
//! says by name that it was skipped.
#![cfg(all(feature = "native", feature = "verify"))]
// What the lint admits in test functions, it does not in what they call.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use wardkey_pki::UnixTime;
use wardkey_signatures::{VerifyOptions, file};

#[test]
fn cms_of_others_holds_or_is_refused_on_purpose() {
    let Some(folder) = std::env::var_os("WARDKEY_VECTORS").map(PathBuf::from) else {
        println!(
            "skipped: cms_of_others_holds_or_is_refused_on_purpose (WARDKEY_VECTORS is not set)"
        );
        return;
    };
    let mut table = BTreeMap::new();
    for path in files(&folder.join("cades")) {
        let octets = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Certificates, texts and parts of structures stand beside them.
        if octets.first() == Some(&0x30) || name.ends_with(".bin") {
            table.insert(name, outcome(&octets));
        }
    }
    for (name, outcome) in &table {
        println!("{name:<40} {outcome}");
    }
    assert_eq!(table["cms_ber.bin"], table["cms_der.bin"], "BER says the same as DER");
    for (name, reason) in EXPECTED {
        assert!(table[*name].contains(reason), "{name}: {}", table[*name]);
    }
}

/// What becomes of a file as far as its authority, which is not trusted here, does not matter.
fn outcome(octets: &[u8]) -> String {
    let options = VerifyOptions {
        anchors: Vec::new(),
        intermediates: Vec::new(),
        timestamp_anchors: Vec::new(),
        crls: Vec::new(),
        required_policies: Vec::new(),
        time: UnixTime::from_seconds(1_795_426_200),
        ocsp_answers: Vec::new(),
        legacy_sha1: true,
        legacy_rsa_1024: true,
    };
    let report = file::verify(octets, None, &options).discharge();
    let own = |name: &str| !matches!(name, "revocation" | "validity" | "trust" | "usage");
    match report.checks.iter().find(|check| !check.passed && own(&check.name)) {
        Some(check) => {
            format!("refused: {}: {}", check.name, check.detail.as_deref().unwrap_or_default())
        }
        None => "holds".to_owned(),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A part of the outcome of each, which is on purpose.
const EXPECTED: &[(&str, &str)] = &[
    ("cms_ber.bin", "holds"),
    ("cms_der.bin", "holds"),
    // Plain CMS names its certificate nowhere under the signature.
    ("scep_der.bin", "signingCertificate"),
    ("sd.cms", "signingCertificate"),
    ("pkits.p7b", "not exactly one signer"),
    ("pkits_ee.p7b", "not exactly one signer"),
    ("apple_mdm_signature_der.bin", "not a SignedData"),
    ("authroot.stl.sd", "not a SignedData"),
    ("compressed_data.bin", "not a SignedData"),
    ("digested_data.bin", "not a SignedData"),
    ("signer_info_sequence_not_set.bin", "not a SignedData"),
];
