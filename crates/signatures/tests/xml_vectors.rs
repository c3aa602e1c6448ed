//! XML signatures of other implementations: which of them hold, and which are refused on purpose and
//! why. The folder of vectors comes from the environment variable `WARDKEY_VECTORS`; without it, each
//! test says by name that it was skipped.
// What the lint admits in test functions, it does not in what they call.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use wardkey_crypto::KeyKind;
use wardkey_pki::{Certificate, UnixTime};
use wardkey_signatures::{VerifyOptions, xades};
use wardkey_xml::{
    Document, Limits,
    dsig::{self, Detached, DsigError, Signature},
};

#[test]
fn signatures_of_the_interoperability_suites_hold_or_are_refused_on_purpose() {
    let name = "signatures_of_the_interoperability_suites_hold_or_are_refused_on_purpose";
    let Some(folder) = vectors(name) else { return };
    let keys = keys(&folder.join("xmldsig/keys"));
    let mut table = Table::default();
    for suite in ["xmldsig", "xades/signxml/test/interop"] {
        for file in files(&folder.join(suite)) {
            let outcome = outcome(&file, &folder, &keys);
            table.row(file.strip_prefix(&folder).unwrap(), &outcome);
        }
    }
    table.print();
    for (name, outcome) in &table.rows {
        assert!(!name.contains("invalid") || outcome != HOLDS, "{name}");
        assert_ne!(outcome, "WRONG", "{name}: the digests are right, and no key is");
    }
    assert_eq!(table.count(HOLDS), 40, "what held does not any more, or more does");
}

#[test]
fn xades_signatures_of_others_hold_or_are_refused_on_purpose() {
    let Some(folder) = vectors("xades_signatures_of_others_hold_or_are_refused_on_purpose") else {
        return;
    };
    let mut table = Table::default();
    for file in files(&folder.join("xades/signxml/test/xades")) {
        let octets = fs::read(&file).unwrap();
        let report = xades::verify(&octets, None, &options()).discharge();
        // Their authorities are not trusted here, and their lists are of long ago.
        let own = |name: &str| !matches!(name, "revocation" | "validity" | "trust" | "usage");
        let failed = report.checks.iter().find(|check| !check.passed && own(&check.name));
        let outcome = failed.map_or_else(
            || HOLDS.to_owned(),
            |check| format!("refused: {}", check.detail.clone().unwrap_or_default()),
        );
        table.row(Path::new(file.file_name().unwrap()), &outcome);
    }
    table.print();
    for wrong in [
        "dss-signed-altered-signedPropsRemoved.xml",
        "nonconformant-dss-signed-altered-refRemoved.xml",
        "xades-sign-cert-v2-wrong-digest.xml",
        "xades-unsupported-signature-algorithm.xml",
        "xades-wrong-sign-cert-digest.xml",
    ] {
        assert_ne!(table.rows[wrong], HOLDS, "{wrong}");
    }
    assert_eq!(table.count(HOLDS), 34, "what held does not any more, or more does");
}

/// What becomes of the first signature of a file: its references, and its value by any key known.
fn outcome(file: &Path, folder: &Path, keys: &[Vec<u8>]) -> String {
    let refused = |error: &dyn std::fmt::Display| format!("refused: {error}");
    let octets = fs::read(file).unwrap();
    let document = match Document::parse(&octets, &Limits::DEFAULT) {
        Ok(document) => document,
        Err(error) => return refused(&error),
    };
    let Some(element) = document.elements().find(|e| e.is(dsig::NAMESPACE, "Signature")) else {
        return "no signature".to_owned();
    };
    let signature = match Signature::read(element) {
        Ok(signature) => signature,
        Err(error) => return refused(&error),
    };
    for reference in signature.references() {
        let name = reference.uri().and_then(|uri| uri.rsplit('/').next()).unwrap_or_default();
        let outside = fs::read(folder.join("xmldsig/external-data").join(name)).ok();
        let detached = outside.as_deref().map(Detached::Octets);
        match reference.check(&signature, detached) {
            Ok(_) => {}
            Err(DsigError::OtherElement) => return "its document is not at hand".to_owned(),
            Err(error) => return refused(&error),
        }
    }
    let own = signature.certificates().iter().filter_map(|der| Certificate::from_der(der).ok());
    let own: Vec<Certificate> = own.collect();
    let candidates = own.iter().map(|certificate| certificate.spki().to_vec());
    let kind = signature.algorithm().key_kind();
    let mut right =
        candidates.chain(keys.iter().cloned()).filter(|spki| KeyKind::of_spki(spki) == Some(kind));
    if right.any(|spki| signature.obligation(&spki).unwrap().discharge()) {
        return HOLDS.to_owned();
    }
    // Keys in KeyValue are not read, for nobody vouches for them.
    if own.is_empty() {
        return "its key is not at hand".to_owned();
    }
    let of_kind: Vec<_> = own.iter().filter(|one| one.key_kind() == Some(kind)).collect();
    let length = signature.obligation(&[]).unwrap().signature.len();
    if of_kind.is_empty() {
        return refused(&"the hash is not that of the key's curve");
    }
    match kind {
        KeyKind::Rsa if length < 128 => refused(&"the RSA key is too short"),
        KeyKind::EcP256 if length != 64 => refused(&"the value is not r || s"),
        KeyKind::EcP521 if length != 132 => refused(&"the value is not r || s"),
        _ => "WRONG".to_owned(),
    }
}

#[derive(Default)]
struct Table {
    rows: BTreeMap<String, String>,
}

impl Table {
    fn row(&mut self, name: &Path, outcome: &str) {
        self.rows.insert(name.display().to_string(), outcome.to_owned());
    }

    fn count(&self, outcome: &str) -> usize {
        self.rows.values().filter(|other| *other == outcome).count()
    }

    fn print(&self) {
        for (name, outcome) in &self.rows {
            println!("{name:<80} {outcome}");
        }
        println!("{} of {} hold", self.count(HOLDS), self.rows.len());
    }
}

/// Every public key of a folder.
fn keys(folder: &Path) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            keys.extend(self::keys(&path));
            continue;
        }
        let octets = fs::read(&path).unwrap();
        let certificate = Certificate::from_der(&octets);
        match certificate.or_else(|_| Certificate::from_pem(&octets)) {
            Ok(certificate) => keys.push(certificate.spki().to_vec()),
            Err(_) if KeyKind::of_spki(&octets).is_some() => keys.push(octets),
            Err(_) => {}
        }
    }
    keys
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            files.push(path);
        }
    }
    files
}

fn options() -> VerifyOptions {
    VerifyOptions {
        anchors: Vec::new(),
        intermediates: Vec::new(),
        timestamp_anchors: Vec::new(),
        crls: Vec::new(),
        required_policies: Vec::new(),
        time: UnixTime::from_seconds(1_795_426_200),
        ocsp_answers: Vec::new(),
        legacy_sha1: true,
        legacy_rsa_1024: true,
    }
}

fn vectors(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("WARDKEY_VECTORS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: {test} (WARDKEY_VECTORS is not set)");
    }
    folder
}

const HOLDS: &str = "holds";
