use std::thread;

use super::*;
use crate::LinkError;

/// Fast user switching and remote desktops: one user, two sessions of the system.
#[test]
fn a_caller_from_another_logon_session_of_the_same_user_is_not_heard() {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::at(folder.path().join("instance"));
    let mut listener = Listener::bind(&instance).unwrap().unwrap();
    let own = listener.this.logon_session;
    let call = || {
        let instance = instance.clone();
        thread::spawn(move || Connection::open(&instance, &Hello::Console).map(drop))
    };
    listener.this.logon_session = Some(own.unwrap_or_default().wrapping_add(1));
    let caller = call();
    assert!(matches!(listener.accept(), Err(Refused::AnotherLogonSession)));
    assert!(matches!(caller.join().unwrap(), Err(LinkError::NoAgent(_))));
    // The session that the agent was started in is served.
    listener.this.logon_session = own;
    let caller = call();
    let (mut connection, ..) = listener.accept().unwrap();
    connection.admit().unwrap();
    assert!(caller.join().unwrap().is_ok());
}
