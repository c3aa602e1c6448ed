use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use tracing::error;

use crate::Identity;

/// `GET /health`: whether the server can work.
pub(super) async fn health(State(identity): State<Arc<Identity>>) -> (StatusCode, &'static str) {
    match identity.health().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
    }
}
