//! What the verifications of content commitment share: findings, and how they make a verdict.

mod finding;
mod path;
mod pending;

pub(crate) use finding::{Facts, Finding, report, with_earlier};
pub(crate) use path::{findings, findings_for, strict_validity, unproven};
pub use pending::Pending;
pub(crate) use pending::Signed;

use wardkey_pki::UnixTime;

/// A time of signing that lies ahead would let a certificate be used before it is known to hold.
pub(crate) fn time_finding(signed_at: UnixTime, now: UnixTime) -> Finding {
    let passed = signed_at <= now.plus(CLOCK_SKEW);
    Finding::of(passed, "signingTime", "The time of signing lies in the future")
}

/// How far the clocks of signer and verifier may be apart, in seconds.
const CLOCK_SKEW: u64 = 300;
