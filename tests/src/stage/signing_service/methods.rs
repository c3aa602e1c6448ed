//! The methods, as the specification has them (sections 8.4.4 and 11).

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use super::{
    Authorization, CLIENT, Credential, Phone, SECRET, ServiceState, SigningService, Tamper,
    http::{Answer, Request},
    openssl,
};

/// # Errors
///
/// What the specification calls `invalid_request`, with the description.
pub fn answer(state: &mut ServiceState, request: &Request) -> Result<Answer> {
    if let Some(location) = &state.redirects {
        return Ok(Answer { status: 307, location: Some(location.clone()), body: Value::Null });
    }
    if state.busy {
        return Ok(refused(503, "temporarily_unavailable", "come back later"));
    }
    if request.path == "/oauth2/token" {
        return token(&request.body);
    }
    let method = request.path.strip_prefix("/csc/v2/").context("no such method")?;
    let body: Value = serde_json::from_slice(&request.body).context("no JSON")?;
    if method == "info" {
        return Ok(ok(about(state)));
    }
    if request.authorization != format!("Bearer {TOKEN}") {
        return Ok(refused(401, "invalid_token", "The access token is not valid"));
    }
    match method {
        "credentials/list" => list(state, &body),
        "credentials/info" => info(state, &body),
        "credentials/authorize" => authorize(state, &body),
        "credentials/authorizeCheck" => check(state, &body),
        "signatures/signHash" => sign(state, &body),
        "signatures/signPolling" => poll(state, &body),
        other => bail!("no method {other}"),
    }
}

/// A request that was no good.
pub fn failed(error: &anyhow::Error) -> Answer {
    refused(400, "invalid_request", &format!("{error:#}"))
}

fn token(body: &[u8]) -> Result<Answer> {
    let form = std::str::from_utf8(body)?;
    let secret = SECRET.replace(' ', "+").replace('&', "%26");
    let right = format!(
        "grant_type=client_credentials&scope=service&client_id={CLIENT}&client_secret={secret}"
    );
    if form != right {
        return Ok(refused(401, "invalid_client", "another client"));
    }
    Ok(ok(json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})))
}

fn about(state: &ServiceState) -> Value {
    json!({
        "specs": "2.0.0.2", "name": "Test service", "logo": "https://sign.example/logo.png",
        "region": "GB", "lang": "en", "description": "Keys for tests",
        "authType": ["oauth2client"], "oauth2": "https://elsewhere.example/",
        "asynchronousOperationMode": state.asynchronous,
        "methods": ["info", "credentials/list", "credentials/info", "credentials/authorize",
            "credentials/authorizeCheck", "signatures/signHash", "signatures/signPolling"],
        "signAlgorithms": {"algos": [RSA_SHA256, RSASSA_PSS, ECDSA_SHA256]},
        "signature_formats": {"formats": [], "envelope_properties": []}, "conformance_levels": [],
    })
}

fn list(state: &ServiceState, body: &Value) -> Result<Answer> {
    let user = body["userID"].as_str().context("Invalid parameter userID")?;
    let of_user = state.credentials.iter().filter(|credential| credential.user == user);
    let ids: Vec<_> = of_user.map(|credential| credential.id.clone()).collect();
    if ids.is_empty() {
        bail!("Invalid parameter userID");
    }
    Ok(ok(json!({"credentialIDs": ids})))
}

fn info(state: &ServiceState, body: &Value) -> Result<Answer> {
    let credential = credential(state, body)?;
    let pem = fs::read_to_string(&credential.certificate)?;
    let lines = pem.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1);
    let encoded: String = lines.take_while(|line| !line.starts_with("-----END")).collect();
    let algo = match credential.kind {
        "EC" => json!([ECDSA_SHA256]),
        _ => json!([RSA_SHA256, RSASSA_PSS]),
    };
    let objects = match state.on_phone {
        true => json!([{"type": "ChallengeResponseOOB", "id": "mobile", "label": "Phone"}]),
        false => json!([
            {"type": "Password", "id": "PIN", "format": "N", "label": "PIN"},
            {"type": "Password", "id": "OTP", "format": "N", "generator": "totp", "label": "Mobile OTP"},
        ]),
    };
    let mut auth = json!({"mode": "explicit", "objects": objects});
    if !state.on_phone {
        auth["expression"] = "PIN AND OTP".into();
    }
    Ok(ok(json!({
        "description": credential.id,
        "key": {"status": "enabled", "algo": algo, "len": 2048},
        "cert": {"status": state.status, "certificates": [encoded]},
        "auth": auth, "SCAL": "2", "multisign": state.multisign, "lang": "en",
    })))
}

fn authorize(state: &mut ServiceState, body: &Value) -> Result<Answer> {
    let credential = credential(state, body)?.id.clone();
    let hashes = body["hashes"].as_array().context("Missing array parameter hashes")?.clone();
    body["hashAlgorithmOID"].as_str().context("Missing parameter hashAlgorithmOID")?;
    let count = body["numSignatures"].as_u64().context("Missing parameter numSignatures")?;
    if count != hashes.len() as u64 || hashes.len() > state.multisign {
        bail!("Numbers of signatures is too high");
    }
    if state.locked {
        bail!("Credential locked");
    }
    let right = match state.on_phone {
        true => json!([{"id": "mobile"}]),
        false => json!([
            {"id": "PIN", "value": SigningService::PIN},
            {"id": "OTP", "value": SigningService::CODE},
        ]),
    };
    if body["authData"] != right {
        let invalid = "The authentication data is invalid";
        return Ok(refused(400, "invalid_authentication_data", invalid));
    }
    let name = state.next("S");
    state.authorizations.insert(name.clone(), Authorization { credential, hashes, polls: 0 });
    Ok(match state.on_phone {
        true => Answer { status: 202, ..ok(json!({"handle": name})) },
        false => ok(json!({"SAD": name, "expiresIn": 300})),
    })
}

fn check(state: &mut ServiceState, body: &Value) -> Result<Answer> {
    let handle = body["handle"].as_str().context("Invalid parameter handle")?;
    let phone = state.phone;
    let known = state.authorizations.get_mut(handle).context("Invalid parameter handle")?;
    known.polls += 1;
    Ok(match phone {
        Phone::Confirms if known.polls > 1 => ok(json!({"SAD": handle})),
        Phone::Refuses if known.polls > 1 => {
            refused(401, "access_denied", "The user denied the request")
        }
        _ => Answer { status: 202, ..ok(json!({"handle": handle})) },
    })
}

fn sign(state: &mut ServiceState, body: &Value) -> Result<Answer> {
    let sad = body["SAD"].as_str().context("Missing string parameter SAD")?;
    // It serves once.
    let authorized = state.authorizations.remove(sad).context("Invalid parameter SAD")?;
    if state.runs_out {
        bail!("SAD expired");
    }
    let credential = credential(state, body)?;
    if body["credentialID"] != authorized.credential.as_str()
        || body["hashes"].as_array() != Some(&authorized.hashes)
    {
        bail!("Hash is not authorized by the SAD");
    }
    let way = way(&state.folder, body)?;
    let signer = match state.tamper {
        Tamper::OtherKey => {
            let is_other =
                |other: &&Credential| other.id != credential.id && other.kind == credential.kind;
            state.credentials.iter().find(is_other).context("no other key")?
        }
        Tamper::None | Tamper::OtherHash => credential,
    };
    let mut signatures = Vec::new();
    for hash in &authorized.hashes {
        let mut digest = Base64::decode_vec(hash.as_str().context("Invalid Base64 hash")?)
            .map_err(|error| anyhow::anyhow!("Invalid Base64 hash: {error}"))?;
        if state.tamper == Tamper::OtherHash {
            digest[0] ^= 1;
        }
        signatures.push(signature(&state.folder, &signer.key, &way, &digest)?);
    }
    if body["operationMode"] == "A" {
        let name = state.next("R");
        state.finished.insert(name.clone(), signatures);
        return Ok(ok(json!({"responseID": name})));
    }
    Ok(ok(json!({"signatures": signatures})))
}

fn poll(state: &mut ServiceState, body: &Value) -> Result<Answer> {
    let request = body["requestID"].as_str().context("Invalid parameter requestID")?;
    // The first time it is never ready.
    let before = state.asked.iter().rev().find(|asked| asked.method.starts_with("signatures/"));
    if before.is_some_and(|asked| asked.method == "signatures/signHash") {
        return Ok(refused(202, "accepted_request", "not yet completed"));
    }
    let signatures = state.finished.remove(request).context("Invalid parameter requestID")?;
    Ok(ok(json!({"signatures": signatures})))
}

/// How OpenSSL is told to sign.
fn way(folder: &Path, body: &Value) -> Result<Vec<&'static str>> {
    Ok(match body["signAlgo"].as_str().context("Missing string parameter signAlgo")? {
        RSA_SHA256 => vec!["digest:sha256"],
        ECDSA_SHA256 => Vec::new(),
        RSASSA_PSS => {
            let parameters = body["signAlgoParams"].as_str();
            let parameters = parameters.context("Missing string parameter signAlgoParams")?;
            let der = Base64::decode_vec(parameters).map_err(|error| anyhow::anyhow!("{error}"))?;
            fs::write(folder.join("parameters.der"), der)?;
            let read = openssl(folder, &["asn1parse", "-inform", "DER", "-in", "parameters.der"])?;
            let is_right = read.matches(":sha256").count() == 2
                && read.contains(":mgf1")
                && read.contains("INTEGER           :20");
            if !is_right {
                bail!("Invalid parameter signAlgoParams");
            }
            vec![
                "digest:sha256",
                "rsa_padding_mode:pss",
                "rsa_pss_saltlen:32",
                "rsa_mgf1_md:sha256",
            ]
        }
        _ => bail!("Invalid parameter signAlgo"),
    })
}

fn signature(folder: &Path, key: &Path, way: &[&str], digest: &[u8]) -> Result<String> {
    fs::write(folder.join("digest"), digest)?;
    let key = key.display().to_string();
    let mut arguments =
        vec!["pkeyutl", "-sign", "-inkey", &key, "-in", "digest", "-out", "signature"];
    for option in way {
        arguments.extend(["-pkeyopt", option]);
    }
    openssl(folder, &arguments)?;
    Ok(Base64::encode_string(&fs::read(folder.join("signature"))?))
}

fn credential<'a>(state: &'a ServiceState, body: &Value) -> Result<&'a Credential> {
    let id = body["credentialID"].as_str().context("Missing string parameter credentialID")?;
    let found = state.credentials.iter().find(|credential| credential.id == id);
    found.context("Invalid parameter credentialID")
}

impl ServiceState {
    fn next(&mut self, kind: &str) -> String {
        self.number += 1;
        format!("{kind}{}", self.number)
    }
}

fn ok(body: Value) -> Answer {
    Answer { status: 200, location: None, body }
}

fn refused(status: u16, error: &str, description: &str) -> Answer {
    let body = json!({"error": error, "error_description": description});
    Answer { status, location: None, body }
}

const TOKEN: &str = "4/CKN69L8gdSYp5_pwH3XlFQZ3ndFhkXf9P2_TiHRG-bA";
const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
