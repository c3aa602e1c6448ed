//! XAdES and plain XML signatures, judged by xmlsec1 and signxml; what they make, judged by us.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{
    cades::{picture, signature},
    one_report,
    outsiders::python,
    trust::Trust,
    ward::{Ward, base64, expect},
};
use wardkey_tests::stage::PASSCODE;

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("xades::in_around_and_beside_the_document", packagings),
    ("xades::what_is_no_xml_is_refused_without_a_dialog", refused),
    ("xades::what_signxml_makes_holds", theirs),
    ("xades::what_xmlsec1_makes_holds", of_xmlsec1),
    ("xades::sha_1_is_valid_by_the_switch_alone", sha1),
];

const LETTER: &str = "<letter xmlns=\"urn:example:letter\"><to>Dr Whitfield</to>\
     <body>Mrs Marlowe went home today.\nBisoprolol 2.5 mg once a day.</body></letter>\n";

fn arguments(format: &str, packaging: &str, content: &str) -> Value {
    json!({
        "key": format!("{:0>24}", format!("{format}{packaging}")), "format": format,
        "packaging": packaging,
        "commitment": "proof_of_approval",
        "documents": [{
            "id": "1", "name": "letter.xml", "mediaType": "application/xml",
            "content": base64(content.as_bytes()),
        }],
    })
}

fn packagings() -> Result<()> {
    let mut ward = Ward::usual()?;
    let root = ward.identity.pki("root.crt.pem");
    fs::write(ward.folder.path().join("letter.xml"), LETTER)?;
    for format in ["xades", "xmldsig"] {
        for packaging in ["enveloped", "enveloping", "detached"] {
            let (id, dialog) = ward.begin("sign", arguments(format, packaging, LETTER))?;
            if packaging == "enveloped" {
                picture(&dialog, &format!("sign-{format}"))?;
            }
            dialog.type_text(PASSCODE)?;
            dialog.press("Return")?;
            let signed = signature(&ward.answer(id)?, 0)?;
            let file = ward.folder.path().join("signed.xml");
            fs::write(&file, &signed)?;
            xmlsec1(ward.folder.path(), &root).with_context(|| format!("{format} {packaging}"))?;
            let text = String::from_utf8(signed)?;
            if format == "xades" && packaging != "detached" {
                let covered = signxml(&["verify", &root.display().to_string(), "2"], &text)?;
                ensure!(covered.contains("SignedProperties"), "{covered}");
                let other = text.replace("ProofOfApproval", "ProofOfReceipt");
                let judged = signxml(&["verify", &root.display().to_string(), "2"], &other);
                ensure!(judged.is_err(), "with another commitment");
            }
            let mut verify = vec!["verify", "signed.xml"];
            if packaging == "detached" {
                verify.extend(["--document", "letter.xml"]);
            }
            let report = report(&ward, &verify)?;
            ensure!(report["verdict"] == "valid", "{format} {packaging}: {report}");
            ensure!(report["covered"] == json!(["document"]), "{report}");
            ensure!(report["commitment"].is_string() == (format == "xades"), "{report}");
            // Any other document is none of theirs.
            fs::write(
                &file,
                text.replace("Bisoprolol 2.5", "Bisoprolol 25").replace("PGxl", "PGxm"),
            )?;
            fs::write(ward.folder.path().join("letter.xml"), "<letter/>")?;
            let judged = xmlsec1(ward.folder.path(), &root);
            ensure!(judged.is_err(), "{format} {packaging}: over anything");
            fs::write(ward.folder.path().join("letter.xml"), LETTER)?;
        }
    }
    Ok(())
}

fn refused() -> Result<()> {
    let mut ward = Ward::usual()?;
    let text = arguments("xades", "enveloped", "Rest.");
    expect(&ward.call("sign", text)?, "document_malformed")?;
    let typed = arguments("xades", "enveloped", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>");
    expect(&ward.call("sign", typed)?, "document_malformed")?;
    for (format, packaging) in [("cades", "enveloped"), ("eps", "detached"), ("raw", "enveloping")]
    {
        let wrong = arguments(format, packaging, LETTER);
        expect(&ward.call("sign", wrong)?, "argument_invalid")?;
    }
    let mut unnamed = arguments("xades", "enveloped", LETTER);
    unnamed["timestamp"] = json!(true);
    let answer = ward.call("sign", unnamed)?;
    ensure!(answer["error"]["details"]["reason"].is_string(), "{answer}");
    expect(&answer, "timestamp_unavailable")
}

fn theirs() -> Result<()> {
    let trust = Trust::new("http://127.0.0.1:1/list")?;
    let ward = Ward::usual()?;
    let mut said = Vec::new();
    for (name, kind, algorithm) in [
        ("1_RSA", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "rsa-sha256"),
        ("2_PSS", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "sha256-rsa-MGF1"),
        ("3_EC", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "ecdsa-sha256"),
        ("4_EC", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "ecdsa-sha512"),
    ] {
        trust.certify(name, kind, "signer")?;
        let path = |ending: &str| trust.path(&format!("{name}.{ending}")).display().to_string();
        let signed = signxml(&["sign", &path("key"), &path("pem"), algorithm], LETTER)?;
        fs::write(trust.path("signed.xml"), &signed)?;
        let file = |name: &str| trust.path(name).display().to_string();
        let (signed_file, root, list) = (file("signed.xml"), file("root.pem"), file("root.crl"));
        let verify = ["verify", &signed_file, "--anchor", &root, "--crl", &list, "--offline"];
        let report_of = report(&ward, &verify)?;
        ensure!(report_of["verdict"] == "valid", "{algorithm}: {report_of}");
        ensure!(report_of["claimedTime"].is_string(), "{report_of}");
        let other = signed.replace("2.5 mg", "25 mg");
        fs::write(trust.path("signed.xml"), &other)?;
        let changed = report(&ward, &verify)?;
        ensure!(changed["reason"] == "Signature doesn't match document", "{changed}");
        for (file, report) in [(signed, report_of), (other, changed)] {
            said.push((json!({ "file": base64(file.as_bytes()) }), report));
        }
    }
    one_report::node_agrees(&ward, &trust, &said)
}

fn of_xmlsec1() -> Result<()> {
    let trust = Trust::new("http://127.0.0.1:1/list")?;
    let ward = Ward::usual()?;
    let file = |name: &str| trust.path(name).display().to_string();
    let (signed_file, root, list) = (file("signed.xml"), file("root.pem"), file("root.crl"));
    let verify = ["verify", &signed_file, "--anchor", &root, "--crl", &list, "--offline"];
    for (name, kind, algorithm, canonicalization) in [
        ("1_RSA", "RSA -pkeyopt rsa_keygen_bits:2048", "rsa-sha256", "2001/10/xml-exc-c14n#"),
        ("2_EC", "EC -pkeyopt ec_paramgen_curve:P-384", "ecdsa-sha384", "2006/12/xml-c14n11"),
        (
            "3_EC",
            "EC -pkeyopt ec_paramgen_curve:P-521",
            "ecdsa-sha512",
            "TR/2001/REC-xml-c14n-20010315",
        ),
    ] {
        trust.certify(name, &format!("-algorithm {kind}"), "signer")?;
        let empty = SIGNATURE
            .replace("ALGORITHM", algorithm)
            .replace("CANONICALIZATION", &format!("http://www.w3.org/{canonicalization}"));
        let template = LETTER.replace("</letter>", &format!("{empty}</letter>"));
        fs::write(trust.path("template.xml"), template)?;
        xmlsec1_sign(&trust, name)?;
        let judged = report(&ward, &verify)?;
        ensure!(judged["verdict"] == "valid", "{algorithm}: {judged}");
        ensure!(judged["format"] == "xmldsig", "{algorithm}: {judged}");
        ensure!(judged["covered"] == json!(["document"]), "{algorithm}: {judged}");
        let signed = fs::read_to_string(trust.path("signed.xml"))?;
        fs::write(trust.path("signed.xml"), signed.replace("2.5 mg", "25 mg"))?;
        let changed = report(&ward, &verify)?;
        ensure!(changed["reason"] == "Signature doesn't match document", "{changed}");
    }
    Ok(())
}

fn sha1() -> Result<()> {
    let trust = Trust::new("http://127.0.0.1:1/list")?;
    let ward = Ward::usual()?;
    trust.certify("1_RSA", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "signer")?;
    let file = |name: &str| trust.path(name).display().to_string();
    let (signed_file, root, list) = (file("signed.xml"), file("root.pem"), file("root.crl"));
    let strictly = ["verify", &signed_file, "--anchor", &root, "--crl", &list, "--offline"];
    let admitting = |switch: &'static str| [&strictly[..], &[switch]].concat();
    let (sha1, short) =
        (admitting("--dangerously-admit-sha1"), admitting("--dangerously-admit-rsa-1024"));
    let in_all = |template: &str| {
        template.replace("CANONICALIZATION", "http://www.w3.org/2001/10/xml-exc-c14n#")
    };
    let by_sha1 = |template: &str| {
        template.replace("2001/04/xmldsig-more#ALGORITHM", "2000/09/xmldsig#rsa-sha1")
    };
    let over_sha1 =
        |template: &str| template.replace("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1");
    let sha256 = |template: &str| template.replace("ALGORITHM", "rsa-sha256");
    // In the signature, in the digest, in both.
    for template in [
        over_sha1(&by_sha1(&in_all(SIGNATURE))),
        by_sha1(&in_all(SIGNATURE)),
        over_sha1(&sha256(&in_all(SIGNATURE))),
    ] {
        let template = LETTER.replace("</letter>", &format!("{template}</letter>"));
        fs::write(trust.path("template.xml"), template)?;
        xmlsec1_sign(&trust, "1_RSA")?;
        let signed = fs::read(trust.path("signed.xml"))?;
        let case = json!({ "file": base64(&signed) });
        let refused = report(&ward, &strictly)?;
        ensure!(refused["reason"] == "Signature algorithm is not accepted", "{refused}");
        ensure!(report(&ward, &short)?["verdict"] == "invalid", "by the other switch");
        let admitted = report(&ward, &sha1)?;
        ensure!(admitted["verdict"] == "valid", "{admitted}");
        one_report::node_agrees(&ward, &trust, &[(case.clone(), refused)])?;
        let changed = String::from_utf8(signed)?.replace("2.5 mg", "25 mg");
        fs::write(trust.path("signed.xml"), &changed)?;
        let other = report(&ward, &sha1)?;
        ensure!(other["reason"] == "Signature doesn't match document", "{other}");
        let said = [(case, admitted), (json!({ "file": base64(changed.as_bytes()) }), other)];
        one_report::node_agrees_admitting(&ward, &trust, &said, true)?;
    }
    Ok(())
}

/// Fills in `template.xml`, as `signed.xml`.
fn xmlsec1_sign(trust: &Trust, name: &str) -> Result<()> {
    let mut xmlsec1 = Command::new("xmlsec1");
    xmlsec1.args(["--sign", "--privkey-pem", &format!("{name}.key,{name}.pem")]);
    xmlsec1.args(["--output", "signed.xml", "template.xml"]).current_dir(trust.path(""));
    let output = xmlsec1.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The report that `wardkey-host verify` prints.
pub fn report(ward: &Ward, arguments: &[&str]) -> Result<Value> {
    let output = Command::new(&ward.programs.host)
        .args(arguments)
        .arg("--json")
        .current_dir(ward.folder.path())
        .env("WARDKEY_INSTANCE", ward.host.folder())
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).context(errors)
}

/// What xmlsec1 says of `signed.xml` in a folder.
pub fn xmlsec1(folder: &Path, root: &Path) -> Result<()> {
    let output = Command::new("xmlsec1")
        .args(["--verify", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"])
        .arg("--trusted-pem")
        .arg(root)
        .arg("signed.xml")
        .current_dir(folder)
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// What `signxml` prints, given this input.
pub fn signxml(arguments: &[&str], input: &str) -> Result<String> {
    Ok(String::from_utf8(python("xml_signatures.py", arguments, input.as_bytes())?)?)
}

/// What xmlsec1 is to fill in.
const SIGNATURE: &str = "\
    <ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
    <ds:CanonicalizationMethod Algorithm=\"CANONICALIZATION\"/>\
    <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ALGORITHM\"/>\
    <ds:Reference URI=\"\"><ds:Transforms>\
    <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
    <ds:Transform Algorithm=\"CANONICALIZATION\"/></ds:Transforms>\
    <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/>\
    </ds:Reference></ds:SignedInfo><ds:SignatureValue/>\
    <ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>";
