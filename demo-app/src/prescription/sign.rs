//! `POST /api/prescriptions/{id}/signature`: a signature comes in and is checked.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;

use crate::{
    app::{App, Body},
    fault::Fault,
    session::Active,
    verification::Finding,
};

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The Signature element, base64.
    signature: String,
}

/// Verifies the signature over the prescription as it was drafted, and keeps what was found.
pub async fn sign(
    State(app): State<Arc<App>>,
    Active(session): Active,
    Path(id): Path<String>,
    Body(request): Body<Request>,
) -> Result<Json<Finding>, Fault> {
    let signature =
        Base64::decode_vec(&request.signature).map_err(|_| Fault::Malformed("signature"))?;
    let xml = {
        let drafts = session.drafts();
        let draft = drafts.iter().find(|draft| draft.id == id).ok_or(Fault::NotFound)?;
        if draft.is_verified() {
            return Err(Fault::AlreadySigned);
        }
        draft.xml.clone()
    };
    let (user, document) = (session.user.clone(), xml.clone());
    let finding = app
        .blocking(move |app| {
            let now = (app.ambient.now)();
            app.verification.prescription(document.as_bytes(), &signature, &user, now)
        })
        .await?;
    let mut drafts = session.drafts();
    let draft = drafts.iter_mut().find(|draft| draft.id == id).ok_or(Fault::NotFound)?;
    // The finding is about the draft as it was when the signature came.
    if draft.xml == xml && !draft.is_verified() {
        draft.finding = Some(finding.clone());
    }
    Ok(Json(finding))
}
