use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use wardkey_spine::{ActivateRequest, Message as _};

use super::answer;
use crate::Identity;

/// `POST /login/authactivate`: begins a login.
pub(super) async fn activate(State(identity): State<Arc<Identity>>, body: Bytes) -> Response {
    let request = match ActivateRequest::read(&body) {
        Ok(request) => request,
        Err(error) => return answer::malformed(&error),
    };
    match identity.activate(&request).await {
        Ok(response) => answer::message(StatusCode::OK, &response),
        Err(error) => answer::trouble(&error, "activate"),
    }
}
