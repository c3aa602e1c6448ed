use std::io::Cursor;

use super::*;

#[test]
fn what_is_cut_short_or_bent_is_no_message() {
    let call = Call::new("a.b", "/a", "a.b", "M").string("text").number(7).write(3);
    // A call is what nobody makes to us, and a message all the same.
    assert_eq!(wire::read(&mut Cursor::new(&call)).unwrap().member, "M");
    for end in 0..call.len() {
        assert!(wire::read(&mut Cursor::new(&call[..end])).is_err(), "{end}");
    }
    for place in 0..call.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bent = call.clone();
            bent[place] = value;
            // It may be read or refused; it neither panics nor asks for memory without bound.
            let message = wire::read(&mut Cursor::new(&bent));
            if let Ok(message) = message {
                let _ = (message.string(), message.boolean(), message.boolean_in_variant());
            }
        }
    }
}

#[test]
fn addresses_are_those_of_local_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert!(open(&format!("tcp:host=x;unix:guid=1,path={}", path.display())).is_ok());
    assert!(open("tcp:host=127.0.0.1,port=1").is_err());
    assert!(open("unix:path=/nowhere/at/all").is_err());
}
