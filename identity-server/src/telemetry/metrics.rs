//! Metrics for Prometheus.

use std::sync::OnceLock;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// The metrics of this process, in Prometheus' text format.
pub(crate) fn render() -> String {
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// Keeps histograms from growing; to be called from time to time.
pub(crate) fn upkeep() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}

/// One recorder serves the process, however many servers run in it. `None`: another program of
/// this process records metrics its own way.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let recorder = RECORDER.get_or_init(|| {
        let latency = Matcher::Full(REQUEST_SECONDS.to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(latency, BUCKETS).ok()?;
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        describe();
        Some(handle)
    });
    recorder.as_ref()
}

fn describe() {
    describe_counter!("wardkey_logins_total", "Card logins by outcome");
    describe_counter!("wardkey_sessions_ended_total", "Sessions that ended, by cause");
    describe_counter!("wardkey_requests_refused_total", "Requests beyond a client's rate");
    describe_counter!("wardkey_deliveries_total", "Notices of ended sessions by outcome");
    describe_gauge!("wardkey_sessions", "Sessions that have not ended");
    describe_histogram!(REQUEST_SECONDS, Unit::Seconds, "Time to answer by route and status");
}

pub(crate) const REQUEST_SECONDS: &str = "wardkey_request_seconds";
const BUCKETS: &[f64] = &[0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
