use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use wardkey_spine::{GpObject, Message as _, ValidateRequest};

use super::answer;
use crate::{Failed, Identity};

/// `POST /login/authvalidate`: ends a login.
pub(super) async fn validate(State(identity): State<Arc<Identity>>, body: Bytes) -> Response {
    let object = match GpObject::read(&body) {
        Ok(object) => object,
        Err(error) => return answer::malformed(&error.into()),
    };
    let request = match ValidateRequest::from_object(&object) {
        Ok(request) => request,
        Err(error) => return answer::malformed(&error),
    };
    let resume = object.all(RESUME).next().map(|param| param.value().trim());
    match identity.validate(&request, resume).await {
        Ok(response) => answer::message(StatusCode::OK, &response),
        Err(Failed::Refused(refusal)) => answer::message(StatusCode::FORBIDDEN, &refusal),
        Err(Failed::Internal(error)) => answer::trouble(&error, "validate"),
    }
}

/// The id of the session that the card is to bring back.
const RESUME: &str = "wardkey_resume_session";
