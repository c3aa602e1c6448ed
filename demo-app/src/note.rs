//! `POST /api/documents/raw-signature`: the bare signature over a ward note is checked.

use std::sync::Arc;

use axum::{Json, extract::State};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;

use crate::{
    app::{App, Body},
    fault::Fault,
    session::Active,
    verification::{Finding, Note},
};

/// What the page sends; octets are base64.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The note, UTF-8.
    content: String,
    /// The signer's certificate, DER.
    certificate: String,
    /// The bare signature.
    signature: String,
    /// The algorithm, such as `RS256`.
    algorithm: String,
}

/// Verifies the signature. Notes are not kept: the answer is all there is.
pub async fn verify(
    State(app): State<Arc<App>>,
    Active(session): Active,
    Body(request): Body<Request>,
) -> Result<Json<Finding>, Fault> {
    let note = Note {
        content: decode(&request.content, "content")?,
        certificate: decode(&request.certificate, "certificate")?,
        signature: decode(&request.signature, "signature")?,
        algorithm: request.algorithm,
    };
    let user = session.user.clone();
    let finding =
        app.blocking(move |app| app.verification.note(&note, &user, (app.ambient.now)())).await?;
    Ok(Json(finding))
}

fn decode(base64: &str, name: &'static str) -> Result<Vec<u8>, Fault> {
    Base64::decode_vec(base64).map_err(|_| Fault::Malformed(name))
}
