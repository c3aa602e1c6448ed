use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use wardkey_protocol::{Origin, view::SessionState};

use super::*;
use crate::{
    agent::{
        removal::Fate,
        testing::{APP, SERVER, World, tom},
    },
    dialog::words::Word,
    server::testing::{TestKey, claims},
};

/// What is asked beyond the usual, in a transaction of its own.
fn request(world: &World, transaction: &str, more: &[(&str, Value)]) -> String {
    let mut claims = claims(SERVER, clock::unix_seconds());
    claims["transaction"] = json!(transaction);
    for (member, value) in more {
        claims[*member] = value.clone();
    }
    world.server().key.request(&claims)
}

fn authorize(world: &World, activation: bool, request: &str) -> Result<String, ErrorCode> {
    let answer = world.call(SERVER, activation, "authorize", json!({"request": request}));
    let proof = answer.map(|answer| answer["proof"].as_str().unwrap().to_owned());
    proof.map_err(|fault| fault.code)
}

/// A world where Amira has signed in to an application, and no window that counts.
fn signed_in() -> World {
    let world = World::new();
    let asked = request(&world, "first", &[]);
    authorize(&world, true, &asked).unwrap();
    let mut user = world.user();
    (user.windows, user.screens) = (0, Vec::new());
    drop(user);
    world
}

const AGAIN: (&str, Value) = ("reauthenticate", Value::Bool(true));
const ROLE: (&str, Value) = ("select_role", Value::Bool(true));

#[test]
fn without_a_session_the_user_signs_in_and_sees_for_whom() {
    let world = World::new();
    let asked = request(&world, "t", &[("client_name", json!("Ward\u{202e} App"))]);
    assert_eq!(authorize(&world, false, &asked), Err(ErrorCode::GestureRequired));
    assert_eq!(world.user().windows, 0);
    assert_eq!(world.audit("authorize"), [] as [Value; 0]);

    world.user().role = "R2".to_owned();
    let proof = authorize(&world, true, &asked).unwrap();
    let name = "Ward\u{202e} App";
    assert_eq!(
        world.user().asked(),
        [(Word::SignIn, name, "passcode"), (Word::SignIn, name, "roles")]
    );
    assert!(world.user().screens.iter().all(|screen| screen.who_asks.origin == SERVER));
    assert_eq!(world.user().windows, 1);
    let claims = world.server().take(&proof).unwrap();
    assert_eq!((claims.aud.as_str(), claims.client_id.as_str()), (SERVER, "ward-app"));
    assert_eq!(claims.transaction, "t");

    let entries = world.audit("authorize");
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(
        json!([entry["client"], entry["uid"], entry["role"], entry["card"], entry["outcome"]]),
        json!(["ward-app", "555000000001", "R2", "amira", "ok"])
    );
    assert_eq!(world.audit("sign_in").len(), 1);
}

#[test]
fn while_a_session_is_active_the_proof_is_silent() {
    let world = signed_in();
    let mut last = 0;
    for transaction in ["a", "b"] {
        let asked = request(&world, transaction, &[]);
        let proof = authorize(&world, false, &asked).unwrap();
        let claims = world.server().take(&proof).unwrap();
        assert_eq!(claims.transaction, transaction);
        assert!(claims.seq > last);
        last = claims.seq;
        assert_eq!(world.server().take(&proof), None, "good twice");
    }
    assert_eq!(world.user().windows, 0);
    assert_eq!(world.audit("authorize").len(), 3);
}

#[test]
fn nothing_is_proven_for_other_origins_or_by_requests_that_do_not_hold() {
    let world = signed_in();
    let good = request(&world, "t", &[]);
    let refused = world.call(APP, true, "authorize", json!({"request": good})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::CapabilityNotGranted);
    let stranger = world.call("https://x.example", true, "authorize", json!({"request": good}));
    assert_eq!(stranger.unwrap_err().code, ErrorCode::OriginNotAdmitted);

    let claims = claims(SERVER, clock::unix_seconds());
    let foreign = TestKey::new(2, "k1").request(&claims);
    let unknown = TestKey::new(2, "k2").request(&claims);
    let late = request(&world, "t", &[("exp", json!(clock::unix_seconds()))]);
    let elsewhere = request(&world, "t", &[("iss", json!("https://other.example"))]);
    for (bad, reason) in [
        (foreign, "the signature does not hold"),
        (unknown, "unknown key"),
        (late, "too old"),
        (elsewhere, "of another server"),
    ] {
        let refused = world.call(SERVER, true, "authorize", json!({"request": bad})).unwrap_err();
        assert_eq!(refused.code, ErrorCode::AuthorizeRequestInvalid);
        assert_eq!(refused.details["reason"], reason);
    }
    assert_eq!(world.user().windows, 0);
    let outcomes = world.audit("authorize");
    assert_eq!(outcomes.len(), 5);
    assert_eq!(outcomes[4]["outcome"], "authorize_request_invalid");
}

#[test]
fn reauthentication_asks_for_the_passcode_and_the_session_goes_on() {
    let world = signed_in();
    let before = world.session().unwrap();
    let app = Origin::parse(APP).unwrap();
    let ends = Instant::now() + Duration::from_secs(60);
    before.keep_ticket(app.clone(), "ticket of the app".to_owned(), ends);
    let old_key = world.server().sessions[0].session_key.clone();
    let old_ticket = world.server().sessions[0].ticket.clone();

    let asked = request(&world, "t", &[AGAIN]);
    assert_eq!(authorize(&world, false, &asked), Err(ErrorCode::GestureRequired));
    let proof = authorize(&world, true, &asked).unwrap();
    assert_eq!(world.user().asked(), [(Word::ConfirmWhoYouAre, "Ward App", "passcode")]);

    // The same session here and there, with a new key and a new ticket of its own.
    assert!(Arc::ptr_eq(&before, &world.session().unwrap()));
    assert_eq!(before.role().unwrap().id, "R1");
    assert_eq!(before.ticket(&app, Instant::now()).unwrap().0, "ticket of the app");
    let mut server = world.server();
    assert_eq!(server.sessions.len(), 1);
    assert!(
        server.sessions[0].session_key != old_key
            && server.sessions[0].state == SessionState::Active
    );
    assert_ne!(server.sessions[0].ticket, old_ticket);
    assert_eq!(*before.credentials().parent, server.sessions[0].ticket);
    assert_eq!(server.take(&proof).unwrap().transaction, "t");
    drop(server);
    assert_eq!(world.audit("reauthenticate").len(), 1);
    assert_eq!(world.audit("sign_in").len(), 1);

    // What follows is proven with the new key, without a word.
    let asked = request(&world, "next", &[]);
    let proof = authorize(&world, false, &asked).unwrap();
    assert!(world.server().take(&proof).is_some());
}

#[test]
fn another_card_at_reauthentication_is_another_session() {
    let world = signed_in();
    let before = world.session().unwrap();
    world.insert(tom());
    let asked = request(&world, "t", &[AGAIN]);
    let proof = authorize(&world, true, &asked).unwrap();
    let now = world.session().unwrap();
    assert_eq!((before.uid.as_str(), now.uid.as_str()), ("555000000001", "555000000002"));
    assert!(world.server().take(&proof).is_some());
    // The one before waits for its own card.
    assert_state(&world, 0, SessionState::Suspended);
    assert_eq!(world.server().sessions[1].state, SessionState::Active);
}

#[test]
fn a_server_that_opens_another_session_is_followed() {
    let world = signed_in();
    let before = world.session().unwrap();
    world.server().opens_anew = true;
    let asked = request(&world, "t", &[AGAIN]);
    let proof = authorize(&world, true, &asked).unwrap();
    assert!(!Arc::ptr_eq(&before, &world.session().unwrap()));
    assert!(world.server().take(&proof).is_some());
    assert_state(&world, 0, SessionState::Ended);
}

#[test]
fn the_user_chooses_a_role_where_the_request_says_so() {
    let world = signed_in();
    world.user().role = "R2".to_owned();
    let asked = request(&world, "t", &[ROLE]);
    assert_eq!(authorize(&world, false, &asked), Err(ErrorCode::GestureRequired));
    let proof = authorize(&world, true, &asked).unwrap();
    assert_eq!(world.user().asked(), [(Word::ConfirmWhoYouAre, "Ward App", "roles")]);
    assert_eq!(world.session().unwrap().role().unwrap().id, "R2");
    assert!(world.server().take(&proof).is_some());
    assert_eq!(world.server().sessions[0].roles, ["R1", "R2"]);

    // The role they have: the server has nothing to change.
    let asked = request(&world, "u", &[ROLE]);
    authorize(&world, true, &asked).unwrap();
    assert_eq!(world.server().sessions[0].roles, ["R1", "R2"]);

    // Both in one window, and the new ticket changes the role.
    world.user().role = "R1".to_owned();
    world.user().windows = 0;
    let asked = request(&world, "v", &[AGAIN, ROLE]);
    authorize(&world, true, &asked).unwrap();
    assert_eq!(world.user().windows, 1);
    assert_eq!(world.server().sessions[0].roles, ["R1", "R2", "R1"]);
}

#[test]
fn with_one_role_there_is_nothing_to_choose() {
    let world = World::new();
    world.server().roles = vec!["R1"];
    let asked = request(&world, "t", &[ROLE]);
    authorize(&world, true, &asked).unwrap();
    assert_eq!(world.user().asked(), [(Word::SignIn, "Ward App", "passcode")]);
    let asked = request(&world, "u", &[ROLE]);
    assert!(authorize(&world, false, &asked).is_ok());
}

#[test]
fn whoever_cancels_proves_nothing_and_stays_signed_in() {
    let world = signed_in();
    for more in [AGAIN, ROLE] {
        world.user().cancels = true;
        let asked = request(&world, "t", &[more]);
        assert_eq!(authorize(&world, true, &asked), Err(ErrorCode::UserCancelled));
    }
    assert_eq!(world.audit("authorize").last().unwrap()["outcome"], "user_cancelled");
    let asked = request(&world, "u", &[]);
    let proof = authorize(&world, false, &asked).unwrap();
    assert!(world.server().take(&proof).is_some());
}

#[test]
fn a_session_that_ended_while_the_user_chose_proves_nothing() {
    let world = signed_in();
    let (agent, session) = (world.agent.clone(), world.session().unwrap());
    world.user().role = "R2".to_owned();
    world.user().meanwhile = Some(Box::new(move || agent.follow_server(&session, Fate::Ended)));
    let asked = request(&world, "t", &[ROLE]);
    assert_eq!(authorize(&world, true, &asked), Err(ErrorCode::SessionEnded));
}

#[test]
fn one_dialog_at_a_time() {
    let world = Arc::new(World::new());
    let asked = request(&world, "t", &[]);
    let (other, second) = (world.clone(), asked.clone());
    world.user().meanwhile = Some(Box::new(move || {
        assert_eq!(authorize(&other, true, &second), Err(ErrorCode::Busy));
    }));
    assert!(authorize(&world, true, &asked).is_ok());
    assert!(world.user().meanwhile.is_none());
    assert_eq!(world.user().windows, 1);
}

/// The server is told in the background.
fn assert_state(world: &World, session: usize, state: SessionState) {
    let begun = Instant::now();
    while world.server().sessions[session].state != state {
        assert!(begun.elapsed() < Duration::from_secs(10), "the server was not told");
        thread::sleep(Duration::from_millis(10));
    }
}
