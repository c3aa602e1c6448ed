//! `POST /api/prescriptions/{id}/prepare`: the document, with the time of signing set to now.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use wardkey_spine::UnixTime;

use crate::{app::App, fault::Fault, session::Active};

/// Answers the HL7 v3 ParentPrescription that is to be signed now.
pub async fn prepare(
    State(app): State<Arc<App>>,
    Active(session): Active,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut drafts = session.drafts();
    let draft = drafts.iter_mut().find(|draft| draft.id == id).ok_or(Fault::NotFound)?;
    if draft.is_verified() {
        return Err(Fault::AlreadySigned);
    }
    draft.stamp(UnixTime::from_seconds((app.ambient.now)()));
    Ok(([(CONTENT_TYPE, "application/xml")], draft.xml.clone()).into_response())
}
