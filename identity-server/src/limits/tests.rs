use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::Timestamp;

struct Stopped(AtomicU64);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[test]
fn who_asks_too_often_waits_and_others_do_not() {
    let clock = Arc::new(Stopped(AtomicU64::new(1_795_468_800_000)));
    let settings = LimitSettings { requests_per_second: 2, logins_per_minute: 3 };
    let limits = Limits::new(settings, Arc::clone(&clock) as _);
    let [one, other] = [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from);
    for _ in 0..20 {
        assert_eq!(limits.request(one), Ok(()));
    }
    assert_eq!(limits.request(one), Err(TooOften(Duration::from_millis(500))));
    assert_eq!(limits.request(other), Ok(()));
    clock.0.fetch_add(500, Ordering::SeqCst);
    assert_eq!(limits.request(one), Ok(()));
    assert!(limits.request(one).is_err());

    for _ in 0..3 {
        assert_eq!(limits.login(&[1; 32]), Ok(()));
    }
    assert_eq!(limits.login(&[1; 32]), Err(TooOften(Duration::from_secs(20))));
    assert_eq!(limits.login(&[2; 32]), Ok(()));
    clock.0.fetch_add(120_000, Ordering::SeqCst);
    limits.sweep();
    assert_eq!(limits.login(&[1; 32]), Ok(()));
}

#[test]
fn a_limit_of_zero_is_none() {
    let settings = LimitSettings { requests_per_second: 0, logins_per_minute: 0 };
    let limits = Limits::new(settings, Arc::new(Stopped(AtomicU64::new(0))));
    for _ in 0..100_000 {
        assert_eq!(limits.request(IpAddr::from([192, 0, 2, 1])), Ok(()));
    }
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let clock = Arc::new(Stopped(AtomicU64::new(1_795_468_800_000)));
    let settings = LimitSettings { requests_per_second: 2, logins_per_minute: 3 };
    let limits = Limits::new(settings, Arc::clone(&clock) as _);
    let one = IpAddr::from([192, 0, 2, 1]);
    while limits.request(one).is_ok() {}
    clock.0.fetch_sub(24 * 60 * 60 * 1000, Ordering::SeqCst);
    assert!(limits.request(one).is_err());
    clock.0.fetch_add(500, Ordering::SeqCst);
    assert_eq!(limits.request(one), Ok(()));
}

#[test]
fn a_client_of_ipv6_is_a_network() {
    let clock = Arc::new(Stopped(AtomicU64::new(1_795_468_800_000)));
    let settings = LimitSettings { requests_per_second: 1, logins_per_minute: 3 };
    let limits = Limits::new(settings, clock);
    let of = |text: &str| text.parse::<IpAddr>().unwrap();
    for number in 0..10 {
        assert_eq!(limits.request(of(&format!("2001:db8::{number}"))), Ok(()));
    }
    assert!(limits.request(of("2001:db8::ffff:1")).is_err());
    assert_eq!(limits.request(of("2001:db8:0:1::1")), Ok(()));
    // The same client by both families.
    for _ in 0..10 {
        assert_eq!(limits.request(of("::ffff:192.0.2.1")), Ok(()));
    }
    assert!(limits.request(of("192.0.2.1")).is_err());
}
