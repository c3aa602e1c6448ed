use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use tracing::error;

use crate::{Identity, store::Store};

/// `GET /health`: whether the server can work.
pub(super) async fn health<S: Store>(
    State(identity): State<Arc<Identity<S>>>,
) -> (StatusCode, &'static str) {
    match identity.health().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
    }
}
