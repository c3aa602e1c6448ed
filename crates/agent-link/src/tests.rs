use std::{
    io::Write as _,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use wardkey_protocol::{
    Base64, CommandName, ErrorCode, Fault,
    command::{sign, ticket},
    limits::{CHUNK, CHUNK_WINDOW},
    version::VersionRange,
};

use super::{system::Stream, *};

fn instance() -> (tempfile::TempDir, Instance) {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::at(folder.path().join("instance"));
    (folder, instance)
}

fn relay() -> Hello {
    Hello::Relay { extension: "abcdefghijklmnopabcdefghijklmnop".to_owned() }
}

#[test]
fn one_agent_listens_and_the_second_steps_back() {
    let (_folder, instance) = instance();
    let first = Listener::bind(&instance).unwrap();
    assert!(first.is_some());
    assert!(Listener::bind(&instance).unwrap().is_none());
    drop(first);
    // The first one's socket is still on disk, as after a kill.
    assert!(Listener::bind(&instance).unwrap().is_some());
}

#[test]
fn callers_are_known_and_frames_go_both_ways() {
    let (_folder, instance) = instance();
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let caller = thread::spawn({
        let instance = instance.clone();
        move || {
            let mut connection = Connection::open(&instance, &relay()).unwrap();
            connection.send(b"{\"ping\":1}").unwrap();
            connection.receive().unwrap().unwrap()
        }
    });
    let (mut connection, hello, peer) = listener.accept().unwrap();
    assert_eq!(hello, relay());
    assert_eq!(peer.pid, std::process::id());
    assert!(peer.runs_same_program_as(&Peer::this()));
    connection.admit().unwrap();
    assert_eq!(connection.receive().unwrap().unwrap(), b"{\"ping\":1}");
    connection.send(b"{\"pong\":1}").unwrap();
    assert_eq!(caller.join().unwrap(), b"{\"pong\":1}");
}

#[test]
fn a_caller_learns_whether_it_is_served_or_nobody_is_there() {
    let (_folder, instance) = instance();
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let call = |instance: &Instance| {
        let instance = instance.clone();
        thread::spawn(move || Connection::open(&instance, &relay()).map(drop))
    };
    let refused = call(&instance);
    listener.accept().unwrap().0.refuse(None).unwrap();
    assert!(matches!(refused.join().unwrap(), Err(LinkError::Refused)));
    // An agent that is killed between accepting and answering.
    let dropped = call(&instance);
    drop(listener.accept().unwrap());
    assert!(matches!(dropped.join().unwrap(), Err(LinkError::NoAgent(_))));
}

#[test]
fn a_program_that_is_not_admitted_is_told_why() {
    let (_folder, instance) = instance();
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let calling = thread::spawn({
        let instance = instance.clone();
        move || Client::connect(&instance, None).unwrap_err()
    });
    let (connection, hello, peer) = listener.accept().unwrap();
    assert_eq!(hello, Hello::Program { versions: VersionRange::OURS });
    assert!(peer.runs(&std::env::current_exe().unwrap()));
    assert!(!peer.runs(Path::new("Cargo.toml")) && !peer.runs(Path::new("/nothing")));
    let fault = Fault::new(ErrorCode::ProgramNotAdmitted).with("program", "/x");
    connection.refuse(Some(fault.clone())).unwrap();
    assert_eq!(calling.join().unwrap().fault(), fault);
}

/// A program that is served by a script: what it says, by the message that it got.
fn served(script: impl Fn(&mut Connection, Value) + Send + 'static) -> Client {
    served_within(Duration::from_secs(5), script)
}

/// The same, with so much silence before it asks.
fn served_within(
    silence: Duration,
    script: impl Fn(&mut Connection, Value) + Send + 'static,
) -> Client {
    let (folder, instance) = instance();
    let listener = Listener::bind(&instance).unwrap().unwrap();
    thread::spawn(move || {
        let (mut connection, ..) = listener.accept().unwrap();
        connection.admit().unwrap();
        while let Ok(Some(frame)) = connection.receive() {
            script(&mut connection, serde_json::from_slice(&frame).unwrap());
        }
        drop(folder);
    });
    Client::within(silence, &instance, None).unwrap()
}

fn say(connection: &mut Connection, message: &Value) {
    connection.send(message.to_string().as_bytes()).unwrap();
}

#[test]
fn threads_call_at_the_same_time_and_each_gets_its_answer() {
    // The first call is answered once the second one was.
    let client = served(|connection, request| match request["id"].as_u64() {
        Some(1) => say(connection, &json!({"id": 1, "progress": {}})),
        _ => {
            let of = |ticket: &str| json!({"ticket": ticket, "expiresInSeconds": 1});
            say(connection, &json!({"id": 2, "ok": of("second")}));
            say(connection, &json!({"id": 1, "ok": of("first")}));
        }
    });
    let call = || client.call::<ticket::Ticket>(CommandName::Ticket, &json!({})).unwrap().ticket;
    let mut tickets = thread::scope(|scope| {
        let calls = [scope.spawn(call), scope.spawn(call)];
        calls.map(|call| call.join().unwrap())
    });
    tickets.sort_unstable();
    assert_eq!(tickets, ["first", "second"]);
}

#[test]
fn an_agent_that_lives_is_waited_for_and_one_that_hangs_is_not() {
    const SILENCE: Duration = Duration::from_millis(400);
    let questions = Arc::new(AtomicU32::new(0));
    let asked = questions.clone();
    let client = served_within(SILENCE, move |connection, message| {
        let result = json!({"id": 1, "ok": {"ticket": "t", "expiresInSeconds": 1}});
        match message["command"].as_str() {
            // A user takes their time.
            Some("ticket") => connection.send(Pulse::Idle.frame()).unwrap(),
            // From now on it hangs.
            Some(_) => thread::sleep(Duration::from_secs(60)),
            None if asked.fetch_add(1, Ordering::Relaxed) == 4 => say(connection, &result),
            None => connection.send(Pulse::Busy.frame()).unwrap(),
        }
    });
    let begun = Instant::now();
    client.call::<ticket::Ticket>(CommandName::Ticket, &json!({})).unwrap();
    assert!(begun.elapsed() >= 5 * SILENCE && questions.load(Ordering::Relaxed) >= 5);
    let begun = Instant::now();
    let outcome = client.call::<Value>(CommandName::Status, &json!({}));
    assert!(matches!(outcome, Err(CallError::Gone)), "{outcome:?}");
    assert!(begun.elapsed() >= 2 * SILENCE);
    let outcome = client.call::<Value>(CommandName::Status, &json!({}));
    assert!(matches!(outcome, Err(CallError::Gone)), "{outcome:?}");
}

#[test]
fn an_agent_that_knows_no_questions_is_not_asked() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = heard.clone();
    let client = served_within(Duration::from_millis(50), move |connection, message| {
        hearing.lock().unwrap().push(message["command"].clone());
        thread::sleep(Duration::from_millis(300));
        let id = message["id"].clone();
        say(connection, &json!({"id": id, "ok": {"ticket": "t", "expiresInSeconds": 1}}));
    });
    for _ in 0..2 {
        client.call::<ticket::Ticket>(CommandName::Ticket, &json!({})).unwrap();
    }
    // What was asked in between would have come before the second.
    assert_eq!(*heard.lock().unwrap(), ["ticket", "ticket"]);
}

#[test]
fn a_call_ends_with_the_connection_and_with_an_error_of_any_code() {
    let client = served(|connection, request| {
        if request["command"] == "status" {
            return connection.shut_down();
        }
        let error = json!({"code": "of_tomorrow", "message": "m", "remedy": "r"});
        say(connection, &json!({"id": request["id"], "error": error}));
    });
    let outcome = client.call::<Value>(CommandName::Ticket, &json!({}));
    let Err(CallError::Fault(fault)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        (fault.code, &fault.details["error"]["code"]),
        (ErrorCode::Internal, &json!("of_tomorrow"))
    );
    for _ in 0..2 {
        let outcome = client.call::<Value>(CommandName::Status, &json!({}));
        assert!(matches!(outcome, Err(CallError::Gone)), "{outcome:?}");
    }
}

#[test]
fn large_documents_and_signatures_travel_in_chunks() {
    let size = CHUNK * 10 + 1;
    let state = std::sync::Mutex::new((0u32, 0u32));
    let client = served(move |connection, message| {
        let (received, sent) = &mut *state.lock().unwrap();
        let piece = |number: u32, length: usize| {
            let octets = Base64(vec![u8::try_from(number).unwrap(); length]);
            json!({"id": 1, "chunk": {"document": "b", "number": number, "octets": octets}})
        };
        if message.get("command").is_some() {
            assert_eq!(message["v"], 2);
            assert!(message["args"]["documents"][0]["content"].is_string());
            assert_eq!(message["args"]["documents"][1]["size"], size);
            say(connection, &json!({"id": 1, "credit": CHUNK_WINDOW}));
        } else if message.get("chunk").is_some() {
            assert_eq!(message["chunk"]["number"], *received);
            *received += 1;
            match *received {
                CHUNK_WINDOW => say(connection, &json!({"id": 1, "credit": 11})),
                11 => (0..CHUNK_WINDOW).for_each(|_| {
                    say(connection, &piece(*sent, CHUNK));
                    *sent += 1;
                }),
                _ => {}
            }
        } else {
            let credit = message["credit"].as_u64().unwrap();
            assert!(credit <= u64::from(*sent + CHUNK_WINDOW), "{credit}");
            if *sent < 9 {
                say(connection, &piece(*sent, 1));
                *sent += 1;
                let results = json!([
                    {"id": "a", "signature": Base64(vec![7])},
                    {"id": "b", "size": CHUNK * 8 + 1, "join": {"how": "around", "at": 1}},
                ]);
                let signed = json!({"certificate": Base64(vec![1]), "results": results});
                say(connection, &json!({"id": 1, "ok": signed}));
            }
        }
    });
    let document = |id: &str, octets: Vec<u8>| sign::Document {
        id: id.to_owned(),
        name: id.to_owned(),
        media_type: "text/plain".to_owned(),
        content: Some(Base64(octets)),
        digest: None,
        size: None,
    };
    let args = sign::Args {
        key: "k".repeat(16),
        format: sign::Format::Cades,
        documents: vec![document("a", vec![1]), document("b", vec![2; size])],
        packaging: None,
        algorithm: None,
        serialization: None,
        timestamp: false,
        commitment: None,
        reason: None,
    };
    let signed = client.sign(args, |_| {}).unwrap();
    assert_eq!(signed.results[0].signature, Some(Base64(vec![7])));
    let whole = &signed.results[1].signature.as_ref().unwrap().0;
    assert_eq!(whole.len(), CHUNK * 8 + 1 + size);
    assert_eq!((whole[0], whole[1], whole[size], whole[size + 1]), (0, 2, 2, 0));
    assert_eq!(whole.last(), Some(&8));
    assert_eq!((signed.results[1].size, signed.results[1].join), (None, None));
}

/// A program that hangs before it listens, whoever starts it.
#[cfg(unix)]
#[test]
fn an_agent_that_hangs_as_it_starts_is_not_waited_for() {
    use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

    let (folder, instance) = instance();
    instance.prepare().unwrap();
    let host = folder.path().join("wardkey-host");
    // What it starts keeps its output open, as an agent does.
    fs::write(&host, "#!/bin/sh\nsleep 20 &\necho $! > \"$0.pid\"\n").unwrap();
    fs::set_permissions(&host, fs::Permissions::from_mode(0o700)).unwrap();
    let started = start::within(Duration::from_millis(50), &instance, &relay(), &host);
    assert!(matches!(started, Err(LinkError::NotStarted(_))), "{started:?}");
    // It was started, and is there still.
    let hangs = fs::read_to_string(folder.path().join("wardkey-host.pid")).unwrap();
    let ended = std::process::Command::new("kill").arg(hangs.trim()).status().unwrap();
    assert!(ended.success());
}

#[test]
fn an_agent_that_somebody_else_starts_may_be_slow_with_its_greeting() {
    let (_folder, instance) = instance();
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let slow = thread::spawn(move || {
        // Longer than one greeting is waited for.
        thread::sleep(Duration::from_millis(5_500));
        // Who has hung up is met first.
        loop {
            let Ok((mut connection, ..)) = listener.accept() else { continue };
            if connection.admit().is_ok() && matches!(connection.receive(), Ok(Some(_))) {
                return;
            }
        }
    });
    let (host, patience) = (Path::new("/nothing"), Duration::from_secs(10));
    let mut connection = start::within(patience, &instance, &relay(), host).unwrap();
    connection.send(b"{}").unwrap();
    slow.join().unwrap();
}

#[test]
fn the_host_program_is_found_where_it_is_named_or_installed() {
    let folder = tempfile::tempdir().unwrap();
    let (own, below) = match cfg!(windows) {
        true => ("LOCALAPPDATA", "Programs/Wardkey"),
        false => ("HOME", ".local/bin"),
    };
    let host = folder.path().join(below).join(system::HOST);
    std::fs::create_dir_all(host.parent().unwrap()).unwrap();
    std::fs::write(&host, "").unwrap();
    let home = folder.path().as_os_str().to_owned();
    let found = find_host(|name| (name == own).then(|| home.clone()));
    // Where one is installed for everybody, it comes first.
    assert!(found.as_ref().is_some_and(|found| *found == host || found.starts_with("/usr")));
    let named = find_host(|name| (name == "WARDKEY_HOST").then(|| "/opt/w".into()));
    assert_eq!(named.as_deref(), Some(Path::new("/opt/w")));
}

#[test]
fn a_caller_without_a_proper_hello_is_turned_away() {
    let (_folder, instance) = instance();
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let mut stream = Stream::connect(&instance.socket()).unwrap();
    stream.write_all(&2u32.to_ne_bytes()).unwrap();
    stream.write_all(b"{}").unwrap();
    assert!(matches!(listener.accept(), Err(Refused::NoHello(_))));
    let _silent = Stream::connect(&instance.socket()).unwrap();
    assert!(matches!(listener.accept(), Err(Refused::NoHello(_))));
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, instance) = instance();
    let path = folder.path().join("instance");
    std::fs::create_dir(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(instance.prepare(), Err(InstanceError::Exposed(_))));
}

#[cfg(unix)]
#[test]
fn the_environment_names_the_instance() {
    let named = |pairs: &'static [(&str, &str)]| {
        Instance::from_environment(move |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    };
    assert_eq!(named(&[("WARDKEY_INSTANCE", "/x")]), Instance::at("/x".into()));
    let own = named(&[("XDG_RUNTIME_DIR", "/run/user/7"), ("HOME", "/home/amira")]);
    assert_eq!(own.socket().to_str(), Some("/run/user/7/wardkey/agent.sock"));
    assert_eq!(own.policy().to_str(), Some("/home/amira/.local/share/wardkey/policy.toml"));
}

#[cfg(windows)]
#[test]
fn the_environment_names_the_instance() {
    let named = |pairs: &'static [(&str, &str)]| {
        Instance::from_environment(move |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    };
    let other = named(&[("WARDKEY_INSTANCE", r"C:\x")]);
    assert_eq!(other, Instance::at(r"C:\x".into()));
    let own = named(&[("LOCALAPPDATA", r"C:\Users\amira\AppData\Local")]);
    assert_eq!(own.policy(), Path::new(r"C:\Users\amira\AppData\Local\Wardkey\policy.toml"));
    let (own, other) = (own.socket(), other.socket());
    let own = own.to_str().unwrap();
    assert!(own.starts_with(&format!(r"\\.\pipe\wardkey-{}-", Peer::this().uid)), "{own}");
    assert!(own.starts_with(r"\\.\pipe\wardkey-S-1-"), "{own}");
    assert!(other.to_str().unwrap().starts_with(own) && other.as_os_str() != own);
}

/// What another program could do before the agent starts.
#[cfg(windows)]
#[test]
#[ignore = "Wine 8 makes the second pipe all the same; run it on Windows"]
fn a_pipe_that_is_there_already_is_nobody_to_listen_beside() {
    let (_folder, instance) = instance();
    let (_other, second) = self::instance();
    let _first = Listener::bind(&instance).unwrap().unwrap();
    assert!(system::Socket::bind(&instance.socket()).is_err());
    assert!(system::Socket::bind(&second.socket()).is_ok());
}
