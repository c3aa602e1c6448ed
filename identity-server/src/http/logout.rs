use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use wardkey_spine::{LogoutRequest, Message as _, STATUS_OK};

use super::answer;
use crate::{Failed, Identity};

/// `/login/authlogout`, POST or, as older agents do, GET with a body: ends a session.
pub(super) async fn logout(State(identity): State<Arc<Identity>>, body: Bytes) -> Response {
    let request = match LogoutRequest::read(&body) {
        Ok(request) => request,
        Err(error) => return answer::malformed(&error),
    };
    match identity.logout(&request).await {
        Ok(()) => answer::html(StatusCode::OK, STATUS_OK),
        Err(Failed::Refused(refusal)) => answer::status_page(refusal),
        Err(Failed::Internal(error)) => answer::trouble(&error, "logout"),
    }
}
