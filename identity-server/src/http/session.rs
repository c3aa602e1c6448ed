use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use wardkey_protocol::session_api::{Refusal, Refused};

use super::answer;
use crate::{Failed, Identity};

/// `POST /wardkey/session`: an agent asks for its session, with the session's key.
pub(super) async fn session(State(identity): State<Arc<Identity>>, body: Bytes) -> Response {
    let done = match std::str::from_utf8(&body) {
        Ok(proof) => identity.session(proof.trim()).await,
        Err(_) => Err(Failed::Refused(Refusal::ProofInvalid)),
    };
    match done {
        Ok(granted) => Json(granted).into_response(),
        Err(Failed::Refused(error)) => (status(error), Json(Refused { error })).into_response(),
        Err(Failed::Internal(error)) => answer::trouble(&error, "session"),
    }
}

fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::ProofInvalid => StatusCode::UNAUTHORIZED,
        Refusal::RelyingPartyUnknown => StatusCode::BAD_REQUEST,
        Refusal::RoleRequired => StatusCode::CONFLICT,
        _ => StatusCode::FORBIDDEN,
    }
}
