use std::sync::mpsc;

use serde_json::Value;
use wardkey_agent_link::Connection;

use super::*;
use crate::agent::testing::{World, connection};

/// A relay's connection, with its other end.
fn connections(world: &World) -> (Outbound, Connection) {
    let (accepted, opened) = connection(&world.instance);
    (Outbound::new(accepted).unwrap(), opened)
}

fn next(relay: &mut Connection) -> Value {
    let frame = relay.receive().unwrap().unwrap();
    serde_json::from_slice::<Value>(&frame).unwrap()["own"].clone()
}

#[test]
fn who_asks_during_an_examination_gets_its_report() {
    let (outbound, mut relay) = connections(&World::new());
    let calls = Arc::<Calls>::default();
    let (finish, finished) = mpsc::channel::<()>();
    diagnose(&calls, &outbound, 1, move || {
        finished.recv().unwrap();
        Ok(Report { host: "1".to_owned(), time: "now".to_owned(), findings: Vec::new() })
    });
    for id in 2..=17 {
        diagnose(&calls, &outbound, id, || panic!("another examination"));
    }
    let refused = next(&mut relay);
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&17.into(), &"rate_limited".into()));
    finish.send(()).unwrap();
    for id in 1..=16 {
        let answer = next(&mut relay);
        assert_eq!((&answer["id"], &answer["ok"]["host"]), (&id.into(), &"1".into()));
    }
    diagnose(&calls, &outbound, 18, || Err(ErrorCode::Internal.into()));
    assert_eq!(next(&mut relay)["error"]["code"], "internal");
}

#[test]
fn a_command_that_there_is_not_says_so() {
    let world = World::new();
    let (outbound, mut relay) = connections(&world);
    let ask = |id, command: &str, args: Value| {
        let args = args.as_object().unwrap().clone();
        let request = OwnRequest { id, command: command.to_owned(), args };
        take(&world.agent, &Arc::default(), &outbound, request);
    };
    ask(7, "sign", Value::Object(Map::new()));
    let answer = next(&mut relay);
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&7.into(), &"command_unknown".into()));
    ask(8, "change_passcode", serde_json::json!({"passcode": "1234"}));
    let answer = next(&mut relay);
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&8.into(), &"argument_invalid".into()));
}

#[test]
fn a_passcode_is_changed_and_a_relay_that_goes_takes_the_dialog_along() {
    let world = World::new();
    let (outbound, mut relay) = connections(&world);
    let calls = Arc::<Calls>::default();
    let ask = |id| {
        let command = "change_passcode".to_owned();
        take(&world.agent, &calls, &outbound, OwnRequest { id, command, args: Map::new() });
    };
    world.user().new_passcodes = vec![("2580", "864200")];
    ask(1);
    let answer = next(&mut relay);
    assert_eq!(answer["ok"]["reader"], crate::agent::testing::READER, "{answer}");

    let going = calls.clone();
    world.user().meanwhile = Some(Box::new(move || going.give_up()));
    ask(2);
    assert_eq!(next(&mut relay)["error"]["code"], "cancelled");
}
