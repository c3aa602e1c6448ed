use std::sync::mpsc;

use serde_json::{Map, Value};
use wardkey_agent_link::{Connection, Hello, Instance, Listener};

use super::*;

/// A relay's connection, with its other end.
fn connections() -> (Outbound, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::at(folder.path().join("instance"));
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let relay = Hello::Relay { extension: "extension".to_owned() };
    let opening = thread::spawn(move || Connection::open(&instance, &relay).unwrap());
    let (mut connection, ..) = listener.accept().unwrap();
    connection.admit().unwrap();
    (Outbound::new(connection).unwrap(), opening.join().unwrap())
}

fn next(relay: &mut Connection) -> Value {
    let frame = relay.receive().unwrap().unwrap();
    serde_json::from_slice::<Value>(&frame).unwrap()["own"].clone()
}

#[test]
fn who_asks_during_an_examination_gets_its_report() {
    let (outbound, mut relay) = connections();
    let diagnosis = Arc::<Diagnosis>::default();
    let (finish, finished) = mpsc::channel::<()>();
    diagnose(&diagnosis, &outbound, 1, move || {
        finished.recv().unwrap();
        Ok(Report { host: "1".to_owned(), time: "now".to_owned(), findings: Vec::new() })
    });
    for id in 2..=17 {
        diagnose(&diagnosis, &outbound, id, || panic!("another examination"));
    }
    let refused = next(&mut relay);
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&17.into(), &"rate_limited".into()));
    finish.send(()).unwrap();
    for id in 1..=16 {
        let answer = next(&mut relay);
        assert_eq!((&answer["id"], &answer["ok"]["host"]), (&id.into(), &"1".into()));
    }
    diagnose(&diagnosis, &outbound, 18, || Err(ErrorCode::Internal.into()));
    assert_eq!(next(&mut relay)["error"]["code"], "internal");
}

#[test]
fn a_command_that_there_is_not_says_so() {
    let (outbound, mut relay) = connections();
    let request = OwnRequest { id: 7, command: "sign".to_owned(), args: Map::new() };
    take(&Arc::default(), &outbound, &request);
    let answer = next(&mut relay);
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&7.into(), &"command_unknown".into()));
}
