use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::answer::{Asked, json, refused};
use crate::oidc::{ENDPOINTS, Provider};

/// `POST /oidc/introspect`: says what a token is.
pub(super) async fn introspect(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    match Asked::read(&headers, &body) {
        Ok(asked) => json(
            StatusCode::OK,
            provider.introspect(&asked.at(ENDPOINTS.introspect)).await,
            "introspect",
        ),
        Err(error) => refused(&error),
    }
}
