use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::header,
    middleware::Next,
    response::Response,
    routing::get,
};
use tokio::time::Instant;
use tracing::{Instrument as _, field::Empty, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::telemetry::{self, REQUEST_SECONDS};

/// `GET /metrics`, for Prometheus.
pub(crate) fn metrics() -> Router {
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Router::new().route("/metrics", get(async move || (text, telemetry::render())))
}

/// Measures the time to an answer, by route and status, and traces it.
pub(super) async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_default();
    let span = info_span!(
        "request",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        http.request.method = request.method().as_str(),
        http.route = route,
        http.response.status_code = Empty,
    );
    // Without traces there is nothing that could have a parent.
    let _ = span.set_parent(telemetry::of_caller(request.headers()));
    let begun = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    let labels = [("route", route), ("status", response.status().as_u16().to_string())];
    ::metrics::histogram!(REQUEST_SECONDS, &labels).record(begun.elapsed().as_secs_f64());
    response
}
