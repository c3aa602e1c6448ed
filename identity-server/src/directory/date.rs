use std::{fmt, time::Duration};

use der::DateTime;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A day of the calendar, written `YYYYMMDD` as in SDS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// The text is no day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date, as in 20190401")]
pub struct DateError;

impl Date {
    /// Reads `YYYYMMDD`.
    ///
    /// # Errors
    /// [`DateError`] when it is of another form, or the calendar has no such day.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(DateError);
        }
        let number: u32 = text.parse().map_err(|_| DateError)?;
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
        let date = Self { year: small(year)?, month: small(month)?, day: small(day)? };
        let right = date.year > 0 && (1..=date.days_of_month()).contains(&date.day);
        if right { Ok(date) } else { Err(DateError) }
    }

    /// The day that a time lies in, by UTC; the last day of 9999 for what is later.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        match DateTime::from_unix_duration(Duration::from_millis(time.millis())) {
            Ok(time) => Self { year: time.year(), month: time.month(), day: time.day() },
            Err(_) => Self { year: 9999, month: 12, day: 31 },
        }
    }

    /// 0 for a month that there is not.
    fn days_of_month(self) -> u8 {
        let leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        }
    }
}

/// Whether something that opened and closed on these days is open today: from the day it opened
/// until the day before it closed, and without limit where a day is not known.
pub(super) fn is_open(open: Option<Date>, close: Option<Date>, today: Date) -> bool {
    open.is_none_or(|open| open <= today) && close.is_none_or(|close| today < close)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}{:02}", self.year, self.month, self.day)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;

    fn try_from(text: String) -> Result<Self, DateError> {
        Self::parse(&text)
    }
}

fn small<T: TryFrom<u32>>(number: u32) -> Result<T, DateError> {
    T::try_from(number).map_err(|_| DateError)
}

#[cfg(test)]
mod tests;
