use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::header,
    middleware::Next,
    response::Response,
    routing::get,
};
use tokio::time::Instant;

use crate::telemetry::{self, REQUEST_SECONDS};

/// `GET /metrics`, for Prometheus.
pub(crate) fn metrics() -> Router {
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Router::new().route("/metrics", get(async move || (text, telemetry::render())))
}

/// Measures the time to an answer, by route and status.
pub(super) async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let begun = Instant::now();
    let response = next.run(request).await;
    let labels =
        [("route", route.unwrap_or_default()), ("status", response.status().as_u16().to_string())];
    ::metrics::histogram!(REQUEST_SECONDS, &labels).record(begun.elapsed().as_secs_f64());
    response
}
