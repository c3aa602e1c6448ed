//! How a key signs: the page's wish, and short keys by policy alone.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{AMIRA, Relay, SoftToken, policy};

use super::{
    cades::{openssl, signature},
    jades::jose,
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

fn arguments(format: &str, algorithm: &str) -> Value {
    json!({
        "key": format!("{:0>24}", format!("{format}{algorithm}")), "format": format,
        "algorithm": algorithm,
        "documents": [{
            "id": "1", "name": "note.txt", "mediaType": "text/plain", "content": base64(NOTE),
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
    for (curve, algorithm) in
        [("ec_paramgen_curve:P-384", "ES384"), ("ec_paramgen_curve:P-521", "ES512")]
    {
        let folder = ward.folder.path().join(algorithm);
        let token = SoftToken::with_keys(&ward.identity, &folder, AMIRA, ("EC", curve))?;
        under(&mut ward, &token, &usual)?;
        let ways = ["cades", "xades", "jades", "jws"].map(|format| (format, algorithm));
        sign_with(&mut ward, &ways)?;
        // Its curve has one hash.
        let answer = ward.call("sign", arguments("cades", "ES256"))?;
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
