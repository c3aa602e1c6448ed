use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::Value;

use crate::oidc::Provider;

/// `GET /oidc/.well-known/openid-configuration`.
pub(super) async fn discovery(State(provider): State<Arc<Provider>>) -> Json<Value> {
    Json(provider.discovery())
}

/// `GET /oidc/connect/jwk_uri`, and for agents `GET /wardkey/keys`.
pub(super) async fn keys(State(provider): State<Arc<Provider>>) -> Json<Value> {
    Json(provider.keys())
}
