//! Every format in a real page, in Chromium and in Firefox: signed by the packed package through
//! extension, agent and card; then judged by that page, by one in the other browser, by Rust, by the
//! program and by programs of others.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wardkey_crypto::SignatureAlgorithm;
use wardkey_pki::Certificate;
use wardkey_protocol::{Base64, limits::MAX_INLINE};
use wardkey_signatures::eps::Prescription;
use wardkey_tests::stage::{Browser, Dialog, Engine, Installed, PASSCODE, Pages, TOM, policy};
use wardkey_xml::{Document, Limits};

use super::{
    cades::openssl,
    eps,
    jades::jose,
    one_report::{self, Bare, Case, dated},
    pades::pyhanko,
    timestamps::stamped,
    trust::TimestampAuthority,
    ward::{ORIGIN, Plan, Ward, base64},
    xades::{signxml, xmlsec1},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("formats::every_format_in_a_page_and_outside_of_it", || {
        every(Engine::Chromium, Engine::Firefox)
    }),
    ("formats::every_format_in_a_page_and_outside_of_it_in_firefox", || {
        every(Engine::Firefox, Engine::Chromium)
    }),
];

/// What the page has signed.
struct Asked {
    name: &'static str,
    /// But for the document.
    request: Value,
    /// What is signed.
    file: &'static str,
    /// What stands beside the signature when it is verified.
    over: Option<&'static str>,
    found: &'static str,
}

/// What the page got.
#[derive(Deserialize, Serialize)]
struct Made {
    signature: Base64,
    certificate: Base64,
    algorithm: String,
}

/// Signed in a browser with everything, and verified in another one without.
fn every(signing: Engine, other: Engine) -> Result<()> {
    let mut ward = Ward::planned(&Plan { user: TOM, ..Plan::default() })?;
    let authority = TimestampAuthority::start()?;
    let folder = ward.folder.path().join("pages");
    write_pages(&ward, &folder)?;
    let asked = asked();
    // No origin may open so many dialogs so soon one after the other.
    let parts: Vec<&[Asked]> = asked.chunks(DIALOGS).collect();
    let sites = parts.iter().map(|_| Pages::serve(&folder, &[])).collect::<Result<Vec<_>>>()?;
    let mut policy = authority.named_in(&policy(&ward.identity, ORIGIN))?;
    for site in &sites {
        let capabilities = "[\"sign\", \"sign_content_not_shown\"]";
        let origin = format!("origin = \"{}\"\ncapabilities = {capabilities}", site.origin());
        policy += &format!("\n[[origin]]\n{origin}\n");
    }
    ward.host.write_policy(&format!("{policy}{}", crate::CARDS))?;
    ward.restart_agent()?;

    let runtime = Runtime::new()?;
    let browser = start(&runtime, &ward, signing, Installed::Everything)?;
    let mut made = Vec::new();
    for (part, site) in parts.iter().zip(&sites) {
        open(&runtime, &browser, site)?;
        for one in *part {
            sign(&runtime, &browser, &ward, one).with_context(|| one.name)?;
        }
        let some = runtime.block_on(browser.script("return await made();"))?;
        made.extend(serde_json::from_value::<Vec<Made>>(some)?);
    }
    fs::write(folder.join("made.json"), serde_json::to_string(&made)?)?;
    let cases = cases(&asked, made, &folder)?;

    let anchor = authority.trust.path("root.pem");
    let options = one_report::options(&ward, &cases, &anchor)?;
    let trust = one_report::for_package(&ward, &options, &anchor)?;
    fs::write(folder.join("trust.json"), trust.to_string())?;
    let last = sites.last().context("no page")?;
    let of_browser = judge(&runtime, &browser, last, &asked)?;
    drop(browser);
    let browser = start(&runtime, &ward, other, Installed::Nothing)?;
    let of_other = judge(&runtime, &browser, last, &asked)?;

    for (place, (one, case)) in asked.iter().zip(&cases).enumerate() {
        let of_rust = dated(serde_json::to_value(one_report::rust(case, &options)?)?)?;
        expected(one, &of_rust)?;
        for (who, report) in [
            ("the browser", of_browser[place].clone()),
            ("the other browser", of_other[place].clone()),
            ("the program", one_report::program(&ward, case, &anchor)?),
        ] {
            let report = dated(report)?;
            ensure!(report == of_rust, "{}, {who}: {report:#}\nRust: {of_rust:#}", one.name);
        }
        let by = outsider(&ward, one, case, &anchor).with_context(|| one.name)?;
        println!("{:<28} {:>7} octets, valid; {by} says so too", one.name, case.file.len());
        if one.request["timestamp"] == true {
            let time = stamped(&case.file, &anchor).with_context(|| one.name)?;
            ensure!(of_rust["provenTime"] == time, "{}: {time}", one.name);
        }
    }
    Ok(())
}

/// Each format with each packaging and level; the last two are larger than any message.
fn asked() -> Vec<Asked> {
    let mut all = Vec::new();
    let mut add = |name, request: Value, file, over, found| {
        all.push(Asked { name, request, file, over, found });
    };
    add("EPS", json!({"format": "eps"}), "prescription.xml", Some("prescription.xml"), "eps");
    let digest = json!({"format": "eps_digest"});
    add("EPS, what $prepare gives", digest, "digest.xml", Some("prescription.xml"), "eps");
    let request = |format: &str, packaging: &str, timestamp: bool| {
        json!({
            "format": format, "packaging": packaging, "timestamp": timestamp,
            "commitment": "proof_of_approval",
        })
    };
    for (name, format, packaging, timestamp) in [
        ("CAdES B-B, attached", "cades", "enveloping", false),
        ("CAdES B-B, detached", "cades", "detached", false),
        ("CAdES B-T, attached", "cades", "enveloping", true),
        ("CAdES B-T, detached", "cades", "detached", true),
        ("XAdES B-B, enveloping", "xades", "enveloping", false),
        ("XAdES B-B, detached", "xades", "detached", false),
        ("XAdES B-T, enveloped", "xades", "enveloped", true),
        ("XAdES B-T, enveloping", "xades", "enveloping", true),
        ("XAdES B-T, detached", "xades", "detached", true),
    ] {
        let over = (packaging == "detached").then_some("letter.xml");
        add(name, request(format, packaging, timestamp), "letter.xml", over, format);
    }
    let jws = |format: &str, serialization: &str, timestamp: bool| {
        let mut request = request(format, "enveloping", timestamp);
        request["serialization"] = json!(serialization);
        request
    };
    add("JAdES B-B, compact", jws("jades", "compact", false), "letter.xml", None, "jades");
    add("JAdES B-B, JSON", jws("jades", "json", false), "letter.xml", None, "jades");
    add("JAdES B-T, JSON", jws("jades", "json", true), "letter.xml", None, "jades");
    add("JWS", json!({"format": "jws"}), "letter.xml", None, "jws");
    add("XML signature", json!({"format": "xmldsig"}), "letter.xml", None, "xmldsig");
    add("PAdES B-B", json!({"format": "pades"}), "letter.pdf", None, "pades");
    add("raw", json!({"format": "raw"}), "letter.xml", Some("letter.xml"), "raw");
    add("XAdES B-B, enveloped", request("xades", "enveloped", false), "long.xml", None, "xades");
    let stamped = json!({
        "format": "pades", "timestamp": true, "commitment": "proof_of_approval",
    });
    add("PAdES B-T", stamped, "long.pdf", None, "pades");
    all
}

fn write_pages(ward: &Ward, folder: &Path) -> Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signing");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/signatures/fixtures");
    fs::create_dir_all(folder)?;
    fs::copy(source.join("formats.html"), folder.join("index.html"))?;
    fs::copy(source.join("formats.js"), folder.join("formats.js"))?;
    symlink(ward.programs.sdk.join("dist"), folder.join("sdk"))?;
    let prescription = eps::dated(0)?;
    fs::write(folder.join("prescription.xml"), &prescription)?;
    let digest =
        Prescription::read(prescription.as_bytes())?.prepare(SignatureAlgorithm::RsaPkcs1Sha256)?;
    fs::write(folder.join("digest.xml"), digest.to_be_signed())?;
    fs::write(folder.join("letter.xml"), LETTER)?;
    fs::copy(folder.join("letter.xml"), ward.folder.path().join("letter.xml"))?;
    fs::copy(fixtures.join("letter.pdf"), folder.join("letter.pdf"))?;
    let line = "<line>Rest, and drink plenty.</line>\n";
    let lines = line.repeat(3 * MAX_INLINE / line.len());
    fs::write(folder.join("long.xml"), format!("<letter>{lines}</letter>"))?;
    let scan = folder.join("scan");
    fs::write(&scan, incompressible(3 * MAX_INLINE))?;
    let mut qpdf = Command::new("qpdf");
    qpdf.arg(folder.join("letter.pdf")).arg("--add-attachment").arg(&scan).arg("--");
    let output = qpdf.arg(folder.join("long.pdf")).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn start(runtime: &Runtime, ward: &Ward, engine: Engine, installed: Installed) -> Result<Browser> {
    let profile = ward.folder.path().join(format!("{engine:?}"));
    let environment = ward.environment();
    let (programs, desktop) = (&ward.programs, &ward.desktop);
    runtime.block_on(Browser::with(
        engine,
        programs,
        &profile,
        &environment,
        desktop,
        installed,
        None,
    ))
}

fn open(runtime: &Runtime, browser: &Browser, site: &Pages) -> Result<()> {
    runtime.block_on(async {
        browser.open(site.origin()).await?;
        browser.wait_for("window.isReady", PATIENCE).await
    })
}

/// The user clicks, reads and consents.
fn sign(runtime: &Runtime, browser: &Browser, ward: &Ward, one: &Asked) -> Result<()> {
    let mut request = one.request.clone();
    request["file"] = json!(one.file);
    let is_pdf = Path::new(one.file).extension().is_some_and(|ending| ending == "pdf");
    request["mediaType"] = json!(if is_pdf { "application/pdf" } else { "application/xml" });
    runtime.block_on(browser.script(&format!("await ask({request});")))?;
    runtime.block_on(browser.click("#sign"))?;
    let dialog = Dialog::wait(&ward.desktop).or_else(|error| {
        let outcome = runtime.block_on(browser.script("return window.outcome;"))?;
        Err(error.context(format!("the page says {outcome}")))
    })?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    runtime.block_on(browser.wait_for("window.outcome", PATIENCE))?;
    let outcome = runtime.block_on(browser.script("return window.outcome;"))?;
    ensure!(outcome["size"].is_u64(), "{outcome}");
    Ok(())
}

fn cases(asked: &[Asked], made: Vec<Made>, folder: &Path) -> Result<Vec<Case>> {
    ensure!(asked.len() == made.len(), "{} of {}", made.len(), asked.len());
    let mut cases = Vec::new();
    for (one, Made { signature, certificate, algorithm }) in asked.iter().zip(made) {
        let document = one.over.map(|over| fs::read(folder.join(over))).transpose()?;
        let bare = (one.found == "raw").then_some(Bare { algorithm, certificate: certificate.0 });
        let (name, format) = (one.name, json!(one.found));
        cases.push(Case { name, file: signature.0, document, bare, verdict: "valid", format });
        let is_long = one.file.starts_with("long");
        let length = cases.last().map_or(0, |case| case.file.len());
        ensure!(!is_long || length > MAX_INLINE, "{name}: {length} octets fit a message");
    }
    Ok(cases)
}

/// The reports that the page's own `verify` makes on all of them.
fn judge(
    runtime: &Runtime,
    browser: &Browser,
    site: &Pages,
    asked: &[Asked],
) -> Result<Vec<Value>> {
    open(runtime, browser, site)?;
    let cases: Vec<Value> =
        asked.iter().map(|one| json!({ "over": one.over, "bare": one.found == "raw" })).collect();
    let script = format!("return await judge({});", json!(cases));
    let reports = runtime.block_on(browser.script(&script))?;
    Ok(serde_json::from_value(reports)?)
}

/// That a report says of a signature what was asked for.
fn expected(one: &Asked, report: &Value) -> Result<()> {
    let is = |name: &str, value: Value| {
        ensure!(report[name] == value, "{}: {name} is not {value}: {report:#}", one.name);
        Ok(())
    };
    is("verdict", json!("valid"))?;
    is("format", json!(one.found))?;
    let stamped = one.request["timestamp"] == true;
    ensure!(report["provenTime"].is_string() == stamped, "{}: {report:#}", one.name);
    ensure!(report["claimedTime"].is_string() || !TIMED.contains(&one.found), "{report:#}");
    let committed = one.request.get("commitment").is_some();
    is("commitment", if committed { json!("proofOfApproval") } else { Value::Null })?;
    if one.found != "eps" {
        is("covered", json!(["document"]))?;
    }
    ensure!(report["signer"]["userId"] == TOM.uid, "{report:#}");
    Ok(())
}

/// Who else says that it holds.
fn outsider(ward: &Ward, one: &Asked, case: &Case, anchor: &Path) -> Result<&'static str> {
    let (root, folder) = (ward.identity.pki("root.crt.pem"), ward.folder.path());
    let name_of_root = root.display().to_string();
    let text = || String::from_utf8(case.file.clone());
    match one.found {
        "cades" => {
            let document = openssl(ward, &case.file, case.document.as_deref())?;
            ensure!(document == LETTER.as_bytes(), "another letter");
            Ok("openssl cms")
        }
        "eps" => {
            let element = Document::parse(&case.file, &Limits::DEFAULT)?;
            let part = |path: &[&str]| -> Result<Vec<u8>> {
                let text = element.root().path(path).context("a part is missing")?.text();
                Ok(Base64::decode(&text).context("not base64")?.0)
            };
            let certificate = part(&["KeyInfo", "X509Data", "X509Certificate"])?;
            let document = case.document.as_deref().context("no prescription")?;
            let prescription = Prescription::read(document)?;
            let prepared = prescription.prepare(SignatureAlgorithm::RsaPkcs1Sha256)?;
            dgst(folder, prepared.to_be_signed(), &part(&["SignatureValue"])?, &certificate)?;
            Ok("openssl dgst")
        }
        "jades" | "jws" => {
            let given = case.document.as_deref().map(Base64UrlUnpadded::encode_string);
            ensure!(jose(&text()?, given)? == base64(LETTER.as_bytes()), "another letter");
            Ok("jose")
        }
        "pades" => {
            let stamper = anchor.display().to_string();
            let found = pyhanko(&["verify", &name_of_root, &stamper], &case.file)?;
            ensure!(found[0]["bottomLine"] == true, "{found}");
            Ok("pyHanko")
        }
        "raw" => {
            let bare = case.bare.as_ref().context("not bare")?;
            dgst(folder, LETTER.as_bytes(), &case.file, &bare.certificate)?;
            Ok("openssl dgst")
        }
        _ => {
            fs::write(folder.join("signed.xml"), &case.file)?;
            xmlsec1(folder, &root)?;
            let is_inside = one.over.is_none() && one.found == "xades";
            if !is_inside || one.request["timestamp"] == true {
                return Ok("xmlsec1");
            }
            signxml(&["verify", &name_of_root, "2"], &text()?)?;
            Ok("xmlsec1, and signxml,")
        }
    }
}

/// RSA with SHA-256 by a certificate's key, as OpenSSL sees it.
fn dgst(folder: &Path, message: &[u8], signature: &[u8], certificate: &[u8]) -> Result<()> {
    fs::write(folder.join("message"), message)?;
    fs::write(folder.join("signature"), signature)?;
    fs::write(folder.join("signer.pem"), Certificate::from_der(certificate)?.to_pem())?;
    let run = |arguments: &[&str]| -> Result<()> {
        let output = Command::new("openssl").args(arguments).current_dir(folder).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    };
    run(&["x509", "-in", "signer.pem", "-noout", "-pubkey", "-out", "signer.pub"])?;
    run(&["dgst", "-sha256", "-verify", "signer.pub", "-signature", "signature", "message"])
}

/// Octets that differ everywhere.
fn incompressible(size: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(size).collect()
}

const LETTER: &str = "<letter xmlns=\"urn:example:letter\"><to>Dr Whitfield</to>\
     <body>Mrs Marlowe went home today.\nBisoprolol 2.5 mg once a day.</body></letter>\n";
/// The formats that say when they were signed.
const TIMED: [&str; 5] = ["cades", "eps", "jades", "pades", "xades"];
const PATIENCE: Duration = Duration::from_secs(20);
/// Fewer than an agent opens for one origin in ten seconds.
const DIALOGS: usize = 7;
