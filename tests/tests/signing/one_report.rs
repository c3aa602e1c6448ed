//! The same files verified by the program, by Rust, by the packed npm package in Node and over HTTP:
//! one report.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_pki::{Certificate, Crl, ObjectIdentifier, UnixTime};
use wardkey_protocol::Base64;
use wardkey_signatures::{
    VerifyOptions, eps,
    file::{self, claimed_certificates},
    jws,
    raw::{self, RawSignature},
    report::Report,
};
use wardkey_tests::stage::{DemoApp, free_port, policy};

use super::{
    cades::signature,
    trust::{TimestampAuthority, Trust},
    ward::{ORIGIN, Ward, base64},
    xades,
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[("one_report::four_ways_say_the_same", four_ways)];

const LETTER: &[u8] = b"<letter><to>Dr Whitfield</to><body>Rest.</body></letter>\n";
const PDF: &[u8] = include_bytes!("../../../crates/signatures/fixtures/letter.pdf");
const PRESCRIPTION: &[u8] =
    include_bytes!("../../../crates/signatures/fixtures/prescription-1.xml");

/// A signed file, and its document where that stands beside it.
pub struct Case {
    pub name: &'static str,
    pub file: Vec<u8>,
    pub document: Option<Vec<u8>>,
    /// Of a bare signature.
    pub bare: Option<Bare>,
    pub verdict: &'static str,
    pub format: Value,
}

/// What has to be known of a bare signature.
#[derive(Clone)]
pub struct Bare {
    pub algorithm: String,
    /// DER.
    pub certificate: Vec<u8>,
}

fn four_ways() -> Result<()> {
    let mut ward = Ward::usual()?;
    let authority = TimestampAuthority::start()?;
    let anchor = authority.trust.path("root.pem");
    ward.host.write_policy(&authority.named_in(&policy(&ward.identity, ORIGIN))?)?;
    ward.restart_agent()?;
    let cases = cases(&mut ward)?;

    let port = free_port()?;
    let anchors = [anchor.clone()];
    let app = DemoApp::trusting_timestamps(&ward.programs, &ward.identity, port, &anchors)?;
    let options = options(&ward, &cases, &anchor)?;
    let of_node = node(&ward, &cases, &options, &anchor)?;
    for (case, of_node) in cases.iter().zip(of_node) {
        let of_rust = dated(serde_json::to_value(rust(case, &options)?)?)?;
        let summary = json!([of_rust["verdict"], of_rust["format"]]);
        ensure!(summary == json!([case.verdict, case.format]), "{}: {of_rust:#}", case.name);
        for (way, report) in [
            ("the program", program(&ward, case, &anchor)?),
            ("Node", of_node),
            ("HTTP", http(&app, case)?),
        ] {
            let report = dated(report)?;
            ensure!(report == of_rust, "{}, {way}: {report:#}\nRust: {of_rust:#}", case.name);
        }
        println!("{:<36} {} {}", case.name, case.verdict, of_rust["reason"]);
    }
    Ok(())
}

fn cases(ward: &mut Ward) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let mut number = 0;
    let mut call = |ward: &mut Ward, format: &str, packaging: Option<&str>, timestamp: bool| {
        number += 1;
        let (media_type, content) = match format {
            "eps" => ("application/xml", PRESCRIPTION),
            "pades" => ("application/pdf", PDF),
            _ => ("application/xml", LETTER),
        };
        let mut args = json!({
            "key": format!("{number:0>16}"), "format": format, "timestamp": timestamp,
            "documents": [{
                "id": "1", "name": "letter.xml", "mediaType": media_type,
                "content": base64(content),
            }],
        });
        if let Some(packaging) = packaging {
            args["packaging"] = json!(packaging);
        }
        ward.call_with_passcode("sign", args)
    };
    let bare = call(ward, "raw", None, false)?;
    let mut sign = |ward: &mut Ward, format: &str, packaging: Option<&str>, timestamp: bool| {
        signature(&call(ward, format, packaging, timestamp)?, 0)
    };
    let mut add = |name, file: &[u8], document: Option<&[u8]>, verdict, format: &str| {
        let format = if format.is_empty() { Value::Null } else { json!(format) };
        let document = document.map(<[u8]>::to_vec);
        cases.push(Case { name, file: file.to_vec(), document, bare: None, verdict, format });
    };
    let inside = sign(ward, "cades", None, true)?;
    add("CAdES B-T", &inside, None, "valid", "cades");
    add("CAdES cut off", &inside[..inside.len() - 9], None, "invalid", "cades");
    let beside = sign(ward, "cades", Some("detached"), false)?;
    add("CAdES, detached", &beside, Some(LETTER), "valid", "cades");
    add("CAdES, another document", &beside, Some(b"Run."), "invalid", "cades");
    add("CAdES without its document", &beside, None, "invalid", "cades");
    let token = sign(ward, "jades", None, false)?;
    add("JAdES", &token, None, "valid", "jades");
    let stamped = sign(ward, "jades", None, true)?;
    add("JAdES B-T", &stamped, None, "valid", "jades");
    let enveloped = sign(ward, "xades", None, true)?;
    add("XAdES B-T", &enveloped, None, "valid", "xades");
    let text = String::from_utf8(enveloped)?.replace("Rest.", "Run.");
    add("XAdES over another letter", text.as_bytes(), None, "invalid", "xades");
    let plain = sign(ward, "xmldsig", Some("detached"), false)?;
    add("XML signature, detached", &plain, Some(LETTER), "valid", "xmldsig");
    // The fixture's author is another; whatever holds of it, all say the same.
    let element = sign(ward, "eps", None, false)?;
    add("EPS beside its prescription", &element, Some(PRESCRIPTION), "invalid", "eps");
    let embedded = eps::embed(PRESCRIPTION, &element)?;
    add("EPS in its prescription", &embedded, None, "invalid", "eps");
    let token = sign(ward, "jws", None, false)?;
    add("JWS", &token, None, "valid", "jws");
    add("JWS over another letter", &token, Some(b"Run."), "invalid", "jws");
    let text = String::from_utf8(token)?;
    let (header, rest) = text.split_once('.').context("not compact")?;
    let (_, value) = rest.split_once('.').context("not compact")?;
    let beside = format!("{header}..{value}");
    add("JWS, detached", beside.as_bytes(), Some(LETTER), "valid", "jws");
    let pdf = sign(ward, "pades", None, true)?;
    add("PAdES B-T", &pdf, None, "valid", "pades");
    add("PAdES, another document beside it", &pdf, Some(LETTER), "invalid", "");
    add("PAdES cut off", &pdf[..pdf.len() - 9], None, "invalid", "pades");
    add("a letter", LETTER, None, "invalid", "");
    add("a text", b"Rest.", None, "invalid", "");
    add("nothing", b"", None, "invalid", "");
    let (file, certificate) = (signature(&bare, 0)?, &bare["ok"]["certificate"]);
    let certificate: Base64 = serde_json::from_value(certificate.clone())?;
    for (name, document, algorithm, verdict) in [
        ("a bare signature", LETTER, "RS256", "valid"),
        ("a bare one over another letter", b"Run.", "RS256", "invalid"),
        ("a bare one by another hash", LETTER, "RS512", "invalid"),
        ("a bare one of another key", LETTER, "ES256", "invalid"),
    ] {
        let (algorithm, certificate) = (algorithm.to_owned(), certificate.0.clone());
        let bare = Some(Bare { algorithm, certificate });
        let (file, document) = (file.clone(), Some(document.to_vec()));
        cases.push(Case { name, file, document, bare, verdict, format: json!("raw") });
    }
    Ok(cases)
}

pub fn rust(case: &Case, options: &VerifyOptions) -> Result<Report> {
    let document = case.document.as_deref();
    let Some(bare) = &case.bare else {
        return Ok(file::verify(&case.file, document, options).discharge());
    };
    let signed = RawSignature {
        document: document.context("no document")?,
        signature: &case.file,
        algorithm: jws::algorithm_named(&bare.algorithm).context("no algorithm")?,
        certificate_der: &bare.certificate,
        signed_at: None,
    };
    Ok(raw::verify(&signed, options).discharge())
}

pub fn options(ward: &Ward, cases: &[Case], anchor: &std::path::Path) -> Result<VerifyOptions> {
    let read = |path| -> Result<Certificate> { Ok(Certificate::from_pem(fs::read(path)?)?) };
    let authority = read(ward.identity.pki("content-ca.crt.pem"))?;
    let timestamp_anchor = read(anchor.to_owned())?;
    let mut claimed: Vec<_> = cases.iter().flat_map(|c| claimed_certificates(&c.file)).collect();
    let of_bare = cases.iter().filter_map(|case| case.bare.as_ref());
    claimed.extend(of_bare.filter_map(|bare| Certificate::from_der(&bare.certificate).ok()));
    claimed.push(authority.clone());
    let mut urls: Vec<&str> = claimed.iter().flat_map(Certificate::crl_urls).collect();
    urls.sort_unstable();
    urls.dedup();
    let fetch = |url: &str| -> Result<Crl> {
        Ok(Crl::from_der(&ureq::get(url).call()?.body_mut().read_to_vec()?)?)
    };
    let crls = urls.into_iter().map(fetch).collect::<Result<_>>()?;
    #[allow(clippy::disallowed_methods, reason = "the lists are of the present")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(VerifyOptions {
        anchors: vec![read(ward.identity.pki("root.crt.pem"))?],
        intermediates: [vec![authority], claimed].concat(),
        timestamp_anchors: vec![timestamp_anchor],
        crls,
        required_policies: vec![ObjectIdentifier::new(POLICY)?],
        time: UnixTime::from_seconds(now),
        ocsp_answers: Vec::new(),
        legacy_sha1: false,
        legacy_rsa_1024: false,
    })
}

pub fn program(ward: &Ward, case: &Case, anchor: &std::path::Path) -> Result<Value> {
    fs::write(ward.folder.path().join("signed"), &case.file)?;
    let anchor = anchor.display().to_string();
    let mut arguments = vec!["verify", "signed", "--timestamp-anchor", &anchor];
    if let Some(document) = &case.document {
        fs::write(ward.folder.path().join("document"), document)?;
        arguments.extend(["--document", "document"]);
    }
    if let Some(Bare { algorithm, certificate }) = &case.bare {
        let pem = Certificate::from_der(certificate)?.to_pem();
        fs::write(ward.folder.path().join("signer.pem"), pem)?;
        arguments.extend(["--algorithm", algorithm, "--certificate", "signer.pem"]);
    }
    xades::report(ward, &arguments)
}

/// The options as the package takes them, but for the octets, which are base64.
pub fn for_package(
    ward: &Ward,
    options: &VerifyOptions,
    anchor: &std::path::Path,
) -> Result<Value> {
    let ders =
        |all: &[Certificate]| -> Vec<String> { all.iter().map(|one| base64(one.der())).collect() };
    let crls: Vec<String> = options.crls.iter().map(|list| base64(list.der())).collect();
    Ok(json!({
        "anchors": [fs::read_to_string(ward.identity.pki("root.crt.pem"))?],
        "intermediates": ders(&options.intermediates), "crls": crls,
        "timestampAnchors": [fs::read_to_string(anchor)?], "requiredPolicies": [POLICY],
    }))
}

fn node(
    ward: &Ward,
    cases: &[Case],
    options: &VerifyOptions,
    anchor: &std::path::Path,
) -> Result<Vec<Value>> {
    let cases: Vec<Value> = cases.iter().map(body).collect();
    ask_node(ward, &cases, &for_package(ward, options, anchor)?)
}

/// Checks that the packed package, in Node and so by WebCrypto, says of each case in JSON what the
/// program said; the signers are certified by an authority of OpenSSL.
pub fn node_agrees(ward: &Ward, trust: &Trust, said: &[(Value, Value)]) -> Result<()> {
    node_agrees_admitting(ward, trust, said, false)
}

/// The same where SHA-1 is admitted.
pub fn node_agrees_admitting(
    ward: &Ward,
    trust: &Trust,
    said: &[(Value, Value)],
    sha1: bool,
) -> Result<()> {
    let cases: Vec<Value> = said.iter().map(|(case, _)| case.clone()).collect();
    let options = json!({
        "anchors": [fs::read_to_string(trust.path("root.pem"))?], "intermediates": [],
        "crls": [base64(&fs::read(trust.path("root.der"))?)], "timestampAnchors": [],
        "dangerouslyAdmitSha1": sha1,
    });
    let reports = ask_node(ward, &cases, &options)?;
    ensure!(reports.len() == said.len(), "{} of {} reports", reports.len(), said.len());
    for (of_node, (_, of_program)) in reports.iter().zip(said) {
        for member in ["verdict", "reason", "format", "digest"] {
            ensure!(of_node[member] == of_program[member], "{of_node}\nthe program: {of_program}");
        }
    }
    Ok(())
}

fn ask_node(ward: &Ward, cases: &[Value], options: &Value) -> Result<Vec<Value>> {
    let asked = json!({ "package": ward.programs.sdk, "cases": cases, "options": options });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signing/verify_file.mjs");
    let mut node = Command::new("node");
    let mut node = node.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    node.stdin.take().context("no input")?.write_all(asked.to_string().as_bytes())?;
    let output = node.wait_with_output()?;
    ensure!(output.status.success(), "node failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A case in JSON, octets in base64.
fn body(case: &Case) -> Value {
    let document = case.document.as_deref().map(base64);
    let mut body = json!({ "file": base64(&case.file), "document": document });
    if let Some(Bare { algorithm, certificate }) = &case.bare {
        body["algorithm"] = json!(algorithm);
        body["certificate"] = json!(base64(certificate));
    }
    body
}

fn http(app: &DemoApp, case: &Case) -> Result<Value> {
    let url = format!("http://127.0.0.1:{}/api/verification", app.port());
    let request = ureq::post(&url).header("content-type", "application/json");
    let answer = request.send(body(case).to_string())?.body_mut().read_to_string()?;
    Ok(serde_json::from_str(&answer)?)
}

/// A report without the ages of its lists, which go with the second of its making.
pub fn dated(mut report: Value) -> Result<Value> {
    let path = |report: &Value, name: &str| {
        report[name].as_array().cloned().with_context(|| format!("no {name}: {report}"))
    };
    if report["verdict"] == "valid" {
        ensure!(path(&report, "path")?.len() == 3, "{report:#}");
        ensure!(report["crlAgeSeconds"].as_u64().is_some_and(|age| age < 600), "{report:#}");
    }
    report["crlAgeSeconds"] = Value::Null;
    for name in ["path", "timestampPath"] {
        let mut all = path(&report, name)?;
        for certificate in &mut all {
            if let Some(evidence) = certificate["revocation"].as_object_mut() {
                evidence.insert("ageSeconds".to_owned(), Value::Null);
            }
        }
        report[name] = json!(all);
    }
    Ok(report)
}

const POLICY: &str = "1.2.826.0.1275.102.0.3.2.0";
