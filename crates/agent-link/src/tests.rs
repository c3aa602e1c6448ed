use std::{io::Write as _, os::unix::net::UnixStream, thread};

use super::*;

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
    listener.accept().unwrap().0.refuse().unwrap();
    assert!(matches!(refused.join().unwrap(), Err(LinkError::Refused)));
    // An agent that is killed between accepting and answering.
    let dropped = call(&instance);
    drop(listener.accept().unwrap());
    assert!(matches!(dropped.join().unwrap(), Err(LinkError::NoAgent(_))));
}

#[test]
fn a_caller_without_a_proper_hello_is_turned_away() {
    let (_folder, instance) = instance();
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let mut stream = UnixStream::connect(instance.socket()).unwrap();
    stream.write_all(&2u32.to_ne_bytes()).unwrap();
    stream.write_all(b"{}").unwrap();
    assert!(matches!(listener.accept(), Err(Refused::NoHello(_))));
    let _silent = UnixStream::connect(instance.socket()).unwrap();
    assert!(matches!(listener.accept(), Err(Refused::NoHello(_))));
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, instance) = instance();
    let path = folder.path().join("instance");
    std::fs::create_dir(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(instance.prepare(), Err(InstanceError::Exposed(_))));
}

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
