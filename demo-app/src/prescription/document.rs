//! `GET /api/prescriptions/{id}`: the document that is shown and signed.

use axum::{
    extract::Path,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};

use crate::{fault::Fault, session::Active};

/// Answers the HL7 v3 ParentPrescription as it was drafted.
pub async fn document(Active(session): Active, Path(id): Path<String>) -> Result<Response, Fault> {
    let drafts = session.drafts();
    let draft = drafts.iter().find(|draft| draft.id == id).ok_or(Fault::NotFound)?;
    Ok(([(CONTENT_TYPE, "application/xml")], draft.xml.clone()).into_response())
}
