use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};

use super::answer::{self, Asked, refused};
use crate::oidc::{ENDPOINTS, Provider};

/// `POST /oidc/token/revoke`: revokes a token.
pub(super) async fn revoke(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let asked = match Asked::read(&headers, &body) {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    match provider.revoke(&asked.at(ENDPOINTS.revoke)).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(failed) => answer::json(StatusCode::OK, Err::<(), _>(failed), "revoke"),
    }
}
