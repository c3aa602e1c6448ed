//! What the server tells those who run it: metrics for Prometheus, traces by OpenTelemetry, a log.

mod log;
mod metrics;
mod traces;

pub(crate) use log::begin;
pub(crate) use metrics::{REQUEST_SECONDS, recorder, render, upkeep};
pub(crate) use traces::of_caller;
pub use traces::{TraceSettings, TracesError};
