use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use wardkey_spine::session_service::{SessionRequest, SessionResponse};

use super::answer;
use crate::{Identity, InternalError};

/// `POST /amserver/sessionservice`: applications check, keep up and end sessions.
pub(super) async fn session_service(
    State(identity): State<Arc<Identity>>,
    body: Bytes,
) -> Response {
    let Ok(requests) = SessionRequest::read_set(&body) else {
        return (StatusCode::BAD_REQUEST, "not a session request").into_response();
    };
    let mut responses = Vec::with_capacity(requests.len());
    for request in &requests {
        match identity.session_service(request).await {
            Ok(response) => responses.push(response),
            Err(error) => return answer::trouble(&error, "session service"),
        }
    }
    let set_id = requests.first().map_or(0, |request| request.set_id);
    match SessionResponse::write_set(set_id, &responses) {
        Ok(body) => answer::xml(StatusCode::OK, body),
        Err(error) => answer::trouble(&InternalError::Answer(error.to_string()), "session service"),
    }
}
