use super::*;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

#[test]
fn days_of_the_calendar_are_read_and_written_back() {
    for text in ["19480705", "20240229", "20000229", "20261231", "00010101", "99991231"] {
        assert_eq!(date(text).to_string(), text);
    }
    let none = ["", "2026", "20261301", "20260001", "20260230", "20260100", "19000229", "20250229"];
    for text in none.into_iter().chain(["00000101", "2026-1-1", "202601011", "+2026010"]) {
        assert_eq!(Date::parse(text), Err(DateError), "{text}");
    }
}

#[test]
fn a_time_lies_in_a_day() {
    let day = |seconds: u64| Date::of(Timestamp::from_millis(seconds * 1000)).to_string();
    assert_eq!([day(0), day(86_399), day(86_400)], ["19700101", "19700101", "19700102"]);
    assert_eq!(day(1_795_468_800), "20261123");
    assert_eq!(Date::of(Timestamp::from_millis(u64::MAX)).to_string(), "99991231");
}

#[test]
fn open_is_from_the_day_of_opening_until_the_day_before_closing() {
    let (open, close) = (Some(date("20260101")), Some(date("20260201")));
    let on = |today| is_open(open, close, date(today));
    assert_eq!(
        [on("20251231"), on("20260101"), on("20260131"), on("20260201")],
        [false, true, true, false]
    );
    assert!(is_open(None, None, date("20260101")) && is_open(None, close, date("19000101")));
    assert!(is_open(open, None, date("99991231")));
}
