use proptest::prelude::*;

use super::{LATEST, UnixTime};

#[test]
fn known_times_are_read_and_written() {
    for (text, seconds) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T12:00:01Z", 951_825_601),
        ("2026-11-23T00:00:00Z", 1_795_392_000),
        ("9999-12-31T23:59:59Z", LATEST),
    ] {
        assert_eq!(text.parse(), Ok(UnixTime::from_seconds(seconds)));
        assert_eq!(UnixTime::from_seconds(seconds).to_string(), text);
    }
    assert_eq!("2000-01-01T00:00:00.999Z".parse(), "2000-01-01T00:00:00Z".parse::<UnixTime>());
}

#[test]
fn what_is_no_time_in_utc_is_refused() {
    for text in [
        "",
        "2026-11-23",
        "2026-11-23T00:00:00",
        "2026-11-23T00:00:00+01:00",
        "2026-11-23T00:00:00.Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T23:59:60Z",
        "1969-12-31T23:59:59Z",
        "2026-11-23t00:00:00Z",
        "+026-11-23T00:00:00Z",
        "2026-11-23T00:00:0éZ",
    ] {
        assert!(text.parse::<UnixTime>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn every_time_is_read_back(seconds in 0..=LATEST) {
        let time = UnixTime::from_seconds(seconds);
        prop_assert_eq!(time.to_string().parse(), Ok(time));
    }
}
