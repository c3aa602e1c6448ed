//! Apps that call what was there before.

use anyhow::{Context as _, Result, ensure};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use wardkey_pki::Certificate;
use wardkey_signatures::eps;

use super::{
    clinic::Clinic,
    world::{Test, World, repository},
};

pub const IN_BOTH: &[(&str, Test)] =
    &[("adapters::nhs_auth_and_the_prescription_signer", yesterday)];

fn yesterday(world: &mut World) -> Result<()> {
    let clinic = Clinic::open(world, "adapters.html")?;
    let said = |what: &str| -> Result<Value> {
        clinic
            .wait_for(&format!("document.querySelector('#said').textContent.includes('{what}')"))?;
        let text = clinic.script("return document.querySelector('#said').textContent;")?;
        Ok(serde_json::from_str(text.as_str().unwrap_or_default())?)
    };
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
    let octets = |value: &Value| Base64::decode_vec(value.as_str().unwrap_or_default());
    let certificate = octets(&response["certificate"]).ok().context("certificate")?;
    let signature = octets(&response["signatures"][0]["signature"]).ok().context("signature")?;
    let holds = Obligation {
        algorithm: SignatureAlgorithm::RsaPkcs1Sha256,
        spki: Certificate::from_der(&certificate)?.spki().to_vec(),
        message: prepared.to_be_signed().to_vec(),
        signature,
    };
    ensure!(holds.discharge(), "the signature does not hold over the digest");
    Ok(())
}
