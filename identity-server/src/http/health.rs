use std::sync::{Arc, atomic::Ordering};

use axum::{extract::State, http::StatusCode};
use tracing::error;

use crate::Identity;

/// `GET /health`: the process is there, and answers. Who finds it does not may start it anew.
pub(super) async fn health() -> &'static str {
    "ok"
}

/// `GET /ready`: whether requests may be sent here: the store answers, and the server is not about
/// to stop.
pub(super) async fn ready(State(identity): State<Arc<Identity>>) -> (StatusCode, &'static str) {
    if identity.stopping.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match identity.check_store().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
    }
}
