use std::cell::Cell;

use super::*;
use crate::server::testing::TestKey;

fn set(names: &[&str]) -> ServerKeys {
    let seeds = 1..;
    ServerKeys {
        keys: seeds.zip(names).map(|(seed, name)| TestKey::new(seed, name).public()).collect(),
    }
}

#[test]
fn an_unknown_key_is_asked_for_again_but_not_at_once() {
    let (keys, asked) = (Keys::default(), Cell::new(0));
    let begin = Instant::now();
    let find = |id: &str, after: u64, published: &[&str]| {
        let fetch = || {
            asked.set(asked.get() + 1);
            Ok(set(published))
        };
        keys.find(id, begin + Duration::from_secs(after), fetch).unwrap().is_some()
    };
    assert!(find("a", 0, &["a"]));
    assert!(find("a", 1, &["never asked"]));
    assert!(!find("b", 29, &["a", "b"]));
    assert_eq!(asked.get(), 1);
    assert!(find("b", 30, &["a", "b"]));
    assert!(!find("c", 59, &["a", "b", "c"]));
    assert_eq!(asked.get(), 2);
    assert!(find("a", 629, &[]));
    assert!(!find("a", 630, &["b"]), "a key that the server withdrew still counts");
    assert_eq!(asked.get(), 3);
}

#[test]
fn a_server_that_was_away_is_asked_again_at_once() {
    let (keys, now) = (Keys::default(), Instant::now());
    let away = keys.find("a", now, || Err(ErrorCode::ServerUnreachable.into()));
    assert_eq!(away.unwrap_err().code, ErrorCode::ServerUnreachable);
    assert!(keys.find("a", now, || Ok(set(&["a"]))).unwrap().is_some());
    // Too old to be believed, and no news: no key, rather than an old one.
    let later = now + KEPT;
    let away = keys.find("a", later, || Err(ErrorCode::ServerUnreachable.into()));
    assert_eq!(away.unwrap_err().code, ErrorCode::ServerUnreachable);
}

#[test]
fn what_is_no_point_of_the_curve_is_no_key() {
    let good = TestKey::new(1, "a").public();
    assert!(readable(&good).is_some());
    let with = |x: &str, y: &str| ServerKey::new("a", x.to_owned(), y.to_owned());
    for bad in [
        with(&good.x, &good.x),
        with(&good.x[..42], &good.y),
        with(&format!("{}=", good.x), &good.y),
        with(&format!("AAAA{}", good.x), &good.y),
        with("", ""),
    ] {
        assert_eq!(readable(&bad), None, "{bad:?}");
    }
}
