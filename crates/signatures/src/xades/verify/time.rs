use wardkey_pki::UnixTime;

/// XML Schema's `dateTime` with a time zone, from 1970; fractions of a second are dropped.
pub(super) fn read(text: &str) -> Option<UnixTime> {
    let (local, offset) = match text.strip_suffix('Z') {
        Some(local) => (local, 0),
        None => {
            let zone = text.len().checked_sub(ZONE.len())?;
            let (local, zone) = (text.get(..zone)?, text.get(zone..)?);
            (local, seconds_east(zone)?)
        }
    };
    let whole = local.split('.').next()?;
    let time: der::DateTime = format!("{whole}Z").parse().ok()?;
    let seconds = i64::try_from(time.unix_duration().as_secs()).ok()?;
    Some(UnixTime::from_seconds(u64::try_from(seconds.checked_sub(offset)?).ok()?))
}

/// `+hh:mm` or `-hh:mm`.
fn seconds_east(zone: &str) -> Option<i64> {
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let number = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|octet| octet.is_ascii_digit());
        digits.then(|| text.parse::<i64>().ok())?
    };
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

const ZONE: &str = "+00:00";

#[test]
fn times_with_a_zone_are_read() {
    let seconds = |text| read(text).map(UnixTime::seconds);
    assert_eq!(seconds("2026-11-23T09:30:00Z"), Some(1_795_426_200));
    assert_eq!(seconds("2026-11-23T09:30:00.999Z"), Some(1_795_426_200));
    assert_eq!(seconds("2026-11-23T10:30:00+01:00"), Some(1_795_426_200));
    assert_eq!(seconds("2026-11-23T04:00:00-05:30"), Some(1_795_426_200));
    for wrong in
        ["", "2026-11-23T09:30:00", "2026-11-23T09:30:00+1:000", "2026-13-23T09:30:00Z", "é+01:00"]
    {
        assert_eq!(seconds(wrong), None, "{wrong}");
    }
}
