//! How a key signs: the page's wish, and short keys by policy alone.

use std::{fs, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_pki::Certificate;
use wardkey_protocol::Base64;
use wardkey_tests::stage::{AMIRA, Relay, SoftToken, policy};

use super::{
    cades::{openssl, signature},
    jades::jose,
    outsiders::python,
    pades::pyhanko,
    ward::{ORIGIN, PORT, Ward, base64, expect},
    xades::{report, signxml},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("algorithms::an_rsa_key_signs_with_either_padding", paddings),
    ("algorithms::an_elliptic_key_signs_by_the_hash_of_its_curve", curves),
    ("algorithms::a_short_key_signs_by_policy_alone", short),
];

const NOTE: &[u8] = b"Rest, and drink plenty.";
const LETTER: &[u8] = include_bytes!("../../../crates/signatures/fixtures/letter.pdf");

fn arguments(format: &str, algorithm: &str) -> Value {
    let (name, media_type, content) = match format {
        "pades" => ("letter.pdf", "application/pdf", LETTER),
        _ => ("note.txt", "text/plain", NOTE),
    };
    json!({
        "key": format!("{:0>24}", format!("{format}{algorithm}")), "format": format,
        "algorithm": algorithm,
        "documents": [{
            "id": "1", "name": name, "mediaType": media_type, "content": base64(content),
        }],
    })
}

/// By OpenSC's module, then by PIV itself.
fn paddings() -> Result<()> {
    let mut ward = Ward::usual()?;
    let by_module = [
        ("cades", "PS256"),
        ("cades", "RS512"),
        ("jws", "PS384"),
        ("jades", "PS256"),
        ("xades", "PS512"),
        ("pades", "PS256"),
        ("raw", "PS384"),
    ];
    sign_with(&mut ward, &by_module)?;
    let answer = ward.call("sign", arguments("cades", "ES256"))?;
    ensure!(answer["error"]["details"]["algorithms"][0] == "RS256", "{answer}");
    expect(&answer, "algorithm_unsupported")?;
    expect(&ward.call("sign", arguments("cades", "none"))?, "argument_invalid")?;
    let mut prescription = ward.prescription("pss")?;
    prescription["algorithm"] = json!("PS256");
    expect(&ward.call("sign", prescription)?, "argument_invalid")?;
    ward.host
        .write_policy(&format!("{}[cards]\nmodules = []\n", policy(&ward.identity, ORIGIN)))?;
    ward.restart_agent()?;
    sign_with(&mut ward, &[("jws", "PS256"), ("jades", "PS384"), ("cades", "PS512")])
}

fn curves() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.reader.remove()?;
    let usual = policy(&ward.identity, ORIGIN);
    for (curve, algorithm, other) in [
        ("ec_paramgen_curve:P-256", "ES256", "ES384"),
        ("ec_paramgen_curve:P-384", "ES384", "ES256"),
        ("ec_paramgen_curve:P-521", "ES512", "ES256"),
    ] {
        let folder = ward.folder.path().join(algorithm);
        let token = SoftToken::with_keys(&ward.identity, &folder, AMIRA, ("EC", curve))?;
        under(&mut ward, &token, &usual)?;
        let ways =
            ["cades", "xades", "jades", "jws", "pades", "raw"].map(|format| (format, algorithm));
        sign_with(&mut ward, &ways)?;
        // Its curve has one hash.
        let answer = ward.call("sign", arguments("cades", other))?;
        expect(&answer, "algorithm_unsupported")?;
    }
    Ok(())
}

fn sign_with(ward: &mut Ward, ways: &[(&str, &str)]) -> Result<()> {
    for &(format, algorithm) in ways {
        let mut args = arguments(format, algorithm);
        if format == "xades" {
            args["packaging"] = json!("enveloping");
        }
        let answer = ward.call_with_passcode("sign", args)?;
        ensure!(answer["ok"]["results"][0]["algorithm"] == algorithm, "{answer}");
        let signed = signature(&answer, 0)?;
        match format {
            "cades" => ensure!(openssl(ward, &signed, None)? == NOTE, "another note"),
            "xades" => {
                let root = ward.identity.pki("root.crt.pem").display().to_string();
                let covered = signxml(&["verify", &root, "2"], std::str::from_utf8(&signed)?)?;
                ensure!(covered.contains("SignedProperties"), "{covered}");
            }
            "pades" => {
                let root = ward.identity.pki("root.crt.pem").display().to_string();
                let found = pyhanko(&["verify", &root], &signed)?;
                let of = &found[0];
                ensure!(of["bottomLine"] == true && of["coverage"] == "ENTIRE_FILE", "{found}");
                let (digest, mechanism) = named(algorithm);
                let right = of["algorithm"] == digest && of["mechanism"] == mechanism;
                ensure!(right, "{algorithm}: {found}");
            }
            "raw" => {
                bare(ward, algorithm, &answer, &signed)?;
                continue;
            }
            _ => {
                let token = String::from_utf8(signed.clone())?;
                ensure!(jose(&token, None)? == base64(NOTE), "another note");
            }
        }
        std::fs::write(ward.folder.path().join("signed"), &signed)?;
        let report = report(ward, &["verify", "signed"])?;
        ensure!(report["verdict"] == "valid" && report["format"] == format, "{report}");
    }
    Ok(())
}

/// The hash and the mechanism of an algorithm, as `asn1crypto` calls them.
fn named(algorithm: &str) -> (&'static str, &'static str) {
    match algorithm {
        "PS256" => ("sha256", "rsassa_pss"),
        "PS384" => ("sha384", "rsassa_pss"),
        "ES256" => ("sha256", "sha256_ecdsa"),
        "ES384" => ("sha384", "sha384_ecdsa"),
        "ES512" => ("sha512", "sha512_ecdsa"),
        _ => ("", ""),
    }
}

/// A bare signature, as OpenSSL sees it, and the program.
fn bare(ward: &Ward, algorithm: &str, answer: &Value, signed: &[u8]) -> Result<()> {
    let folder = ward.folder.path();
    let certificate: Base64 = serde_json::from_value(answer["ok"]["certificate"].clone())?;
    let (digest, mechanism) = named(algorithm);
    let der = if mechanism == "rsassa_pss" { signed.to_vec() } else { ecdsa_der(signed)? };
    fs::write(folder.join("note.sig"), signed)?;
    fs::write(folder.join("note.der"), der)?;
    fs::write(folder.join("note.txt"), NOTE)?;
    fs::write(folder.join("other.txt"), b"Rest, and drink little.")?;
    fs::write(folder.join("signer.pem"), Certificate::from_der(&certificate.0)?.to_pem())?;
    let run = |arguments: &[&str]| -> Result<bool> {
        let output = Command::new("openssl").args(arguments).current_dir(folder).output()?;
        Ok(output.status.success())
    };
    ensure!(run(&["x509", "-in", "signer.pem", "-noout", "-pubkey", "-out", "signer.pub"])?);
    let digest = format!("-{digest}");
    let mut dgst = vec!["dgst", &digest, "-verify", "signer.pub", "-signature", "note.der"];
    if mechanism == "rsassa_pss" {
        dgst.extend(["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]);
    }
    ensure!(run(&[&dgst[..], &["note.txt"]].concat())?, "{algorithm}: OpenSSL refuses it");
    ensure!(!run(&[&dgst[..], &["other.txt"]].concat())?, "{algorithm}: over anything");
    let verify = ["verify", "note.sig", "--document", "note.txt", "--certificate", "signer.pem"];
    let report = report(ward, &[&verify[..], &["--algorithm", algorithm]].concat())?;
    ensure!(report["verdict"] == "valid" && report["format"] == "raw", "{report}");
    Ok(())
}

fn ecdsa_der(signature: &[u8]) -> Result<Vec<u8>> {
    python::<&str>("ecdsa_der.py", &[], signature)
}

fn short() -> Result<()> {
    let mut ward = Ward::usual()?;
    let folder = ward.folder.path().join("soft");
    let token =
        SoftToken::with_keys(&ward.identity, &folder, AMIRA, ("RSA", "rsa_keygen_bits:1024"))?;
    let strict = policy(&ward.identity, ORIGIN);
    ward.reader.remove()?;
    under(&mut ward, &token, &strict)?;
    let answer = ward.call("sign", arguments("cades", "RS256"))?;
    ensure!(answer["error"]["details"]["bits"] == 1024, "{answer}");
    expect(&answer, "key_too_short")?;
    expect(&ward.call("sign_in", json!({}))?, "key_too_short")?;

    let exception = "[[server.short_keys]]\npurpose = \"content_commitment\"\ncards = [\"*\"]\n";
    let lax = strict.replacen("[[origin]]", &format!("{exception}\n[[origin]]"), 1);
    under(&mut ward, &token, &lax)?;
    let signed = ward.call_with_passcode("sign", arguments("jws", "RS256"))?;
    std::fs::write(ward.folder.path().join("signed"), signature(&signed, 0)?)?;
    expect(&ward.call("sign_in", json!({}))?, "key_too_short")?;
    let audit = std::fs::read_to_string(ward.host.folder().join("audit.jsonl"))?;
    let noted = audit.lines().rfind(|line| line.contains("\"action\":\"sign\""));
    let noted = noted.context("no record")?;
    ensure!(noted.contains("\"exception\":\"rsa_1024\""), "{noted}");
    let strictly = report(&ward, &["verify", "signed"])?;
    ensure!(strictly["verdict"] == "invalid", "{strictly}");
    let other = report(&ward, &["verify", "signed", "--dangerously-admit-sha1"])?;
    ensure!(other["verdict"] == "invalid", "{other}");
    let admitting = report(&ward, &["verify", "signed", "--dangerously-admit-rsa-1024"])?;
    ensure!(admitting["verdict"] == "valid", "{admitting}");
    Ok(())
}

/// An agent of this policy that sees the token and no other card.
fn under(ward: &mut Ward, token: &SoftToken, policy: &str) -> Result<()> {
    let cards = format!("\n[cards]\nmodules = [\"{}\"]\n", SoftToken::MODULE);
    ward.host.write_policy(&format!("{policy}{cards}"))?;
    ward.host.kill_agent();
    let mut environment = ward.environment();
    environment.push(("SOFTHSM2_CONF", token.configuration().to_owned()));
    ward.relay = Relay::start(&ward.programs, &environment)?;
    ward.relay.open(PORT, ORIGIN)
}
