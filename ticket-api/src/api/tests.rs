//! An instance between a caller and an agent that the test plays.

use std::{sync::mpsc, thread};

use wardkey_agent_link::{Connection, Listener};

use super::*;

/// An agent that answers each connection's calls by a script: the connection's number from 0, and
/// the command with its arguments. `None` ends the connection.
fn agent(
    script: impl Fn(usize, &str, &Value) -> Option<Result<Value, ErrorCode>> + Send + 'static,
) -> Api {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::at(folder.path().join("instance"));
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let (sender, connections) = mpsc::channel::<(usize, Connection)>();
    thread::spawn(move || {
        for number in 0.. {
            let Ok((mut connection, ..)) = listener.accept() else { return };
            connection.admit().unwrap();
            if sender.send((number, connection)).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (number, mut connection) in connections {
            while let Ok(Some(frame)) = connection.receive() {
                let request: Value = serde_json::from_slice(&frame).unwrap();
                let command = request["command"].as_str().unwrap();
                let answer = match script(number, command, &request["args"]) {
                    Some(Ok(ok)) => json!({"id": request["id"], "ok": ok}),
                    Some(Err(code)) => {
                        let error = wardkey_protocol::Fault::new(code);
                        json!({"id": request["id"], "error": error})
                    }
                    None => break,
                };
                connection.send(answer.to_string().as_bytes()).unwrap();
            }
        }
        drop(folder);
    });
    Api::with(move || Client::connect(&instance, None)).map_err(|failure| failure.code).unwrap()
}

fn ticket(text: &str) -> Value {
    json!({"ticket": text, "expiresInSeconds": 60})
}

fn signed_in(text: &str) -> Value {
    let session = json!({
        "id": "s", "state": "active", "server": "https://id.example", "expiresInSeconds": 60
    });
    json!({"session": session, "ticket": text})
}

fn code(outcome: Result<String, Failure>) -> Code {
    outcome.unwrap_err().code
}

#[test]
fn a_ticket_without_a_session_asks_the_user_and_without_auth_does_not() {
    let api = agent(|_, command, args| {
        Some(match command {
            "ticket" => Err(ErrorCode::SessionMissing),
            "sign_in" => Ok(signed_in(if args["fresh"] == true { "new" } else { "first" })),
            "status" => Ok(json!({"agent": "1.2.3", "protocol": 2})),
            "sign_out" => Err(ErrorCode::SessionMissing),
            _ => Err(ErrorCode::CommandUnknown),
        })
    });
    assert_eq!(code(api.ticket_no_auth()), Code::TICKET_NOT_AVAILABLE);
    assert_eq!(api.ticket().unwrap(), "first");
    assert_eq!(api.new_ticket().unwrap(), "new");
    assert_eq!(api.agent_version().unwrap(), 0x0001_0203);
    assert_eq!(api.destroy_ticket(), Ok(()), "there is none already");
}

#[test]
fn the_end_of_a_session_is_told_before_the_next_users_ticket_is_given() {
    let left = AtomicBool::new(false);
    let api = agent(move |connection, command, _| {
        assert_eq!(command, "ticket");
        Some(match connection {
            0 if left.swap(true, Ordering::AcqRel) => Err(ErrorCode::SessionLocked),
            0 => Ok(ticket("hers")),
            _ => Ok(ticket("his")),
        })
    });
    assert_eq!(api.ticket_no_auth().unwrap(), "hers");
    assert_eq!(code(api.ticket_no_auth()), Code::TICKET_NOT_AVAILABLE);
    assert_eq!(api.ticket_no_auth().unwrap(), "his");
}

#[test]
fn an_agent_that_went_away_is_asked_again_but_no_user_is() {
    let api = agent(|connection, command, _| match (connection, command) {
        (0, "ticket") => None,
        (1, "ticket") => Some(Ok(ticket("first"))),
        (1, _) => None,
        (2, "ticket") => Some(Ok(ticket("second"))),
        (2, "status") => Some(Ok(json!({"agent": "0.1.0", "protocol": 2}))),
        (2, "sign_in") => None,
        _ => Some(Ok(ticket("third"))),
    });
    // Before anything was given nobody can mistake whose ticket it is.
    assert_eq!(api.ticket_no_auth().unwrap(), "first");
    assert_eq!(api.destroy_ticket(), Ok(()));
    assert_eq!(api.ticket().unwrap(), "second");
    assert_eq!(code(api.new_ticket()), Code::SERVER_COMM_FAILED);
    assert_eq!(code(api.ticket_no_auth()), Code::TICKET_NOT_AVAILABLE);
    assert_eq!(api.ticket_no_auth().unwrap(), "third");
}

#[test]
fn what_the_agent_says_goes_on_to_people() {
    let api = agent(|_, _, _| Some(Err(ErrorCode::CardMissing)));
    let failure = api.ticket().unwrap_err();
    assert_eq!(failure.code, Code::CARD_TRANSACTION_FAILED);
    let said = failure.said.unwrap();
    assert!(said.contains("Put your smartcard into the reader. (card_missing)"), "{said}");
}

#[test]
fn an_instance_that_is_closed_gives_its_calls_up() {
    let (sender, called) = mpsc::channel();
    let api = agent(move |_, _, _| {
        sender.send(()).unwrap();
        thread::sleep(std::time::Duration::from_secs(30));
        None
    });
    thread::scope(|scope| {
        let waiting = scope.spawn(|| api.new_ticket());
        called.recv().unwrap();
        api.close();
        assert_eq!(code(waiting.join().unwrap()), Code::INVALID_INSTANCE_HANDLE);
    });
}
