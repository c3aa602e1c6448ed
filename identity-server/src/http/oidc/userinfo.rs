use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};

use super::answer::{Asked, json, refused};
use crate::oidc::Provider;

/// `/oidc/userinfo`, GET or POST: what an access token opens of its user.
pub(super) async fn userinfo(
    State(provider): State<Arc<Provider>>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let asked = match Asked::read(&headers, "") {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    let claims = provider.userinfo(method.as_str(), asked.authorization(), asked.dpop()).await;
    json(StatusCode::OK, claims, "userinfo")
}
