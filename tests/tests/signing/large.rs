//! Documents and results that are too large for one message.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_protocol::{
    Base64,
    limits::{CHUNK, CHUNK_WINDOW, MAX_DOCUMENT, MAX_READ_DOCUMENT},
};
use wardkey_tests::stage::{Dialog, InChunks, PASSCODE, peak, policy};

use super::{
    cades::{openssl, picture},
    ward::{ORIGIN, PORT, Ward, expect},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("large::a_hundred_megabytes_beside_the_signature", beside),
    ("large::a_hundred_megabytes_in_the_signature", inside),
    ("large::two_hundred_and_fifty_documents_that_fit_no_message", many),
    ("large::a_result_that_fits_no_message_comes_in_chunks", in_chunks),
    ("large::the_road_breaks_in_the_middle", broken),
    ("large::what_may_not_be_signed_is_not_sent", not_sent),
];

fn arguments(key: &str, format: &str, packaging: &str, documents: &[(&str, &[u8])]) -> Value {
    let documents: Vec<Value> = documents
        .iter()
        .map(|(id, octets)| {
            json!({
                "id": id, "name": format!("Scan {id}"), "mediaType": "application/dicom",
                "size": octets.len(),
            })
        })
        .collect();
    json!({
        "key": format!("{key:0>16}"), "format": format, "packaging": packaging,
        "documents": documents,
    })
}

/// Octets that differ everywhere.
fn scan(size: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).take(size / 4).flatten().collect()
}

/// Sends the documents of a call, and consents.
fn sign(
    ward: &mut Ward,
    args: Value,
    documents: &[(&str, &[u8])],
    shown: &str,
) -> Result<(InChunks, Value)> {
    let id = ward.relay.begin(PORT, "sign", args)?;
    ward.relay.transfer(PORT, id, documents)?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    picture(&dialog, shown)?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    ward.relay.collect(PORT, id)
}

/// The signature of a result, joined with its document where it says so.
fn joined(result: &Value, document: &[u8]) -> Result<Vec<u8>> {
    let mut signature: Base64 = serde_json::from_value(result["signature"].clone())?;
    if let Some(join) = result.get("join") {
        ensure!(join["how"] == "around", "{join}");
        let at = usize::try_from(join["at"].as_u64().context("no place")?)?;
        signature.0.splice(at..at, document.iter().copied());
    }
    Ok(signature.0)
}

fn agent(ward: &Ward) -> Result<u32> {
    let agent = ward.host.agent().context("no agent")?;
    Ok(agent.as_raw_nonzero().get().unsigned_abs())
}

fn beside() -> Result<()> {
    let mut ward = Ward::usual()?;
    let scan = scan(LARGE);
    let documents = [("1", scan.as_slice())];
    let before = peak(agent(&ward)?)?;
    let id =
        ward.relay.begin(PORT, "sign", arguments("beside", "cades", "detached", &documents))?;
    let begun = Instant::now();
    ward.relay.transfer(PORT, id, &documents)?;
    let dialog = Dialog::wait(&ward.desktop)?;
    let took = begun.elapsed();
    dialog.wait_for_passcode_field()?;
    picture(&dialog, "sign-large")?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let signed = ward.answer(id)?;
    let more = peak(agent(&ward)?)? - before;
    println!("100 MB: {took:?} to the dialog; the agent's peak grew by {more:.1} MB");
    ensure!(more < 30.0, "the agent held {more} MB of a document that it only hashes");
    ensure!(took < Duration::from_secs(60), "it took {took:?}");
    let signature = joined(&signed["ok"]["results"][0], &scan)?;
    openssl(&ward, &signature, Some(&scan))?;
    let mut other = scan;
    other[LARGE / 2] ^= 1;
    ensure!(openssl(&ward, &signature, Some(&other)).is_err(), "over anything");
    Ok(())
}

fn inside() -> Result<()> {
    let mut ward = Ward::usual()?;
    let scan = scan(LARGE);
    let documents = [("1", scan.as_slice())];
    let before = peak(agent(&ward)?)?;
    let args = arguments("inside", "cades", "enveloping", &documents);
    let (chunks, signed) = sign(&mut ward, args.clone(), &documents, "sign-large-inside")?;
    let more = peak(agent(&ward)?)? - before;
    println!("100 MB: the agent's peak grew by {more:.1} MB");
    ensure!(chunks.is_empty() && more < 30.0, "the agent held {more} MB");
    let whole = joined(&signed["ok"]["results"][0], &scan)?;
    ensure!(whole.len() > LARGE && openssl(&ward, &whole, None)? == scan, "another scan");
    // Asked again, nothing has to be sent.
    let again = ward.call("sign", args)?;
    ensure!(again["ok"] == signed["ok"], "{again}");
    Ok(())
}

fn many() -> Result<()> {
    let mut ward = Ward::usual()?;
    let policy = policy(&ward.identity, ORIGIN);
    ward.host.write_policy(&format!("{policy}\n[batch]\nhold_passcode = true\n"))?;
    ward.restart_agent()?;
    let all = scan(250 * 100_000);
    let names: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    let documents: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(all.chunks(100_000)).collect();
    let args = arguments("many", "cades", "enveloping", &documents);
    let (chunks, signed) = sign(&mut ward, args, &documents, "sign-large-many")?;
    let results = signed["ok"]["results"].as_array().context("no results")?;
    ensure!(results.len() == 250);
    // Together the signatures are too large for one message too.
    let of = |result: &Value, number: usize| -> Result<Vec<u8>> {
        let mut result = result.clone();
        if let Some(size) = result.get("size") {
            let came = chunks.iter().find(|(document, _)| *document == names[number]);
            let (_, octets) = came.context("no chunks")?;
            ensure!(*size == octets.len(), "{size} octets");
            result["signature"] = json!(super::ward::base64(octets));
        }
        joined(&result, documents[number].1)
    };
    ensure!(results.iter().any(|result| result.get("size").is_some()), "all in one message");
    for number in [0, 1, 100, 249] {
        let whole = of(&results[number], number)?;
        ensure!(openssl(&ward, &whole, None)? == documents[number].1, "another document");
    }
    Ok(())
}

fn in_chunks() -> Result<()> {
    let mut ward = Ward::usual()?;
    let line = format!("<line>{}</line>\n", "Rest, and drink plenty. ".repeat(400));
    let text = line.repeat(3 * CHUNK * usize::try_from(CHUNK_WINDOW)? / 2 / line.len());
    let letter = format!("<letter xmlns=\"urn:example:letter\">{text}</letter>");
    let documents = [("1", letter.as_bytes())];
    let mut args = arguments("letter", "xades", "enveloped", &documents);
    args["documents"][0]["mediaType"] = json!("application/xml");
    let (chunks, signed) = sign(&mut ward, args.clone(), &documents, "sign-large-letter")?;
    let [(document, octets)] = &chunks[..] else { anyhow::bail!("{signed}") };
    let result = &signed["ok"]["results"][0];
    ensure!(document == "1" && result["size"] == octets.len(), "{result}");
    ensure!(octets.starts_with(&letter.as_bytes()[..letter.len() - 9]), "another letter");
    std::fs::write(ward.folder.path().join("signed.xml"), octets)?;
    let report = super::xades::report(&ward, &["verify", "signed.xml"])?;
    ensure!(report["verdict"] == "valid", "{report}");

    // A page that takes no more is told, and what was signed is there when it asks again.
    let id = ward.relay.begin(PORT, "sign", args.clone())?;
    ward.relay.wait_for(|frame| frame["message"]["frame"].get("chunk").is_some())?;
    ward.relay.message(PORT, json!({"id": id, "credit": 1_000_000}))?;
    expect(&ward.answer(id)?, "chunk_invalid")?;
    ward.restart_relay()?;
    let id = ward.relay.begin(PORT, "sign", args)?;
    let (again, _) = ward.relay.collect(PORT, id)?;
    ensure!(again.last().map(|(_, octets)| octets.len()) == Some(octets.len()));
    Ok(())
}

fn broken() -> Result<()> {
    let mut ward = Ward::usual()?;
    let scan = scan(20 * CHUNK);
    let documents = [("1", scan.as_slice())];
    let args = arguments("broken", "cades", "detached", &documents);
    let id = ward.relay.begin(PORT, "sign", args.clone())?;
    ward.relay.transfer(PORT, id, &[("1", &scan[..10 * CHUNK])])?;
    ward.restart_relay()?;
    ensure!(!Dialog::is_open(&ward.desktop));
    // Nothing was made, so that the same act can be begun anew, with the same key.
    let (_, signed) = sign(&mut ward, args, &documents, "sign-large-again")?;
    openssl(&ward, &joined(&signed["ok"]["results"][0], &scan)?, Some(&scan)).map(drop)
}

fn not_sent() -> Result<()> {
    let mut ward = Ward::usual()?;
    let of = |key: &str, format: &str, size: usize| {
        json!({"key": format!("{key:0>16}"), "format": format, "documents": [{
            "id": "1", "name": "Scan", "mediaType": "application/dicom", "size": size,
        }]})
    };
    for (key, format, limit) in [
        ("c", "cades", MAX_DOCUMENT),
        ("j", "jades", MAX_READ_DOCUMENT),
        ("r", "raw", MAX_READ_DOCUMENT),
    ] {
        let refused = ward.call("sign", of(key, format, limit + 1))?;
        expect(&refused, "document_too_large")?;
        ensure!(refused["error"]["details"]["limit"] == limit, "{refused}");
    }
    let without = policy(&ward.identity, ORIGIN).replace("\"sign_content_not_shown\", ", "");
    ward.host.write_policy(&format!("{without}\n[batch]\nbytes = 20000000\n"))?;
    ward.restart_agent()?;
    let refused = ward.call("sign", of("b", "cades", 20_000_001))?;
    expect(&refused, "batch_too_large")?;
    ensure!(refused["error"]["details"]["limit"] == 20_000_000, "{refused}");
    // Longer than what is shown.
    expect(&ward.call("sign", of("n", "cades", 2_000_000))?, "capability_not_granted")?;
    let limits = ward.call("status", json!({}))?["ok"]["limits"].clone();
    ensure!(limits["bytes"] == 20_000_000 && limits["document"] == 20_000_000, "{limits}");
    Ok(())
}

const LARGE: usize = 100 * 1024 * 1024;
