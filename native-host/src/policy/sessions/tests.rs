use std::path::Path;

use super::*;
use crate::policy::toml_file;

fn rules(keys: &str) -> Result<SessionRules, String> {
    let text = format!(
        "[[server]]\nurl = \"https://id.example\"\nname = \"Trust\"\nauthority = \"/ca.pem\"\n{keys}"
    );
    let policy = toml_file::read(&text, Path::new("policy.toml")).and_then(|read| read.policy());
    policy.map(|policy| policy.servers[0].session_rules()).map_err(|error| error.to_string())
}

const AT_ONCE: Duration = Duration::ZERO;

#[test]
fn without_a_word_a_card_taken_out_ends_the_session_at_once() {
    let rules = rules("").unwrap();
    assert_eq!(rules.removal, Some((AT_ONCE, SessionEffect::End)));
    assert_eq!(rules.other_card, OtherCard::Suspend);
    assert_eq!(rules.card_inserted, CardInserted::Resume);
    assert_eq!(
        (rules.on_screen_lock, rules.on_sleep),
        (SessionEffect::Ignore, SessionEffect::Ignore)
    );
}

#[test]
fn each_removal_has_its_grace() {
    let five = Duration::from_secs(5);
    for (removal, at_once, after_five) in [
        ("end", Some((AT_ONCE, SessionEffect::End)), Some((five, SessionEffect::End))),
        ("lock", Some((AT_ONCE, SessionEffect::Lock)), Some((five, SessionEffect::Lock))),
        ("ignore", None, Some((five, SessionEffect::Lock))),
    ] {
        let keys = format!("removal = \"{removal}\"\n");
        assert_eq!(rules(&keys).unwrap().removal, at_once, "{removal}");
        let keys = format!("{keys}removal_grace_seconds = 5\n");
        assert_eq!(rules(&keys).unwrap().removal, after_five, "{removal}");
    }
}

#[test]
fn of_several_modes_the_first_in_the_published_order_counts() {
    let of = |modes: &str| {
        let rules = rules(&format!("modes = [{modes}]\n")).unwrap();
        (rules.removal.map(|(_, effect)| effect), rules.on_screen_lock)
    };
    let (end, lock, ignore) = (SessionEffect::End, SessionEffect::Lock, SessionEffect::Ignore);
    let all = ["\"normal\"", "\"enhanced_normal\"", "\"session_persistence\"", "\"mobility\""];
    assert_eq!(of(all[0]), (Some(end), ignore));
    assert_eq!(of(&all[..2].join(",")), (Some(end), lock));
    assert_eq!(of(&all[..3].join(",")), (Some(lock), ignore));
    assert_eq!(of(&all.join(",")), (None, ignore));
}

#[test]
fn what_does_not_go_together_names_the_key() {
    for (keys, named) in [
        ("modes = [\"normal\"]\nremoval = \"lock\"\n", "server[1].removal:"),
        ("modes = [\"normal\"]\non_screen_lock = \"lock\"\n", "server[1].on_screen_lock:"),
        ("removal_grace_seconds = 86401\n", "server[1].removal_grace_seconds:"),
        ("removal = \"explode\"\n", "explode"),
    ] {
        let error = rules(keys).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
}
