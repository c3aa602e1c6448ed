use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use wardkey_spine::session_service::SessionRequest;

use super::answer;
use crate::{Identity, InternalError};

/// `POST /amserver/sessionservice`: applications check, keep up and end sessions.
pub(super) async fn session_service(
    State(identity): State<Arc<Identity>>,
    body: Bytes,
) -> Response {
    let Ok(request) = SessionRequest::read(&body) else {
        return (StatusCode::BAD_REQUEST, "not a session request").into_response();
    };
    let written = match identity.session_service(&request).await {
        Ok(response) => response.write(),
        Err(error) => return answer::trouble(&error, "session service"),
    };
    match written {
        Ok(body) => answer::xml(StatusCode::OK, body),
        Err(error) => answer::trouble(&InternalError::Answer(error.to_string()), "session service"),
    }
}
