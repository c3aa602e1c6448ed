use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn notice(verb: Verb) -> Notice {
    Notice { server: "https://id.example".into(), verb, proof: "a.b.c".into(), expires: 1000 }
}

#[test]
fn a_notice_outlives_the_agent_until_it_is_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("undelivered");
    let outbox = Outbox::open(folder.clone()).unwrap();
    let posted = outbox.put("0a1b", notice(Verb::End));
    assert!(outbox.is_newest(&posted) && !outbox.is_empty());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("0a1b"))), (0o700, 0o600));
    drop(outbox);

    let outbox = Outbox::open(folder.clone()).unwrap();
    let left = outbox.left(999);
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].session.as_str(), &left[0].notice), ("0a1b", &notice(Verb::End)));
    assert!(!outbox.has_none_of("0a1b"));
    assert!(outbox.remove(&left[0]));
    assert!(outbox.is_empty());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn a_newer_notice_of_a_session_takes_the_place_of_the_older() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(folder.path().to_owned()).unwrap();
    let locked = outbox.put("0a", notice(Verb::Lock));
    let ended = outbox.put("0a", notice(Verb::End));
    assert!(!outbox.is_newest(&locked) && outbox.is_newest(&ended));
    assert!(!outbox.remove(&locked), "the older one removes nothing");
    let again = Outbox::open(folder.path().to_owned()).unwrap();
    assert_eq!(again.left(0)[0].notice.verb, Verb::End);
}

#[test]
fn what_is_too_old_or_cannot_be_read_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(folder.path().to_owned()).unwrap();
    outbox.put("0a", notice(Verb::End));
    for (name, text) in [
        ("0b", "{".to_owned()),
        ("0c", "x".repeat(20_000)),
        ("0d", serde_json::to_string(&notice(Verb::End)).unwrap().replace("proof", "key")),
        ("not ours", serde_json::to_string(&notice(Verb::End)).unwrap()),
        ("0e.new", serde_json::to_string(&notice(Verb::End)).unwrap()),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let again = Outbox::open(folder.path().to_owned()).unwrap();
    assert!(again.left(1000).is_empty(), "its time is up");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_disk_without_room_keeps_nothing_half_and_the_agent_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(folder.path().to_owned()).unwrap();
    outbox.put("0a", notice(Verb::Lock));
    // A write to this device says what a full disk says.
    std::os::unix::fs::symlink("/dev/full", folder.path().join("0a.new")).unwrap();
    let posted = outbox.put("0a", notice(Verb::End));
    assert!(outbox.is_newest(&posted) && !outbox.has_none_of("0a"), "it is under way");
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["0a"]);
    // An agent after this one has what could be kept.
    let again = Outbox::open(folder.path().to_owned()).unwrap();
    assert_eq!(again.left(0)[0].notice.verb, Verb::Lock);
    assert!(outbox.remove(&posted));
}
