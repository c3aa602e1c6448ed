//! The page's files, and the headers that keep it to itself.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::services::ServeDir;

use crate::app::App;

/// Routes to the page's files, and under `/sdk/` to the unpacked npm package in this folder.
pub fn routes(sdk: &Path) -> Router<Arc<App>> {
    let files = FILES.iter().fold(Router::new(), |router, (path, media_type, content)| {
        let answer = ([(header::CONTENT_TYPE, *media_type)], *content);
        router.route(path, get(move || async move { answer.into_response() }))
    });
    files.nest_service("/sdk", ServeDir::new(sdk).append_index_html_on_directories(false))
}

/// Adds the headers of every answer.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add_headers(response.headers_mut());
    response
}

fn add_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// `wasm-unsafe-eval`: the SDK compiles WebAssembly; nothing else is evaluated.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' \
    'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

macro_rules! files {
    ($($path:literal $media_type:literal $file:literal)*) => {
        /// Path, media type and content of each file of the page.
        pub const FILES: &[(&str, &str, &str)] =
            &[$(($path, $media_type, include_str!(concat!("../static/", $file)))),*];
    };
}

files! {
    "/" "text/html; charset=utf-8" "index.html"
    "/app.js" "text/javascript; charset=utf-8" "app.js"
    "/backend.js" "text/javascript; charset=utf-8" "backend.js"
    "/detail.js" "text/javascript; charset=utf-8" "detail.js"
    "/dom.js" "text/javascript; charset=utf-8" "dom.js"
    "/icons.svg" "image/svg+xml" "icons.svg"
    "/mark.svg" "image/svg+xml" "mark.svg"
    "/note.js" "text/javascript; charset=utf-8" "note.js"
    "/prescription.js" "text/javascript; charset=utf-8" "prescription.js"
    "/reasons.js" "text/javascript; charset=utf-8" "reasons.js"
    "/style.css" "text/css; charset=utf-8" "style.css"
    "/view.js" "text/javascript; charset=utf-8" "view.js"
    "/watch.js" "text/javascript; charset=utf-8" "watch.js"
}

#[cfg(test)]
mod tests;
