use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time and randomness come from; tests bring their own.
#[derive(Clone, Copy)]
pub struct Ambient {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: fn() -> u64,
    /// Octets that nobody can predict.
    pub random: fn() -> std::io::Result<[u8; 32]>,
}

impl Ambient {
    /// The clock and the randomness of this computer.
    pub const COMPUTER: Self = Self { now, random };
}

#[allow(clippy::disallowed_methods, reason = "the program's one reading of the clock")]
fn now() -> u64 {
    // A clock before 1970 reads as 1970: every certificate is then not valid yet.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[allow(clippy::disallowed_methods, reason = "the program's one source of randomness")]
fn random() -> std::io::Result<[u8; 32]> {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).map_err(std::io::Error::other)?;
    Ok(octets)
}
