use std::{fs, path::Path};

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use wardkey_signatures::report::{Report, Verdict};

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("npm/test/fixtures").join(name)).unwrap()
}

/// The octets of a PEM file, in base64.
fn pem(name: &str) -> String {
    octets_of(&String::from_utf8(fixture(name)).unwrap())
}

/// The octets of a PEM block, in base64.
fn octets_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

fn options() -> Options {
    Options {
        anchors: vec![pem("root.pem")],
        crls: vec![pem("root.crl")],
        // 2026-11-23T09:45:00Z
        time: 1_795_427_100,
        ..Options::default()
    }
}

fn native(pending: Pending) -> Report {
    let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
    assert_eq!(Question::all_of(&pending).len(), answers.len());
    pending.conclude(&answers)
}

#[test]
fn a_signed_prescription_holds_and_a_changed_one_does_not() {
    let signed = fixture("prescription.xml");
    let report = native(of_prescription(&signed, options()).unwrap());
    assert_eq!((report.verdict, report.reason), (Verdict::Valid, None));
    let signed = String::from_utf8(signed).unwrap();
    let changed = signed.replace("Bisoprolol 2.5mg", "Bisoprolol 25mg");
    assert_ne!(changed, signed);
    let report = native(of_prescription(changed.as_bytes(), options()).unwrap());
    assert_eq!(report.verdict, Verdict::Invalid);
}

#[test]
fn each_signature_of_a_pdf_is_asked_about() {
    let once = native(of_pades(&fixture("letter.pdf"), options()).unwrap());
    assert_eq!((once.verdict, once.reason), (Verdict::Valid, None));
    let pending = of_pades(&fixture("letter-twice.pdf"), options()).unwrap();
    // Two signatures, each with its certificate and its list.
    assert_eq!(Question::all_of(&pending).len(), 6);
    let twice = native(pending);
    assert_eq!((twice.verdict, twice.earlier.len()), (Verdict::Valid, 1));
}

#[test]
fn a_page_that_answers_nothing_or_no_has_nothing_verified() {
    let signed = fixture("prescription.xml");
    let report = of_prescription(&signed, options()).unwrap().conclude(&[]);
    assert_eq!(report.verdict, Verdict::Invalid);
    let pending = of_prescription(&signed, options()).unwrap();
    let no = vec![false; Question::all_of(&pending).len()];
    assert_eq!(pending.conclude(&no).verdict, Verdict::Invalid);
}

#[test]
fn questions_are_in_the_words_of_webcrypto() {
    let certificate = Base64::decode_vec(&pem("nurse.pem")).unwrap();
    let signed = RawSignature {
        document: &fixture("note.txt"),
        signature: &fixture("note.sig"),
        algorithm: "ES256",
        certificate: &certificate,
        signed_at: None,
    };
    let pending = of_document(&signed, options()).unwrap();
    let question = serde_json::to_value(&Question::all_of(&pending)[0]).unwrap();
    assert_eq!(question["name"], "ECDSA");
    assert_eq!(question["hash"], "SHA-256");
    assert_eq!(question["namedCurve"], "P-256");
    assert_eq!(question["message"], Base64::encode_string(&fixture("note.txt")));
    assert_eq!(native(pending).verdict, Verdict::Valid);
}

#[test]
fn an_answer_does_for_a_list_as_long_as_it_counts() {
    let response = fixture("nurse.ocsp");
    let at: u64 = String::from_utf8(fixture("nurse.ocsp-time")).unwrap().parse().unwrap();
    let with = |time: u64| {
        let responses = vec![Base64::encode_string(&response)];
        let options = Options { crls: Vec::new(), ocsp_responses: responses, time, ..options() };
        native(of_file(&fixture("note.p7m"), None, options).unwrap())
    };
    let report = with(at + 60);
    assert_eq!((report.verdict, report.reason), (Verdict::Valid, None));
    assert_eq!(report.path[0].revocation.as_ref().unwrap().source, "ocsp");
    assert_eq!(with(at + 24 * 3600 + 1).verdict, Verdict::Indeterminate);
}

#[test]
fn where_revocation_is_left_open_there_are_sources_lists_first() {
    let open = Options { crls: Vec::new(), ..options() };
    let request = Base64::encode_string(&fixture("nurse.ocsp-request"));
    let expected = vec![vec![
        Source { url: "http://lists.example/root.crl".to_owned(), ocsp_request: None },
        Source { url: "http://ocsp.example/".to_owned(), ocsp_request: Some(request) },
    ]];
    assert_eq!(sources(&fixture("note.p7m"), None, &open), Ok(expected.clone()));
    let nurse = Base64::decode_vec(&pem("nurse.pem")).unwrap();
    assert_eq!(sources(b"", Some(&nurse), &open), Ok(expected));
    assert_eq!(sources(&fixture("note.p7m"), None, &options()), Ok(Vec::new()), "all is told");
    let stranger = Options { anchors: Vec::new(), ..open };
    assert_eq!(sources(&fixture("note.p7m"), None, &stranger), Ok(Vec::new()), "no issuer");
}

#[test]
fn what_cannot_be_read_is_named() {
    let with = |change: &dyn Fn(&mut Options)| {
        let mut options = options();
        change(&mut options);
        of_prescription(b"", options).unwrap_err().to_string()
    };
    assert_eq!(with(&|options| options.anchors[0].push('!')), "anchors[0]: not base64");
    assert!(with(&|options| options.crls.push("AAAA".to_owned())).starts_with("crls[1]: "));
    let response = |options: &mut Options| options.ocsp_responses.push("AAAA".to_owned());
    assert!(with(&response).starts_with("ocspResponses[0]: "));
    let policies = vec!["1.2.3".to_owned(), "first".to_owned()];
    let refused = with(&|options| options.required_policies.clone_from(&policies));
    assert_eq!(refused, "requiredPolicies[1]: not an object identifier");
    assert!(matches!(Options::from_json("{\"trust\": []}"), Err(InputError::Json(_))));
    for name in ["RS1", "none", "HS256"] {
        assert_eq!(jws::algorithm_named(name), None);
    }
}

#[test]
fn a_file_is_known_by_its_octets() {
    let of = |name: &str, document: Option<&str>| {
        let document = document.map(fixture);
        native(of_file(&fixture(name), document.as_deref(), options()).unwrap())
    };
    for (name, document, format) in [
        ("prescription.xml", None, "eps"),
        ("note.p7m", None, "cades"),
        ("note.p7s", Some("note.txt"), "cades"),
        ("note.jws", None, "jades"),
        ("letter.xml", None, "xades"),
    ] {
        let report = of(name, document);
        assert_eq!((report.verdict, report.format), (Verdict::Valid, Some(format)), "{report:#?}");
    }
    let unknown = of("note.txt", None);
    assert_eq!((unknown.verdict, unknown.format), (Verdict::Invalid, None));
}

#[test]
fn the_vectors_of_tokens_have_the_verdicts_that_they_say() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors/authenticate.json");
    let vectors: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let list = |trust: &Value, name: &str| -> Option<Vec<String>> {
        let pems = trust[name].as_array()?.iter().map(|pem| octets_of(pem.as_str().unwrap()));
        Some(pems.collect())
    };
    let seconds = |case: &Value| match case["time"].as_str() {
        Some("2026-11-23T09:45:00Z") => 1_795_427_100,
        Some("2036-12-01T00:00:00Z") => 2_111_702_400,
        other => panic!("{other:?}"),
    };
    for case in vectors["cases"].as_array().unwrap() {
        let own = |name| list(&case["trust"], name).or_else(|| list(&vectors["trust"], name));
        let options = Options {
            anchors: own("anchors").unwrap(),
            crls: own("crls").unwrap(),
            time: seconds(if case["time"].is_null() { &vectors } else { case }),
            ..Options::default()
        };
        let text = |name: &str| case[name].as_str().unwrap();
        let pending = of_token(text("token"), text("origin"), text("nonce"), options).unwrap();
        let report = native(pending);
        let failed = report.checks.iter().find(|check| !check.passed);
        let found = json!({
            "verdict": report.verdict,
            "failed": failed.map(|check| &check.name),
            "userId": report.signer.and_then(|signer| signer.user_id),
        });
        assert_eq!(found, case["expect"], "{}: {:?}", case["name"], report.reason);
    }
}

#[test]
fn the_vectors_of_signatures_have_the_reports_that_they_say() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors/signatures.json");
    let vectors: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let own = |name: &str| -> Vec<String> {
            let of = |trust: &Value| trust[name].as_array().cloned();
            let texts = of(&case["trust"]).or_else(|| of(&vectors["trust"])).unwrap();
            texts.iter().map(|text| octets_of(text.as_str().unwrap())).collect()
        };
        let policies = case["requiredPolicies"].as_array().cloned().unwrap_or_default();
        let options = Options {
            anchors: own("anchors"),
            crls: own("crls"),
            required_policies: policies.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
            time: match case["time"].as_str() {
                None => 1_795_427_100,
                Some("2036-06-01T00:00:00Z") => 2_095_891_200,
                Some(_) => 2_111_702_400,
            },
            ..Options::default()
        };
        let octets = |name: &str| case[name].as_str().map(|it| Base64::decode_vec(it).unwrap());
        let document = octets("document");
        let pending = match octets("file") {
            Some(file) => of_file(&file, document.as_deref(), options),
            None => {
                let certificate = octets_of(case["certificate"].as_str().unwrap());
                let signed = RawSignature {
                    document: &document.unwrap(),
                    signature: &octets("signature").unwrap(),
                    algorithm: case["algorithm"].as_str().unwrap(),
                    certificate: &Base64::decode_vec(&certificate).unwrap(),
                    signed_at: None,
                };
                of_document(&signed, options)
            }
        };
        let report = serde_json::to_value(native(pending.unwrap())).unwrap();
        assert_eq!(report, case["report"], "{}", case["name"]);
    }
}
