//! XML signatures of other implementations: which of them hold, and which are refused on purpose and
//! why, a row each. The folder of vectors comes from the environment variable `WARDKEY_VECTORS`; without it, each
//! test says by name that it was skipped.
// What the lint admits in test functions, it does not in what they call.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use base64ct::{Base64, Encoding as _};
use wardkey_crypto::KeyKind;
use wardkey_pki::{Certificate, UnixTime};
use wardkey_signatures::{VerifyOptions, xades};
use wardkey_xml::{
    Document, Element, Limits,
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
        let is_right = !["invalid", "bad-"].iter().any(|wrong| name.contains(wrong));
        assert!(is_right || !outcome.starts_with(HOLDS), "{name}");
        assert_ne!(outcome, "WRONG", "{name}: the digests are right, and no key is");
    }
    assert_eq!(table.count(HOLDS), 40, "what held does not any more, or more does");
    assert_eq!(table.count(BY_BARE_KEY), 17, "what held does not any more, or more does");
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
        return refused(&"no signature");
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
            Err(DsigError::OtherElement) => return refused(&"its document is not at hand"),
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
    // We read no bare key, for nobody vouches for it; here it shows that the rest is right.
    let bare: Vec<_> = element.descendants().filter_map(bare_key).collect();
    if bare.iter().any(|spki| signature.obligation(spki).unwrap().discharge()) {
        return BY_BARE_KEY.to_owned();
    }
    if own.is_empty() {
        let of_kind = bare.iter().any(|spki| KeyKind::of_spki(spki) == Some(kind));
        return match (bare.is_empty(), of_kind) {
            (true, _) => refused(&"its key is not at hand"),
            (false, false) => refused(&"the hash is not that of the key's curve"),
            (false, true) => "WRONG".to_owned(),
        };
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

    /// Each row with its reason, which each has.
    fn print(&self) {
        for (name, outcome) in &self.rows {
            let known = PURPOSES.iter().find(|(part, _)| outcome.contains(part));
            let purpose = match known {
                Some((_, purpose)) => purpose,
                None if outcome == HOLDS => "",
                None => panic!("{name}: nobody says why: {outcome}"),
            };
            println!("{name:<80} {outcome:<60} {purpose}");
        }
        let bare = self.count(BY_BARE_KEY);
        println!("{} of {} hold, {bare} by bare keys", self.count(HOLDS), self.rows.len());
    }
}

/// The DER SubjectPublicKeyInfo of a key value, RSA or EC on a named curve, or one in DER (XML
/// Signature 1.1, section 4.5.2).
fn bare_key(element: Element<'_>) -> Option<Vec<u8>> {
    let octets = |element: Element<'_>| {
        let text: String = element.text().split_ascii_whitespace().collect();
        Base64::decode_vec(&text).ok()
    };
    let algorithm = |parts: &[&[u8]]| der(0x30, &parts.concat());
    let key = |algorithm: &[u8], key: &[u8]| {
        der(0x30, &[algorithm, &der(0x03, &[&[0], key].concat())].concat())
    };
    if element.is(dsig::NAMESPACE, "RSAKeyValue") {
        // In the fewest octets, and never negative.
        let number = |name| {
            let octets = octets(element.only_child(dsig::NAMESPACE, name)?)?;
            let sign: &[u8] = if octets.first()? & 0x80 == 0 { &[] } else { &[0] };
            Some(der(0x02, &[sign, &octets].concat()))
        };
        let numbers = [number("Modulus")?, number("Exponent")?].concat();
        Some(key(&algorithm(&[RSA, &[5, 0]]), &der(0x30, &numbers)))
    } else if element.is(XMLDSIG11, "ECKeyValue") {
        let curve = element.only_child(XMLDSIG11, "NamedCurve")?.attribute("URI")?;
        let (_, curve) = CURVES.iter().find(|(name, _)| *name == curve)?;
        let point = octets(element.only_child(XMLDSIG11, "PublicKey")?)?;
        Some(key(&algorithm(&[EC, curve]), &point))
    } else if element.is(XMLDSIG11, "DEREncodedKeyValue") {
        octets(element)
    } else {
        None
    }
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let header = match u16::try_from(content.len()).unwrap().to_be_bytes() {
        [0, length @ 0..128] => vec![tag, length],
        [0, length] => vec![tag, 0x81, length],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [&header, content].concat()
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
const BY_BARE_KEY: &str = "holds by its bare key";

/// Why an outcome with this in it is on purpose; the first counts.
const PURPOSES: &[(&str, &str)] = &[
    (BY_BARE_KEY, "refused by us: no certificate, so nobody says whose the key is"),
    ("#dsa-", "DSA: no card here has such a key"),
    ("hmac", "HMAC: who verifies could have made it, so that it shows no signer"),
    ("gost", "GOST: no card here has such a key"),
    ("eddsa", "EdDSA: no card here has such a key"),
    ("#ml-dsa", "ML-DSA: no card here has such a key"),
    ("slh-dsa", "SLH-DSA: no card here has such a key"),
    ("sha3-", "SHA-3: no format here asks for it"),
    ("sha224", "SHA-224: no format here asks for it"),
    ("md5", "MD5 is broken"),
    ("ripemd160", "RIPEMD-160: no format here asks for it"),
    ("ecdsa-sha1", "SHA-1, which only old RSA cards need"),
    ("sha1-rsa-MGF1", "SHA-1, which only old cards need, and those have PKCS#1 v1.5"),
    ("REC-xpath", "XPath: what an expression leaves out, nobody was shown"),
    ("xmldsig-filter2", "XPath: what an expression leaves out, nobody was shown"),
    ("REC-xslt", "XSLT: a program, and it says what was signed"),
    ("RelationshipTransform", "of office packages: it leaves out what it likes"),
    ("malformed signature: Algorithm", "a method with a parameter: HMAC cut short, or a context"),
    ("document type declaration", "it can define entities and attributes; never read"),
    ("not UTF-8", "one encoding, so that nobody reads another text"),
    ("RSA key is too short", "below 1024 bits, whatever the policy"),
    ("not r || s", "padded, or in DER: XML Signature has r || s"),
    ("not that of the key's curve", "a curve has its one hash, as cards have it"),
    ("digest does not match", "the vector was changed after it was signed"),
    ("malformed signature: DigestValue", "the vector was broken after it was signed"),
    ("key is not at hand", "it is elsewhere, by address, name or number; nothing is fetched"),
    ("document is not at hand", "it is elsewhere; nothing is fetched"),
    ("no signature", "a document of other vectors"),
    // Of XAdES.
    ("only a part of the document", "whatever a file holds beside its signature has to be signed"),
    ("Signed properties are not signed", "the vector lost their reference"),
    ("properties are of another signature", "their Target names another one"),
    ("Signing time is missing", "B-B has one (EN 319 132-1, section 6.3)"),
    ("Signing certificate is missing", "B-B names it, by a digest that can be read"),
    ("not the one that was signed", "the vector names another certificate"),
    ("Signature doesn't match document", "reformatted after it was signed; xmlsec1 finds the same"),
    ("not of the certificate's key", "brainpool: no card here has such a key"),
    ("1.2.840.10045.3.1.7", "the name of a curve in place of a method"),
];

/// The identifiers of algorithms and curves, DER.
const RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const CURVES: [(&str, &[u8]); 3] = [
    ("urn:oid:1.2.840.10045.3.1.7", &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
    ("urn:oid:1.3.132.0.34", &[6, 5, 0x2b, 0x81, 4, 0, 0x22]),
    ("urn:oid:1.3.132.0.35", &[6, 5, 0x2b, 0x81, 4, 0, 0x23]),
];
const XMLDSIG11: &str = "http://www.w3.org/2009/xmldsig11#";
