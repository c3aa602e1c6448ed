//! The one place where this program reads the clock and makes randomness.

use std::time::SystemTime;

use wardkey_pki::UnixTime;

/// Seconds since 1970-01-01 UTC.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn unix_seconds() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map(|duration| duration.as_secs()).unwrap_or_default()
}

/// The same, as certificates have it.
#[must_use]
pub fn now() -> UnixTime {
    UnixTime::from_seconds(unix_seconds())
}

/// Random octets from the system.
///
/// # Errors
///
/// Where the system has none to give.
#[allow(clippy::disallowed_methods, reason = "the one place that makes randomness")]
pub fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(octets)
}

/// A random name of `2 * N` hexadecimal digits.
///
/// # Errors
///
/// Where the system has no randomness to give.
pub fn random_name<const N: usize>() -> anyhow::Result<String> {
    Ok(base16ct::lower::encode_string(&random::<N>()?))
}
