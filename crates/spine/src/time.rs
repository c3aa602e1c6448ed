use std::{fmt, str::FromStr};

/// A point in time: seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Read and written as XML Schema's `dateTime` in UTC, up to the end of the year 9999.
///
/// ```
/// use wardkey_spine::UnixTime;
///
/// let time: UnixTime = "2026-11-23T09:30:00Z".parse()?;
/// assert_eq!(time.minus(180).to_string(), "2026-11-23T09:27:00Z");
/// # Ok::<(), wardkey_spine::TimeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

/// The text is no time in UTC from 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time in UTC, from 1970 to 9999")]
pub struct TimeError;

impl UnixTime {
    /// The time this many seconds after 1970-01-01T00:00:00Z, the year 9999 at the latest.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(if seconds > LATEST { LATEST } else { seconds })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// The time `seconds` later.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self::from_seconds(self.0.saturating_add(seconds))
    }

    /// The time `seconds` earlier, 1970 at the earliest.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }
}

impl FromStr for UnixTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let text = text.strip_suffix('Z').ok_or(TimeError)?;
        let (text, fraction) = match text.split_once('.') {
            Some((text, fraction)) => (text, Some(fraction)),
            None => (text, None),
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if fraction.is_some_and(|fraction| !digits(fraction)) || !text.is_ascii() {
            return Err(TimeError);
        }
        if text.len() != PATTERN.len() {
            return Err(TimeError);
        }
        for (octet, pattern) in text.bytes().zip(PATTERN.bytes()) {
            if if pattern == b'0' { !octet.is_ascii_digit() } else { octet != pattern } {
                return Err(TimeError);
            }
        }
        let number = |from: usize, to: usize| text[from..to].parse::<u64>().map_err(|_| TimeError);
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let in_range = year >= 1970
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !in_range {
            return Err(TimeError);
        }
        let days = (1970..year).map(days_in_year).sum::<u64>()
            + (1..month).map(|month| days_in_month(year, month)).sum::<u64>()
            + day
            - 1;
        Ok(Self(days * DAY + hour * 3600 + minute * 60 + second))
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut days, second) = (self.0 / DAY, self.0 % DAY);
        let mut year = 1970;
        while days >= days_in_year(year) {
            days -= days_in_year(year);
            year += 1;
        }
        let mut month = 1;
        while days >= days_in_month(year, month) {
            days -= days_in_month(year, month);
            month += 1;
        }
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(f, "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{:02}Z", days + 1, second % 60)
    }
}

fn days_in_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

const DAY: u64 = 24 * 60 * 60;
/// 9999-12-31T23:59:59Z.
const LATEST: u64 = 253_402_300_799;
const PATTERN: &str = "0000-00-00T00:00:00";

#[cfg(test)]
mod tests;
