use std::time::Duration;

use serde_json::{Value, json};
use wardkey_protocol::{ErrorCode, view::SessionState};

use crate::{
    agent::testing::{APP, World},
    dialog::words::Word,
};

fn sign_in(world: &World, args: Value) -> Value {
    let answer = world.call(APP, true, "sign_in", args).unwrap();
    answer["session"]["id"].clone()
}

#[test]
fn signing_in_asks_once_and_joins_the_session_after_that() {
    let world = World::new();
    let refused = world.call(APP, false, "sign_in", json!({})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::GestureRequired);
    let first = sign_in(&world, json!({"role": "R2"}));
    // The role was named and the user has it, so that nobody is asked; no relying party is named.
    assert_eq!(world.user().asked(), [(Word::SignIn, "", "passcode")]);
    assert_eq!(world.server().sessions[0].roles, ["R2"]);
    assert_eq!(sign_in(&world, json!({})), first);
    assert_eq!(world.user().windows, 1);
    assert_eq!(world.audit("sign_in").len(), 1);
}

#[test]
fn a_fresh_sign_in_opens_another_session_and_ends_the_one_before() {
    let world = World::new();
    let first = sign_in(&world, json!({}));
    let second = sign_in(&world, json!({"fresh": true}));
    assert_ne!(first, second);
    let begun = std::time::Instant::now();
    while world.server().sessions[0].state != SessionState::Ended {
        assert!(begun.elapsed() < Duration::from_secs(10), "the server was not told");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(world.server().sessions[1].state, SessionState::Active);
    assert_eq!(world.session().unwrap().id(), second);
}

#[test]
fn a_passcode_that_is_wrong_signs_nobody_in() {
    let world = World::new();
    world.user().passcodes = vec!["1111".to_owned()];
    sign_in(&world, json!({}));
    let asked = [
        (Word::SignIn, "", "passcode"),
        (Word::SignIn, "", "passcode"),
        (Word::SignIn, "", "roles"),
    ];
    assert_eq!(world.user().asked(), asked);
    assert_eq!(world.server().sessions.len(), 1);
}
