use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use wardkey_spine::{Message as _, ValidateRequest};

use super::answer;
use crate::{Failed, Identity};

/// `POST /login/authvalidate`: ends a login.
pub(super) async fn validate(State(identity): State<Arc<Identity>>, body: Bytes) -> Response {
    let request = match ValidateRequest::read(&body) {
        Ok(request) => request,
        Err(error) => return answer::malformed(&error),
    };
    match identity.validate(&request).await {
        Ok(response) => answer::message(StatusCode::OK, &response),
        Err(Failed::Refused(refusal)) => answer::message(StatusCode::FORBIDDEN, &refusal),
        Err(Failed::Internal(error)) => answer::trouble(&error, "validate"),
    }
}
