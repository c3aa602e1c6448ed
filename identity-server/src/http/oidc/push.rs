use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::json;

use super::answer::{self, Asked, refused};
use crate::oidc::{ENDPOINTS, Provider};

/// `POST /oidc/par`: takes a request that a client pushes.
pub(super) async fn push(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let asked = match Asked::read(&headers, &body) {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    let pushed = provider.push(&asked.at(ENDPOINTS.pushed)).await.map(
        |(reference, seconds)| json!({ "request_uri": reference.as_str(), "expires_in": seconds }),
    );
    answer::json(StatusCode::CREATED, pushed, "push")
}
