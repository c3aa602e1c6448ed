//! How our types stand in columns.

use std::time::Duration;

use super::StoreError;
use crate::{Timestamp, session::Sha256};

/// The databases' numbers are signed: one above them is refused, not wrapped.
pub(super) fn number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt("number"))
}

pub(super) fn unsigned(number: i64, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt(column))
}

/// Times lie below 2^63 milliseconds until the year 292 million.
pub(super) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.millis()).unwrap_or(i64::MAX)
}

pub(super) fn time(millis: i64, column: &'static str) -> Result<Timestamp, StoreError> {
    unsigned(millis, column).map(Timestamp::from_millis)
}

pub(super) fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn sha256(octets: Vec<u8>, column: &'static str) -> Result<Sha256, StoreError> {
    octets.try_into().map_err(|_| StoreError::Corrupt(column))
}
