use std::path::PathBuf;

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

/// The revocation lists of a folder, over plain HTTP: they are signed.
pub(crate) fn lists(folder: PathBuf) -> Router {
    Router::new().route("/crl/{list}", get(list)).with_state(folder)
}

async fn list(State(folder): State<PathBuf>, Path(list): Path<String>) -> Response {
    let is_name = list.strip_suffix(".crl").is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    if !is_name {
        return StatusCode::NOT_FOUND.into_response();
    }
    match tokio::fs::read(folder.join(list)).await {
        Ok(der) => ([(header::CONTENT_TYPE, "application/pkix-crl")], der).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
