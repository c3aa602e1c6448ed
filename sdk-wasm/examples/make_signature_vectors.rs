//! Writes `docs/vectors/signatures.json`: the signed fixtures of each format, and what is wrong with
//! changed ones, each with the report that it has to have, for verifiers in any language.

use std::{error::Error, fs, path::Path};

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use wardkey_sdk::verification::{Options, RawSignature, of_document, of_file};

fn main() -> Result<(), Box<dyn Error>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("npm/test/fixtures");
    let octets = |name: &str| fs::read(fixtures.join(name));
    let pem = |name: &str| fs::read_to_string(fixtures.join(name));
    let trust = json!({"anchors": [pem("root.pem")?], "crls": [pem("root.crl")?]});
    let mut vectors = json!({"time": TIME, "trust": trust, "cases": []});

    let mut cases = Vec::new();
    for (name, document) in FILES {
        let file = Base64::encode_string(&octets(name)?);
        let document = document.map(&octets).transpose()?;
        let document = document.map(|document| Base64::encode_string(&document));
        cases.push(case(name, &file, document));
    }
    let of = |name: &str| cases.iter().find(|case| case["name"] == name).cloned();
    let note = of("note.p7m").ok_or("no note")?;
    let changed = |name: &str, member: &str, value: Value| {
        let mut case = note.clone();
        case["name"] = json!(name);
        case[member] = value;
        case
    };
    let mut others = vec![
        changed("no_list", "trust", json!({"crls": []})),
        changed("expired_since", "time", json!("2036-06-01T00:00:00Z")),
        changed("list_out_of_date", "time", json!("2036-12-01T00:00:00Z")),
        changed("revoked", "trust", json!({"crls": [pem("root-revoked.crl")?]})),
        changed("nobody_trusted", "trust", json!({"anchors": []})),
        changed("another_policy", "requiredPolicies", json!(["1.2.826.0.1275.102.0.3.2.0"])),
        changed("nothing_signed", "file", json!(Base64::encode_string(NOTE))),
    ];
    for (name, file, from, to) in CHANGED {
        let text = octets(file)?;
        let changed = replaced(&text, from.as_bytes(), to.as_bytes()).ok_or(*name)?;
        others.push(case(name, &Base64::encode_string(&changed), None));
    }
    let file = Base64::encode_string(&octets("note.p7s")?);
    others.push(case("no_document", &file, None));
    others.push(case("another_document", &file, Some(Base64::encode_string(b"Get up.\n"))));
    cases.extend(others);
    let raw = |name: &str, document: &[u8]| -> Result<Value, Box<dyn Error>> {
        Ok(json!({
            "name": name,
            "document": Base64::encode_string(document),
            "signature": Base64::encode_string(&octets("note.sig")?),
            "algorithm": "ES256",
            "certificate": pem("nurse.pem")?,
        }))
    };
    cases.push(raw("note.sig", NOTE)?);
    cases.push(raw("raw_of_another_document", b"Get up.\n")?);

    for case in &mut cases {
        case["report"] = report(&vectors, case)?;
        println!("{}: {} {}", case["name"], case["report"]["verdict"], case["report"]["reason"]);
    }
    vectors["cases"] = json!(cases);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors/signatures.json");
    Ok(fs::write(file, serde_json::to_string_pretty(&vectors)? + "\n")?)
}

fn case(name: &str, file: &str, document: Option<String>) -> Value {
    match document {
        Some(document) => json!({"name": name, "file": file, "document": document}),
        None => json!({"name": name, "file": file}),
    }
}

/// What this version finds of a case.
fn report(vectors: &Value, case: &Value) -> Result<Value, Box<dyn Error>> {
    let own = |name: &str| {
        let texts = case["trust"][name].as_array().or_else(|| vectors["trust"][name].as_array());
        texts.into_iter().flatten().filter_map(Value::as_str).map(of_pem).collect()
    };
    let time = case["time"].as_str().unwrap_or(TIME);
    let time = MOMENTS.iter().find(|(text, _)| *text == time).ok_or("time")?.1;
    let policies = case["requiredPolicies"].as_array().cloned().unwrap_or_default();
    let options = Options {
        anchors: own("anchors"),
        crls: own("crls"),
        required_policies: policies.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        time,
        ..Options::default()
    };
    let octets = |name: &str| {
        case[name]
            .as_str()
            .map(Base64::decode_vec)
            .transpose()
            .map_err(|_| format!("{name}: base64"))
    };
    let document = octets("document")?;
    let pending = if let Some(file) = octets("file")? {
        of_file(&file, document.as_deref(), options)?
    } else {
        let certificate = Base64::decode_vec(&of_pem(case["certificate"].as_str().ok_or("raw")?));
        let signed = RawSignature {
            document: &document.ok_or("raw")?,
            signature: &octets("signature")?.ok_or("raw")?,
            algorithm: case["algorithm"].as_str().ok_or("raw")?,
            certificate: &certificate.map_err(|_| "certificate")?,
            signed_at: None,
        };
        of_document(&signed, options)?
    };
    let answers: Vec<bool> = pending.obligations().iter().map(|one| one.discharge()).collect();
    Ok(serde_json::to_value(pending.conclude(&answers))?)
}

/// The octets of a PEM block, in base64.
fn of_pem(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

/// With the first of these octets replaced by as many others.
fn replaced(octets: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let at = octets.windows(from.len()).position(|window| window == from)?;
    Some([&octets[..at], to, &octets[at + from.len()..]].concat())
}

/// What was signed, and the document beside it.
const FILES: &[(&str, Option<&str>)] = &[
    ("prescription.xml", None),
    ("note.p7m", None),
    ("note.p7s", Some("note.txt")),
    ("note.jws", None),
    ("note-plain.jws", None),
    ("letter.xml", None),
    ("letter-beside.xml", Some("letter-unsigned.xml")),
    ("letter-plain.xml", None),
    ("letter.pdf", None),
    ("letter-twice.pdf", None),
];
/// Name, file, what stands in it and what in its place.
const CHANGED: &[(&str, &str, &str, &str)] = &[
    ("prescription_changed", "prescription.xml", "Bisoprolol 2.5mg", "Bisoprolol 7.5mg"),
    ("note_changed", "note.p7m", "plenty", "little"),
    ("letter_changed", "letter.xml", "Rest.", "Work."),
    ("pdf_changed_after_signing", "letter-twice.pdf", SEEN, READ),
];
/// A reason in UTF-16, as PDF has it, and another.
const SEEN: &str = "<feff005300650065006e>";
const READ: &str = "<feff0052006500610064>";
const NOTE: &[u8] = b"Rest, and drink plenty.\n";
const TIME: &str = "2026-11-23T09:45:00Z";
/// In seconds since 1970.
const MOMENTS: &[(&str, u64)] = &[
    (TIME, 1_795_427_100),
    ("2036-06-01T00:00:00Z", 2_095_891_200),
    ("2036-12-01T00:00:00Z", 2_111_702_400),
];
