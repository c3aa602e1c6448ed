use std::time::Duration;

use der::DateTime;

/// A date as PDF has it (ISO 32000-1, section 7.9.4), in UTC. `None`: a time that has no such form.
pub(super) fn write(seconds: u64) -> Option<String> {
    let time = DateTime::from_unix_duration(Duration::from_secs(seconds)).ok()?;
    Some(format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}Z",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minutes(),
        time.seconds()
    ))
}

/// The seconds since 1970 of a date. `None`: not a date, or one without its seconds or its place
/// in the world, which would leave the time open.
#[cfg(feature = "verify")]
pub(super) fn read(date: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(date).ok().filter(|text| text.is_ascii())?;
    let text = text.strip_prefix("D:").unwrap_or(text);
    let (digits, zone) = text.split_at_checked(DIGITS)?;
    let number = |text: &str| -> Option<u16> {
        text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
    };
    let two = |at: usize| u8::try_from(number(&digits[at..at + 2])?).ok();
    let time =
        DateTime::new(number(&digits[..4])?, two(4)?, two(6)?, two(8)?, two(10)?, two(12)?).ok()?;
    let local = time.unix_duration().as_secs();
    let (sign, offset) = zone.split_at_checked(1)?;
    let parts: Vec<&str> = offset.trim_end_matches('\'').split('\'').collect();
    let offset = match parts[..] {
        [""] if sign == "Z" => 0,
        [hours] if hours.len() == 2 => u64::from(number(hours)?) * 3600,
        [hours, minutes] if hours.len() == 2 && minutes.len() == 2 => {
            u64::from(number(hours)?) * 3600 + u64::from(number(minutes)?) * 60
        }
        _ => return None,
    };
    match sign {
        "Z" if offset == 0 => Some(local),
        "+" if offset < DAY => local.checked_sub(offset),
        "-" if offset < DAY => local.checked_add(offset),
        _ => None,
    }
}

#[cfg(feature = "verify")]
const DAY: u64 = 86_400;
/// Of year, month, day, hour, minute and second.
#[cfg(feature = "verify")]
const DIGITS: usize = 14;
