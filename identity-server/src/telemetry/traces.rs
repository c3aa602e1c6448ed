//! Traces by OpenTelemetry: a span for each request, below that of the caller, and spans for its
//! parts. None says a ticket, a challenge or a name.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::{Context, propagation::TextMapPropagator as _, trace::TracerProvider as _};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider, Tracer},
};
use serde::{Deserialize, Serialize};
use tracing::{Level, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceSettings {
    /// The collector's address for traces (OTLP over HTTP), as `http://127.0.0.1:4318/v1/traces`.
    pub endpoint: String,
    /// How many of a hundred requests are traced, whatever their callers ask.
    #[serde(default = "all")]
    pub percent: u8,
}

/// Why traces can't begin.
#[derive(Debug, thiserror::Error)]
#[error("traces to {endpoint}: {error}")]
pub struct TracesError {
    endpoint: String,
    error: opentelemetry_otlp::ExporterBuildError,
}

/// Traces under way; dropped, it sends the last ones.
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    pub(super) fn begin(settings: &TraceSettings) -> Result<Self, TracesError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client(agent()))
            .with_endpoint(&settings.endpoint)
            .build()
            .map_err(|error| TracesError { endpoint: settings.endpoint.clone(), error })?;
        let resource = Resource::builder().with_service_name("wardkey-identity").build();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::TraceIdRatioBased(f64::from(settings.percent) / 100.0))
            .with_resource(resource)
            .with_batch_exporter(exporter)
            .build();
        Ok(Self(provider))
    }

    /// Makes traces of our own spans; the libraries' are not ours to tell. What is logged within
    /// them stays in the log, since that may name people.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let ours = filter_fn(|metadata| {
            metadata.is_span()
                && metadata.target().starts_with("wardkey_identity")
                && *metadata.level() <= Level::INFO
        });
        let layer: OpenTelemetryLayer<S, Tracer> =
            tracing_opentelemetry::layer().with_tracer(self.0.tracer("wardkey-identity"));
        layer.with_filter(ours)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // Nobody is left to hear that the collector is away.
        let _ = self.0.shutdown_with_timeout(TIMEOUT);
    }
}

/// The span that a request names as its parent (W3C Trace Context).
pub(crate) fn of_caller(headers: &axum::http::HeaderMap) -> Context {
    TraceContextPropagator::new().extract(&HeaderExtractor(headers))
}

/// The exporter's thread waits for each request; no other does.
#[derive(Debug)]
struct Client(ureq::Agent);

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let answer = self.0.run(Request::from_parts(parts, &body[..]))?;
        let (parts, mut body) = answer.into_parts();
        let octets = body.with_config().limit(MAX_ANSWER).read_to_vec()?;
        Ok(Response::from_parts(parts, octets.into()))
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
        .build()
        .into()
}

fn all() -> u8 {
    100
}

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ANSWER: u64 = 64 * 1024;
