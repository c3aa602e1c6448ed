use std::{fs, sync::Arc, time::Duration};

use serde_json::{Value, json};
use wardkey_desktop::DesktopEvent;
use wardkey_protocol::{ErrorCode, Origin, view::SessionState};

use crate::{
    agent::{
        dialogs::Act,
        port::{Port, Who},
        testing::{APP, OTHER_READER, READER, Told, WARD, World, amira, amira_in, tom, tom_in},
    },
    interrupt::Interrupt,
};

const LOCK: &str = "removal = \"lock\"";

/// Amira's card is in and seen; a page of a ward has signed in.
fn signed_in(keys: &str) -> (World, Arc<Port>, String) {
    let world = World::with(keys);
    world.look();
    let page = world.page(1, WARD);
    let id = sign_in(&world, &page);
    world.told();
    (world, page, id)
}

fn sign_in(world: &World, page: &Arc<Port>) -> String {
    let signed_in = world.ask(page, "sign_in", json!({})).unwrap();
    signed_in["session"]["id"].as_str().unwrap().to_owned()
}

fn state(world: &World, session: usize) -> SessionState {
    world.server().sessions[session].state
}

fn code(outcome: Result<Value, wardkey_protocol::Fault>) -> ErrorCode {
    outcome.unwrap_err().code
}

/// The events of sessions, each with its port, state and cause.
fn of_sessions(told: &[Told]) -> Vec<(u32, &str, &str, &str)> {
    let text = |value: &'_ Value| -> &'static str {
        // Names of the protocol, compared as text.
        Box::leak(value.as_str().unwrap_or_default().to_owned().into_boxed_str())
    };
    told.iter()
        .filter(|(_, event, _)| event.starts_with("session_"))
        .map(|(port, event, data)| {
            (*port, event.as_str(), text(&data["state"]), text(&data["cause"]))
        })
        .collect()
}

/// What the pages are told, as far as the first word of a session: the session changes before.
fn told_of_session(world: &World) -> Vec<Told> {
    let mut told = Vec::new();
    world.until("the pages are told", |world| {
        told.extend(world.told());
        !of_sessions(&told).is_empty()
    });
    told
}

fn is_active(world: &World) -> bool {
    world.session().is_some()
}

#[test]
fn a_card_taken_out_locks_and_card_and_passcode_bring_the_session_back() {
    let (world, page, id) = signed_in(LOCK);
    let stranger = world.page(2, WARD);
    let before = world.ask(&page, "ticket", json!({})).unwrap()["ticket"].clone();
    world.take_out(READER);
    let told = world.told();
    assert_eq!(told[0].1, "card_removed");
    assert_eq!(of_sessions(&told), [(1, "session_locked", "locked", "card_removed")]);
    world.until("the server is told", |world| state(world, 0) == SessionState::Locked);

    for command in ["ticket", "user"] {
        assert_eq!(code(world.ask(&page, command, json!({}))), ErrorCode::SessionLocked);
    }
    let status = world.ask(&page, "status", json!({})).unwrap();
    assert_eq!(status["session"]["state"], "locked");
    assert_eq!(status["session"]["id"], id.as_str());
    assert!(status["session"].get("user").is_none(), "{status}");
    assert_eq!(world.ask(&stranger, "status", json!({})).unwrap().get("session"), None);

    let windows = world.user().windows;
    world.put_in(amira());
    world.until("it is resumed", is_active);
    world.until("pages are told", |world| world.audit("resume").len() == 1);
    let told = world.told();
    assert_eq!(of_sessions(&told), [(1, "session_resumed", "active", "")]);
    let resumed = told.iter().find(|(_, event, _)| event == "session_resumed").unwrap();
    assert_eq!(resumed.2["session"]["user"]["uid"], "555000000001");
    let user = world.user();
    assert_eq!(user.windows, windows + 1);
    let screen = user.screens.last().unwrap();
    assert_eq!(
        (screen.title.word(), screen.who_asks.origin.as_str()),
        (crate::dialog::words::Word::ResumeSession, "")
    );
    drop(user);
    assert_eq!(world.session().unwrap().id(), id);
    assert_eq!(state(&world, 0), SessionState::Active);
    assert_eq!(world.server().sessions.len(), 1);
    let ticket = world.ask(&page, "ticket", json!({})).unwrap()["ticket"].clone();
    assert_ne!(ticket, before);
}

#[test]
fn a_page_resumes_too_and_may_sign_out_instead() {
    let (world, page, id) = signed_in("removal = \"lock\"\ncard_inserted = \"nothing\"");
    world.take_out(READER);
    world.put_in(amira());
    world.until("the server is told", |world| state(world, 0) == SessionState::Locked);
    std::thread::sleep(Duration::from_millis(200));
    assert!(!is_active(&world), "a card alone resumes nothing");
    assert_eq!(sign_in(&world, &page), id);
    assert_eq!(world.audit("resume").len(), 1);

    world.take_out(READER);
    world.until("the server is told", |world| state(world, 0) == SessionState::Locked);
    world.ask(&page, "sign_out", json!({})).unwrap();
    world.until("the server is told", |world| state(world, 0) == SessionState::Ended);
    assert_eq!(code(world.ask(&page, "ticket", json!({}))), ErrorCode::SessionMissing);
    world.put_in(amira());
    std::thread::sleep(Duration::from_millis(200));
    assert!(!is_active(&world));
}

#[test]
fn the_same_card_put_back_in_time_changes_nothing() {
    let (world, page, _) = signed_in("removal = \"end\"\nremoval_grace_seconds = 1");
    let windows = world.user().windows;
    world.take_out(READER);
    assert_eq!(of_sessions(&world.told()), []);
    // Into another reader.
    world.put_in(amira_in(OTHER_READER));
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(of_sessions(&world.told()), []);
    assert!(world.ask(&page, "ticket", json!({})).is_ok());
    assert_eq!((state(&world, 0), world.user().windows), (SessionState::Active, windows));

    // Taken out of that one, and not put back.
    world.take_out(OTHER_READER);
    assert!(world.ask(&page, "ticket", json!({})).is_ok());
    world.until("the grace is over", |world| !is_active(world));
    assert_eq!(
        of_sessions(&told_of_session(&world)),
        [(1, "session_ended", "ended", "card_removed")]
    );
    world.until("the server is told", |world| state(world, 0) == SessionState::Ended);
    assert_eq!(code(world.ask(&page, "ticket", json!({}))), ErrorCode::SessionEnded);
}

#[test]
fn another_card_is_not_the_one_that_was_taken_out() {
    let keys = "removal = \"end\"\nremoval_grace_seconds = 3600\ncard_inserted = \"nothing\"";
    let (world, page, _) = signed_in(keys);
    world.take_out(READER);
    world.put_in(tom());
    world.until("it is suspended", |world| !is_active(world));
    let told = told_of_session(&world);
    assert_eq!(of_sessions(&told), [(1, "session_changed", "suspended", "user_changed")]);
    assert_eq!(code(world.ask(&page, "ticket", json!({}))), ErrorCode::SessionLocked);
    world.until("the server is told", |world| state(world, 0) == SessionState::Suspended);
}

#[test]
fn ignored_removal_locks_after_its_time_alone() {
    let (world, page, _) = signed_in("removal = \"ignore\"\nremoval_grace_seconds = 1");
    world.take_out(READER);
    assert!(world.ask(&page, "ticket", json!({})).is_ok());
    world.until("it is locked", |world| !is_active(world));
    assert_eq!(
        of_sessions(&told_of_session(&world)),
        [(1, "session_locked", "locked", "card_removed")]
    );

    let (world, page, _) = signed_in("removal = \"ignore\"");
    world.take_out(READER);
    std::thread::sleep(Duration::from_millis(200));
    assert!(world.ask(&page, "ticket", json!({})).is_ok());
}

/// One reader: a card out, another in, and back.
#[test]
fn users_swap_by_their_cards_and_see_nothing_of_each_other() {
    let (world, page, first) = signed_in(LOCK);
    let other = world.page(2, WARD);
    assert_eq!(sign_in(&world, &other), first);
    world.told();
    let windows = world.user().windows;
    world.take_out(READER);
    world.put_in(tom());
    world.until("Tom is signed in", is_active);
    world.until("that is done", |world| world.audit("sign_in").len() == 2);
    let told = world.told();
    let expected = [
        (1, "session_locked", "locked", "card_removed"),
        (2, "session_locked", "locked", "card_removed"),
        (1, "session_changed", "suspended", "user_changed"),
        (2, "session_changed", "suspended", "user_changed"),
    ];
    let mut heard = of_sessions(&told);
    heard.sort_by_key(|(port, event, ..)| (*event == "session_changed", *port));
    assert_eq!(heard, expected, "nothing of Tom's session");
    assert_eq!(world.user().windows, windows + 1);
    world.until("the server is told", |world| state(world, 0) == SessionState::Suspended);
    for page in [&page, &other] {
        assert_eq!(code(world.ask(page, "user", json!({}))), ErrorCode::SessionLocked);
        let status = world.ask(page, "status", json!({})).unwrap();
        assert_eq!(
            (&status["session"]["id"], status["session"].get("user")),
            (&json!(first), None)
        );
    }

    // A page that signs in again is in Tom's session, without a word to the user.
    let second = sign_in(&world, &page);
    assert_ne!(second, first);
    let user = world.ask(&page, "user", json!({})).unwrap();
    assert_eq!(user["user"]["uid"], "555000000002");
    assert_eq!(world.user().windows, windows + 1);
    world.told();

    // Amira is back.
    world.take_out(READER);
    world.put_in(amira());
    world.until("Amira is back", |world| world.audit("resume").len() == 1);
    assert_eq!(world.session().unwrap().id(), first);
    let told = world.told();
    let mut heard = of_sessions(&told);
    heard.sort_by_key(|(port, event, ..)| (*port, *event == "session_changed"));
    let expected = [
        (1, "session_locked", "locked", "card_removed"),
        (1, "session_changed", "suspended", "user_changed"),
        (2, "session_resumed", "active", ""),
    ];
    assert_eq!(heard, expected);
    assert_eq!(world.user().windows, windows + 2);
    let user = world.ask(&other, "user", json!({})).unwrap();
    assert_eq!(user["user"]["uid"], "555000000001");
    assert_eq!(code(world.ask(&page, "user", json!({}))), ErrorCode::SessionLocked);
    world.until("the server is told", |world| state(world, 1) == SessionState::Suspended);
    assert_eq!((state(&world, 0), world.server().sessions.len()), (SessionState::Active, 2));
}

#[test]
fn a_reader_that_is_unplugged_takes_its_card_along_and_brings_it_back() {
    let (world, page, id) = signed_in(LOCK);
    world.unplug(READER);
    let told = world.told();
    let names: Vec<_> = told.iter().map(|(_, event, _)| event.as_str()).collect();
    assert_eq!(names, ["card_removed", "session_locked", "reader_changed"]);
    assert_eq!(of_sessions(&told), [(1, "session_locked", "locked", "card_removed")]);
    assert_eq!(told[0].2["reader"], READER);
    assert_eq!(code(world.ask(&page, "ticket", json!({}))), ErrorCode::SessionLocked);
    world.until("the server is told", |world| state(world, 0) == SessionState::Locked);

    world.put_in(amira());
    world.until("she is back", |world| world.audit("resume").len() == 1);
    let told = world.told();
    let names: Vec<_> = told.iter().map(|(_, event, _)| event.as_str()).collect();
    for name in ["reader_changed", "card_inserted", "session_resumed"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(world.session().unwrap().id(), id);
    assert!(world.ask(&page, "ticket", json!({})).is_ok());

    // Into another port of the computer, which gives it another name.
    world.unplug(READER);
    world.put_in(amira_in(OTHER_READER));
    world.until("she is back again", |world| world.audit("resume").len() == 2);
    assert_eq!(world.session().unwrap().reader(), OTHER_READER);
    world.unplug(OTHER_READER);
    assert_eq!(code(world.ask(&page, "ticket", json!({}))), ErrorCode::SessionLocked);
}

#[test]
fn a_reader_that_is_unplugged_while_the_passcode_is_typed_ends_the_sign_in() {
    let world = Arc::new(World::new());
    world.look();
    let page = world.page(1, WARD);
    let unplugging = Arc::downgrade(&world);
    world.user().meanwhile = Some(Box::new(move || unplugging.upgrade().unwrap().unplug(READER)));
    assert_eq!(code(world.ask(&page, "sign_in", json!({}))), ErrorCode::CardRemoved);
    assert_eq!((world.server().sessions.len(), is_active(&world)), (0, false));
    world.put_in(amira());
    sign_in(&world, &page);
}

/// Two readers: the second card is put in while the first stays.
#[test]
fn the_card_of_another_user_beside_the_first_does_what_policy_says() {
    for (other_card, first_is, active) in [
        ("suspend", SessionState::Suspended, Some("555000000002")),
        ("end", SessionState::Ended, Some("555000000002")),
        ("ignore", SessionState::Active, Some("555000000001")),
    ] {
        let (world, page, first) = signed_in(&format!("other_card = \"{other_card}\""));
        world.put_in(tom_in(OTHER_READER));
        if other_card == "ignore" {
            std::thread::sleep(Duration::from_millis(300));
        } else {
            world.until("Tom is signed in", |world| world.audit("sign_in").len() == 2);
        }
        world.until(other_card, |world| state(world, 0) == first_is);
        assert_eq!(world.session().map(|session| session.uid.clone()).as_deref(), active);
        let status = world.ask(&page, "status", json!({})).unwrap();
        match first_is {
            SessionState::Ended => assert_eq!(status.get("session"), None),
            _ => assert_eq!(status["session"]["id"], first.as_str()),
        }
        let seen = world.ask(&page, "user", json!({}));
        assert_eq!(seen.is_ok(), other_card == "ignore");
        // The second user's card is out: that session alone ends, and the first does not come back
        // without its passcode.
        if other_card == "suspend" {
            world.take_out(OTHER_READER);
            world.until("Tom's session ends", |world| state(world, 1) == SessionState::Ended);
            assert!(!is_active(&world));
            assert_eq!(sign_in(&world, &page), first);
        }
    }
}

#[test]
fn a_card_opens_the_sign_in_where_policy_says_so_and_once() {
    let world = World::with("card_inserted = \"sign_on\"");
    world.look();
    world.until("Amira is signed in", is_active);
    let page = world.page(1, WARD);
    assert_eq!(code(world.ask(&page, "user", json!({}))), ErrorCode::SessionMissing);
    sign_in(&world, &page);
    assert_eq!(world.user().windows, 1);

    let without = World::new();
    without.look();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!((without.user().windows, is_active(&without)), (0, false));
}

#[test]
fn dialogs_of_cards_are_limited_like_those_of_pages_and_one_is_open_at_a_time() {
    let world = World::new();
    let interrupt = Arc::new(Interrupt::default());
    let app = Who::Page(Origin::parse(APP).unwrap());
    let begin = |who: Option<&Who>| {
        let dialog = world.agent.dialogs.begin_for(&interrupt, who, None, Act::SignIn, "");
        dialog.map_err(|fault| fault.code)
    };
    let open = begin(None).unwrap();
    assert_eq!(begin(Some(&app)).err(), Some(ErrorCode::Busy));
    drop(open);
    for _ in 1..10 {
        drop(begin(None).unwrap());
    }
    assert_eq!(begin(None).err(), Some(ErrorCode::RateLimited));
    assert!(begin(Some(&app)).is_ok());
}

#[test]
fn what_the_server_does_reaches_the_page_at_its_next_call() {
    let (world, page, _) = signed_in("");
    world.server().sessions[0].state = SessionState::Suspended;
    let other = world.page(2, APP);
    assert!(world.ask(&other, "sign_in", json!({})).is_ok());
    // The ticket that the page has is the server's to judge; another one is not given.
    world.session().unwrap().set_role("R1");
    assert_eq!(code(world.ask(&page, "ticket", json!({}))), ErrorCode::SessionLocked);
    let told = world.told();
    let changed = of_sessions(&told);
    assert!(changed.contains(&(1, "session_changed", "suspended", "server")), "{changed:?}");
    assert!(!is_active(&world));
}

#[test]
fn a_server_that_is_away_hears_of_it_when_it_is_back_also_after_the_agent_was_killed() {
    let (world, page, _) = signed_in("removal = \"end\"");
    let ticket = world.ask(&page, "ticket", json!({})).unwrap()["ticket"].clone();
    world.server().is_down = true;
    world.take_out(READER);
    assert_eq!(
        of_sessions(&told_of_session(&world)),
        [(1, "session_ended", "ended", "card_removed")]
    );
    assert_eq!(code(world.ask(&page, "ticket", json!({}))), ErrorCode::SessionEnded);
    let folder = world.instance.outbox();
    let kept = || fs::read_dir(&folder).unwrap().flatten().collect::<Vec<_>>();
    world.until("it is kept", |_| {
        kept().len() == 1 && !kept()[0].path().with_extension("new").exists()
    });
    let text = fs::read_to_string(kept()[0].path()).unwrap();
    let own = world.server().sessions[0].ticket.clone();
    assert!(!text.contains(&own) && !text.contains(ticket.as_str().unwrap()), "{text}");
    assert_eq!(state(&world, 0), SessionState::Active, "nobody could tell it");

    let again = world.restarted();
    assert!(!again.outbox.is_empty());
    world.server().is_down = false;
    world.until("the server is told", |world| state(world, 0) == SessionState::Ended);
    world.until("nothing is left", |_| kept().is_empty() && again.outbox.is_empty());
    assert_eq!(code(world.ask(&page, "sign_in", json!({}))), ErrorCode::CardMissing);
}

#[test]
fn a_session_that_resumes_before_the_server_heard_of_its_lock_stays_active() {
    let (world, page, id) = signed_in("removal = \"lock\"\ncard_inserted = \"nothing\"");
    world.server().is_down = true;
    world.take_out(READER);
    world.until("it is kept", |world| !world.agent.outbox.is_empty());
    world.put_in(amira());
    assert_eq!(code(world.ask(&page, "sign_in", json!({}))), ErrorCode::ServerUnreachable);
    world.server().is_down = false;
    assert_eq!(sign_in(&world, &page), id);
    // Whatever was on its way is of a key that the server knows no more.
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(state(&world, 0), SessionState::Active);
    assert!(world.agent.outbox.is_empty());
    assert!(world.ask(&page, "ticket", json!({})).is_ok());
}

#[test]
fn a_locked_screen_and_a_sleeping_computer_do_what_policy_says() {
    for (keys, event, expected) in [
        ("on_screen_lock = \"lock\"", DesktopEvent::ScreenLocked, ("session_locked", "locked")),
        ("on_screen_lock = \"end\"", DesktopEvent::ScreenLocked, ("session_ended", "ended")),
        ("modes = [\"enhanced_normal\"]", DesktopEvent::ScreenLocked, ("session_locked", "locked")),
        ("on_sleep = \"lock\"", DesktopEvent::Sleeps, ("session_locked", "locked")),
    ] {
        let (world, page, id) = signed_in(keys);
        world.agent.desktop_event(event);
        let told = world.told();
        let heard = of_sessions(&told);
        let cause = match event {
            DesktopEvent::ScreenLocked => "screen_locked",
            DesktopEvent::Sleeps => "slept",
        };
        assert_eq!(heard, [(1, expected.0, expected.1, cause)], "{keys}");
        assert_eq!(sign_in(&world, &page) == id, expected.1 == "locked", "{keys}");
    }
    let (world, page, _) = signed_in("on_sleep = \"lock\"");
    world.agent.desktop_event(DesktopEvent::ScreenLocked);
    assert!(world.ask(&page, "ticket", json!({})).is_ok());
}
