use std::fmt;

use super::EpsError;

/// The time of signing that a prescription states: UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SigningTime {
    seconds: u64,
}

impl SigningTime {
    /// Reads `YYYYMMDDHHmmss`, from 1970 on.
    ///
    /// # Errors
    /// [`EpsError::MalformedTime`] when it is anything else.
    pub fn parse(value: &str) -> Result<Self, EpsError> {
        if value.len() != 14 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(EpsError::MalformedTime);
        }
        let number = |from: usize, to: usize| {
            value[from..to].parse::<u16>().map_err(|_| EpsError::MalformedTime)
        };
        let byte =
            |from: usize| number(from, from + 2)?.try_into().map_err(|_| EpsError::MalformedTime);
        let time =
            der::DateTime::new(number(0, 4)?, byte(4)?, byte(6)?, byte(8)?, byte(10)?, byte(12)?)
                .map_err(|_| EpsError::MalformedTime)?;
        Ok(Self { seconds: time.unix_duration().as_secs() })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.seconds
    }
}

/// Writes RFC 3339, as in `2026-11-23T09:30:00Z`.
impl fmt::Display for SigningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match der::DateTime::from_unix_duration(std::time::Duration::from_secs(self.seconds)) {
            Ok(time) => time.fmt(f),
            Err(_) => self.seconds.fmt(f),
        }
    }
}
