use std::io::IsTerminal as _;

use tracing_subscriber::{
    EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use super::traces::{TraceSettings, Traces, TracesError};

/// Begins the log, on the standard error, and the traces where they are configured. What it gives
/// sends the last traces when it is dropped.
///
/// # Errors
/// [`TracesError`] when the settings can't be used.
pub(crate) fn begin(settings: Option<&TraceSettings>) -> Result<Option<Traces>, TracesError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let coloured = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(coloured)
        .with_filter(filter);
    let traces = settings.map(Traces::begin).transpose()?;
    tracing_subscriber::registry().with(log).with(traces.as_ref().map(Traces::layer)).init();
    Ok(traces)
}
