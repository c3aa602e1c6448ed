//! A token that no reader tells of: the watch has looked at none here.

use std::time::Instant;

use serde_json::json;
use wardkey_protocol::{ErrorCode, view::SessionState};
use wardkey_smartcard::scripted::ScriptedHand;

use super::*;
use crate::agent::testing::{CLINIC, READER, WARD, World, amira};

/// Amira's token is there, and so is the hand at it.
fn world(keys: &str) -> (World, ScriptedHand) {
    let world = World::with(keys);
    let token = amira();
    let hand = token.hand();
    world.insert(token);
    (world, hand)
}

fn state(world: &World) -> SessionState {
    world.server().sessions[0].state
}

fn is_watched(world: &World) -> bool {
    !world.agent.cards.readerless.all().is_empty()
}

#[test]
fn a_token_that_goes_locks_its_session_and_one_that_comes_back_resumes_it() {
    let (world, hand) = world("removal = \"lock\"");
    let page = world.page(1, WARD);
    world.ask(&page, "sign_in", json!({})).unwrap();
    world.told();
    let mut told = Vec::new();
    for _ in 0..2 {
        hand.remove();
        world.until("it is missed", |world| world.session().is_none());
        world.until("the server is told", |world| state(world) == SessionState::Locked);
        told.extend(world.told());
        hand.insert();
        world.until("it is resumed", |world| world.session().is_some());
    }
    let removed = told.iter().find(|(_, event, _)| event == "card_removed").unwrap();
    assert_eq!(removed.2, json!({ "reader": READER, "cardPresent": false }));
    let locked = told.iter().find(|(_, event, _)| event == "session_locked").unwrap();
    assert_eq!(locked.2["cause"], "card_removed");
    world.until("that is recorded", |world| world.audit("resume").len() == 2);
    assert_eq!(world.audit("session_locked").len(), 2);
}

#[test]
fn one_that_is_back_in_time_changes_nothing() {
    let (world, hand) = world("removal = \"end\"\nremoval_grace_seconds = 5");
    let page = world.page(1, WARD);
    world.ask(&page, "sign_in", json!({})).unwrap();
    let heard = |event: &str| {
        world.until(event, |world| world.told().iter().any(|(_, heard, _)| heard == event));
    };
    hand.remove();
    heard("card_removed");
    let gone = Instant::now();
    hand.insert();
    heard("card_inserted");
    while gone.elapsed() < Duration::from_secs(6) {
        assert!(world.session().is_some());
        thread::sleep(Duration::from_millis(100));
    }
    hand.remove();
    world.until("the grace is over", |world| world.session().is_none());
    world.until("the server is told", |world| state(world) == SessionState::Ended);
    world.until("nobody asks any more", |world| !is_watched(world));
}

#[test]
fn one_that_is_used_before_it_is_known_to_be_back_is_back() {
    let site = "[[origin]]\norigin = \"https://new.example\"\ncapabilities = [\"authenticate\", \"sign_in\"]";
    let (world, hand) = world(&format!("removal = \"end\"\nremoval_grace_seconds = 5\n\n{site}"));
    let page = world.page(1, "https://new.example");
    world.ask(&page, "sign_in", json!({})).unwrap();
    hand.remove();
    let heard = |event: &str| world.told().iter().any(|(_, heard, _)| heard == event);
    world.until("it is missed", |_| heard("card_removed"));
    let gone = Instant::now();
    hand.insert();
    world.ask(&page, "authenticate", json!({"nonce": "n".repeat(44)})).unwrap();
    assert!(gone.elapsed() < EVERY, "the watch may have seen it: {:?}", gone.elapsed());
    assert!(heard("card_inserted"));
    while gone.elapsed() < Duration::from_secs(6) {
        assert!(world.session().is_some());
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn one_that_goes_while_its_passcode_is_asked_for_closes_the_dialog() {
    let (world, hand) = world("");
    let page = world.page(1, WARD);
    world.user().meanwhile = Some(Box::new(move || {
        hand.remove();
        thread::sleep(EVERY + Duration::from_secs(1));
    }));
    let fault = world.ask(&page, "sign_in", json!({})).unwrap_err();
    assert_eq!(fault.code, ErrorCode::CardRemoved);
    assert!(world.server().sessions.is_empty());
    world.until("nobody asks any more", |world| !is_watched(world));
}

#[test]
fn nobody_is_asked_where_nobody_depends_on_it() {
    let (world, _hand) = world("");
    let page = world.page(1, WARD);
    world.call(CLINIC, true, "cards", json!({})).ok();
    assert!(!is_watched(&world));
    world.ask(&page, "sign_in", json!({})).unwrap();
    assert!(is_watched(&world));
    world.ask(&page, "sign_out", json!({})).unwrap();
    world.until("nobody asks any more", |world| !is_watched(world));

    // The reader tells of a card.
    let world = World::new();
    world.look();
    let page = world.page(1, WARD);
    world.ask(&page, "sign_in", json!({})).unwrap();
    assert!(!is_watched(&world));
}

#[test]
fn what_a_module_says_is_news_once() {
    let begun = Instant::now();
    let watched = || Watched {
        way: 0,
        id: TokenId("1".to_owned()),
        reader: String::new(),
        serial: String::new(),
        is_in: true,
        failures: 0,
        due: begun,
    };
    let broken = || {
        let function = "C_GetSlotList".to_owned();
        Some(Err(CardError::ModuleFailed { function, code: None }))
    };
    let mut token = watched();
    let answers = [
        (Some(Ok(true)), None, 2),
        (None, None, 2),
        (Some(Ok(false)), Some(false), 2),
        (Some(Ok(false)), None, 2),
        (None, None, 2),
        (Some(Ok(true)), Some(true), 2),
        // A module that crashes is asked once more before the token counts as gone.
        (broken(), None, 4),
        (Some(Ok(true)), None, 2),
        (broken(), None, 4),
        (None, None, 4),
        (broken(), Some(false), 8),
        (broken(), None, 16),
        (broken(), None, 32),
        (broken(), None, 64),
        (broken(), None, 64),
        (Some(Ok(true)), Some(true), 2),
    ];
    for (number, (answer, news, pause)) in answers.into_iter().enumerate() {
        assert_eq!(token.learn(answer, begun), news, "{number}");
        assert_eq!(token.due - begun, Duration::from_secs(pause), "{number}");
    }
}
