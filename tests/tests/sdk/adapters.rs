//! Apps that call what was there before, and the one that falls back to Web eID.

use anyhow::{Context as _, Result, bail, ensure};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use wardkey_pki::Certificate;
use wardkey_signatures::eps;
use wardkey_tests::stage::AMIRA;

use super::{
    clinic::Clinic,
    world::{Test, World, repository},
};

pub const IN_BOTH: &[(&str, Test)] = &[
    ("adapters::nhs_auth_and_the_prescription_signer", yesterday),
    ("adapters::our_own_extension_answers_the_one_for_web_eid", web_eid),
];

fn yesterday(world: &mut World) -> Result<()> {
    let clinic = Clinic::open(world, "adapters.html")?;
    let said = |what: &str| said(&clinic, what);
    said("ready")?;
    clinic.click("#quiet")?;
    ensure!(said("code")? == json!({"code": 201}));
    clinic.click("#token")?;
    clinic.passcode()?;
    let token = said("tokenId")?;
    ensure!(clinic.identity.opens(token["tokenId"].as_str().unwrap_or_default())?, "{token}");
    clinic.click("#quiet")?;
    said("tokenId")?;

    let file = repository().join("crates/signatures/fixtures/prescription-1.xml");
    let prescription = eps::Prescription::read(&std::fs::read(file)?)?;
    let prepared = prescription.prepare(SignatureAlgorithm::RsaPkcs1Sha256)?;
    let digest = Base64::encode_string(prepared.to_be_signed());
    clinic.script(&format!("window.digest = '{digest}';"))?;
    clinic.click("#prescription")?;
    clinic.passcode()?;
    let response = said("status_code")?;
    ensure!(response["status_code"] == 0, "{response}");
    holds(
        SignatureAlgorithm::RsaPkcs1Sha256,
        &response["certificate"],
        &response["signatures"][0]["signature"],
        prepared.to_be_signed(),
    )
}

/// Where policy has it answer as Web eID does, each end is ours: what one says the other takes.
fn web_eid(world: &mut World) -> Result<()> {
    let clinic = Clinic::open_with(world, "web-eid.html", AMIRA, |policy| {
        policy.replace("capabilities = [", "web_eid = true\ncapabilities = [")
    })?;
    let found = said(&clinic, "extension")?;
    ensure!(found == json!({"extension": "2.0.0", "nativeApp": "2.0.0"}), "{found}");

    clinic.click("#authenticate")?;
    clinic.no_dialog()?;
    ensure!(said(&clinic, "code")? == json!({"code": "user_cancelled"}));
    clinic.click("#authenticate")?;
    clinic.passcode()?;
    let token = said(&clinic, "format")?;
    ensure!(token["format"] == "web-eid:1.0", "{token}");
    let used = algorithm(&token["algorithm"])?;
    let origin = clinic.script("return location.origin;")?;
    let nonce = clinic.script("return window.nonce;")?;
    let digest = |text: &Value| used.digest(text.as_str()?.as_bytes());
    let signed = digest(&origin).zip(digest(&nonce)).context("no digest")?;
    let signed = [signed.0, signed.1].concat();
    holds(used, &token["unverifiedCertificate"], &token["signature"], &signed)?;

    clinic.click("#sign")?;
    clinic.passcode()?;
    let made = said(&clinic, "certificate")?;
    let document = clinic.script("return window.text;")?;
    let document = document.as_str().context("no document")?.as_bytes();
    holds(algorithm(&made["algorithm"])?, &made["certificate"], &made["signature"], document)
}

fn said(clinic: &Clinic, what: &str) -> Result<Value> {
    clinic.wait_for(&format!("document.querySelector('#said').textContent.includes('{what}')"))?;
    let text = clinic.script("return document.querySelector('#said').textContent;")?;
    Ok(serde_json::from_str(text.as_str().unwrap_or_default())?)
}

fn algorithm(name: &Value) -> Result<SignatureAlgorithm> {
    Ok(match name.as_str() {
        Some("RS256") => SignatureAlgorithm::RsaPkcs1Sha256,
        Some("ES256") => SignatureAlgorithm::EcdsaP256Sha256,
        Some("ES384") => SignatureAlgorithm::EcdsaP384Sha384,
        other => bail!("{other:?}"),
    })
}

fn holds(
    algorithm: SignatureAlgorithm,
    certificate: &Value,
    signature: &Value,
    message: &[u8],
) -> Result<()> {
    let octets = |value: &Value| Base64::decode_vec(value.as_str().unwrap_or_default()).ok();
    let certificate = octets(certificate).context("certificate")?;
    let obligation = Obligation {
        algorithm,
        spki: Certificate::from_der(&certificate)?.spki().to_vec(),
        message: message.to_vec(),
        signature: octets(signature).context("signature")?,
        issued: false,
    };
    ensure!(obligation.discharge(), "the signature does not hold");
    Ok(())
}
