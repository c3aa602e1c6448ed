use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::answer::{Asked, json, refused};
use crate::oidc::{ENDPOINTS, Provider};

/// `POST /oidc/access_token`: gives tokens.
pub(super) async fn token(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    match Asked::read(&headers, &body) {
        Ok(asked) => {
            json(StatusCode::OK, provider.token(&asked.at(ENDPOINTS.token)).await, "token")
        }
        Err(error) => refused(&error),
    }
}
