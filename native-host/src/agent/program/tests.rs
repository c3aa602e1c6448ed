use serde_json::{Value, json};

use super::*;
use crate::agent::{
    port::Who,
    testing::{PROGRAM, READER, SERVER, WARD, World, tom},
};

/// What this test runs, as policy names it.
fn executable() -> String {
    std::env::current_exe().unwrap().display().to_string()
}

fn code(outcome: Result<Value, Fault>) -> ErrorCode {
    outcome.unwrap_err().code
}

#[test]
fn a_program_signs_in_without_a_click_and_dialog_and_record_name_it() {
    let world = World::new();
    let program = world.program();
    assert_eq!(code(world.ask(&program, "ticket", json!({}))), ErrorCode::SessionMissing);
    let signed_in = world.ask(&program, "sign_in", json!({})).unwrap();
    assert!(signed_in["session"]["user"]["uid"].is_string() && signed_in["ticket"].is_string());
    let user = world.user();
    let who = &user.screens[0].who_asks;
    let named = who.program.as_ref().unwrap();
    assert_eq!((who.origin.as_str(), named.name.as_str()), ("", PROGRAM));
    assert_eq!(named.executable, executable());
    drop(user);
    let entry = &world.audit("sign_in")[0];
    assert_eq!((&entry["program"], &entry["origin"]), (&executable().into(), &Value::Null));

    let out = world.ask(&program, "sign_out", json!({}));
    assert_eq!(out, Ok(json!({})));
    assert!(world.session().is_none());
    assert_eq!(world.audit("sign_out")[0]["program"], executable());
}

#[test]
fn a_program_has_the_ticket_that_pages_of_its_relying_party_have() {
    let world = World::new();
    let page = world.page(1, WARD);
    let of_page = world.ask(&page, "sign_in", json!({})).unwrap()["ticket"].clone();
    let program = world.program();
    // The session is there: no dialog, nothing but the record.
    let of_program = world.ask(&program, "ticket", json!({})).unwrap()["ticket"].clone();
    assert_eq!(of_program, of_page);
    let user = world.ask(&program, "user", json!({})).unwrap();
    assert_eq!(user["user"]["uid"], world.session().unwrap().uid);
    assert_eq!(world.user().windows, 1);
    let entered = world.audit("enter_session");
    assert_eq!((entered.len(), &entered[0]["program"]), (1, &executable().into()));
    // Whoever signs in into it is recorded as well, once.
    let another = world.program();
    for _ in 0..2 {
        world.ask(&another, "sign_in", json!({})).unwrap();
    }
    assert_eq!(world.audit("enter_session").len(), 2);
}

#[test]
fn a_program_stays_in_its_session_when_another_user_comes() {
    let world = World::new();
    let program = world.program();
    world.look();
    world.ask(&program, "sign_in", json!({})).unwrap();
    world.take_out(READER);
    world.until("the session ends", |world| world.session().is_none());
    world.put_in(tom());
    world.ask(&world.page(1, WARD), "sign_in", json!({})).unwrap();
    let toms = world.agent.sessions.at(SERVER).unwrap();
    for command in ["ticket", "user", "sign_out"] {
        assert_eq!(code(world.ask(&program, command, json!({}))), ErrorCode::SessionEnded);
    }
    assert!(world.agent.sessions.get(toms.id()).is_some(), "it ended another one's session");
    // A new connection is in his.
    let user = world.ask(&world.program(), "user", json!({})).unwrap();
    assert_eq!(user["user"]["uid"], toms.uid);
}

#[test]
fn only_what_runs_the_executable_of_policy_is_admitted_and_for_what_it_says() {
    let world = World::new();
    let mut init = Peer::this();
    (init.pid, init.executable) = (1, Some("/sbin/init".into()));
    let fault = world.ask(&world.port_of(init), "sign_in", json!({})).unwrap_err();
    assert_eq!(fault.code, ErrorCode::ProgramNotAdmitted);
    assert_eq!(fault.details["program"], "/sbin/init");
    let program = world.program();
    let nonce = json!({"nonce": "n".repeat(44)});
    for (command, args) in [("authenticate", nonce), ("signing_certificate", json!({}))] {
        let refused = code(world.ask(&program, command, args));
        assert_eq!(refused, ErrorCode::CapabilityNotGranted, "{command}");
    }
    assert_eq!(world.user().windows, 0);
    let caller = admission::program(&world.agent, &Peer::this()).unwrap();
    let named = Who::Program { executable: executable(), name: PROGRAM.to_owned() };
    assert_eq!(caller.who, named);
}

#[test]
fn what_is_no_message_is_told_and_the_next_one_works() {
    let world = World::new();
    let mut link = world.program_link();
    let next = |link: &mut Connection| -> Value {
        serde_json::from_slice(&link.receive().unwrap().unwrap()).unwrap()
    };
    assert_eq!(next(&mut link), "idle");
    link.send(pulse::QUESTION).unwrap();
    assert_eq!(next(&mut link), "idle");
    link.send(b"{").unwrap();
    let refused = next(&mut link);
    assert_eq!((&refused["error"]["code"], refused.get("id")), (&json!("message_malformed"), None));
    link.send(br#"{"id":1,"v":1,"command":"no_such","args":{}}"#).unwrap();
    assert_eq!(next(&mut link)["error"]["code"], "command_unknown");
    link.send(br#"{"id":2,"v":1,"command":"status","args":{}}"#).unwrap();
    let status = next(&mut link);
    assert_eq!((&status["id"], &status["ok"]["session"]), (&json!(2), &Value::Null));
    link.shut_down();
    world.until("the port closes", |world| world.agent.ports().is_empty());
}
