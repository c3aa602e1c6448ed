//! This computer's clock beside the server's, by the `Date` of an answer (RFC 9110, section 6.6.1).

use std::io::{Read as _, Write as _};

use der::DateTime;
use wardkey_pki::UnixTime;
use wardkey_protocol::own::Finding;

use super::{road::Address, tls::Secured};
use crate::doctor::{codes::Code, policy::counted};

/// Asks for something that says nothing. `None` where the answer has no date.
pub fn compare(secured: &mut Secured, address: &Address, now: fn() -> UnixTime) -> Option<Finding> {
    let Address { host, port, path } = address;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let request = format!(
        "GET {path}/health HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\
         User-Agent: wardkey-host/{}\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    );
    let asked = now();
    secured.stream.write_all(request.as_bytes()).ok()?;
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(END.len()).any(|window| window == END) && head.len() < MAX_HEAD {
        match secured.stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => head.extend_from_slice(&piece[..length]),
        }
    }
    let answered = now();
    let head = String::from_utf8_lossy(&head);
    let date = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("date").then(|| value.trim())
    });
    Some(finding(date.and_then(time_of)?, asked, answered))
}

/// A server that takes its time is not held against the clock.
fn finding(server: UnixTime, asked: UnixTime, answered: UnixTime) -> Finding {
    let (off, direction) = match () {
        () if answered < server => (server.seconds_since(answered), "behind"),
        () if asked > server => (asked.seconds_since(server), "ahead of"),
        () => (0, ""),
    };
    let says = format!("This computer's clock is {} {direction} the server's.", told(off));
    let code = match () {
        () if off <= CLOSE => Code::Clock,
        () if off <= BEARABLE => Code::ClockOff,
        () => Code::ClockWrong,
    };
    let finding = if code == Code::Clock { code.found() } else { code.says(says) };
    finding
        .with("seconds", off)
        .with("theirs", server.to_string())
        .with("ours", answered.to_string())
}

/// A time in its largest unit.
fn told(seconds: u64) -> String {
    let (size, unit) = UNITS.iter().find(|(size, _)| seconds >= *size).unwrap_or(&(1, "second"));
    counted(usize::try_from(seconds / size).unwrap_or(usize::MAX), unit)
}

/// An IMF-fixdate such as `Thu, 26 Nov 2026 00:45:25 GMT` (RFC 9110, section 5.6.7).
fn time_of(text: &str) -> Option<UnixTime> {
    let (_, text) = text.strip_suffix(" GMT")?.split_once(", ")?;
    let [day, month, year, time] = parts(text, ' ')?;
    let [hour, minute, second] = parts(time, ':')?;
    let month = (1..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
    let number = |text: &str| text.parse::<u8>().ok();
    // A leap second is the one before it.
    let second = number(second)?.min(59);
    let time = DateTime::new(
        year.parse().ok()?,
        month,
        number(day)?,
        number(hour)?,
        number(minute)?,
        second,
    );
    Some(UnixTime::from_seconds(time.ok()?.unix_duration().as_secs()))
}

fn parts<const N: usize>(text: &str, between: char) -> Option<[&str; N]> {
    text.split(between).collect::<Vec<_>>().try_into().ok()
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// In seconds.
const UNITS: [(u64, &str); 3] = [(24 * 60 * 60, "day"), (60 * 60, "hour"), (60, "minute")];
const CLOSE: u64 = 60;
const BEARABLE: u64 = 5 * 60;
const END: &[u8] = b"\r\n\r\n";
const MAX_HEAD: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        let time = time_of("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(time.to_string(), "1994-11-06T08:49:37Z");
        for wrong in [
            "",
            "Sun, 06 Nov 1994 08:49:37",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 40 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(time_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much_and_which_way() {
        let noon = UnixTime::from_seconds(1_800_000_000);
        let at = |server: UnixTime| finding(server, noon, noon.plus(2));
        assert_eq!(at(noon.plus(1)).code, "clock");
        assert_eq!(at(noon.plus(62)).code, "clock");
        assert_eq!(at(noon.plus(92)).code, "clock_off");
        let behind = at(noon.plus(2 + 3600));
        assert_eq!(behind.code, "clock_wrong");
        assert_eq!(behind.found, "This computer's clock is 1 hour behind the server's.");
        let ahead = at(noon.minus(600));
        assert_eq!(ahead.found, "This computer's clock is 10 minutes ahead of the server's.");
    }
}
