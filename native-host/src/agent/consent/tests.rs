use serde_json::{Value, json};
use wardkey_protocol::{ErrorCode, Fault};

use super::*;
use crate::agent::{
    own::revoke,
    testing::{APP, CLINIC, SERVER, WARD, World, tom},
};

/// A site that policy does not name.
const NEW: &str = "https://new.example";
/// One that policy lets ask for a signature.
const LETTERS: &str = "https://letters.example";

const ASKED: &str = r#"
[consent]
capabilities = ["authenticate", "sign_in", "ticket", "user_details"]

[[origin]]
origin = "https://letters.example"
capabilities = ["sign_in"]
ask = ["sign", "sign_content_not_shown"]
"#;

fn code<T: std::fmt::Debug>(outcome: Result<T, Fault>) -> ErrorCode {
    outcome.unwrap_err().code
}

fn kinds(world: &World) -> Vec<&'static str> {
    let mut kinds: Vec<_> = world.user().asked().into_iter().map(|(.., kind)| kind).collect();
    kinds.dedup();
    kinds
}

fn consent(uid: &str, origin: &str, capability: Capability) -> Consent {
    let origin = Origin::parse(origin).unwrap();
    Consent { uid: uid.to_owned(), server: SERVER.to_owned(), origin, capability, since: 7 }
}

#[test]
fn a_consent_is_of_one_user_one_server_and_one_site_and_outlives_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("consents.json");
    let origin = Origin::parse(NEW).unwrap();
    let consents = Consents::open(path.clone());
    let sign_in = consent("1", NEW, Capability::SignIn);
    consents.give(vec![sign_in.clone(), consent("1", NEW, Capability::Ticket)]).unwrap();
    consents.give(vec![Consent { since: 9, ..sign_in.clone() }]).unwrap();
    assert_eq!(consents.every().len(), 2, "the same twice is one");
    drop(consents);

    let consents = Consents::open(path.clone());
    let both = HashSet::from([Capability::SignIn, Capability::Ticket]);
    assert_eq!(consents.of("1", SERVER, &origin), both);
    assert!(consents.of("2", SERVER, &origin).is_empty());
    assert!(consents.of("1", "https://other.example", &origin).is_empty());
    assert!(consents.of("1", SERVER, &Origin::parse(APP).unwrap()).is_empty());

    assert_eq!(consents.take_back(&origin, Some(Capability::SignIn)).0, [sign_in]);
    assert!(consents.take_back(&origin, Some(Capability::SignIn)).0.is_empty());
    let left = Consents::open(path.clone()).every();
    assert_eq!(left, [consent("1", NEW, Capability::Ticket)]);
    assert_eq!(consents.take_back(&origin, None).0.len(), 1);
    assert!(Consents::open(path).every().is_empty());
}

#[test]
fn a_file_that_cannot_be_read_lets_nobody_do_anything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("consents.json");
    for broken in ["", "{}", "[{\"uid\": \"1\"}]", "[1"] {
        fs::write(&path, broken).unwrap();
        assert!(Consents::open(path.clone()).every().is_empty(), "{broken}");
    }
    // It is written anew.
    Consents::open(path.clone()).give(vec![consent("1", NEW, Capability::SignIn)]).unwrap();
    assert_eq!(Consents::open(path).every().len(), 1);
}

#[test]
fn a_disk_without_room_leaves_the_file_whole_and_the_user_asked_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("consents.json");
    let consents = Consents::open(path.clone());
    consents.give(vec![consent("1", NEW, Capability::SignIn)]).unwrap();
    let before = fs::read(&path).unwrap();
    // A write to this device says what a full disk says.
    std::os::unix::fs::symlink("/dev/full", folder.path().join("consents.json.new")).unwrap();
    let refused = consents.give(vec![consent("1", NEW, Capability::Ticket)]).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
    // It counts as long as this agent lives, and the next one asks again.
    let origin = Origin::parse(NEW).unwrap();
    assert_eq!(consents.of("1", SERVER, &origin).len(), 2);
    assert_eq!(fs::read(&path).unwrap(), before);
    let next = Consents::open(path);
    assert_eq!(next.of("1", SERVER, &origin), HashSet::from([Capability::SignIn]));
    // What is taken back counts no more, written or not.
    let (taken, written) = consents.take_back(&origin, Some(Capability::SignIn));
    assert!(taken.len() == 1 && written.is_err());
    assert_eq!(consents.of("1", SERVER, &origin), HashSet::from([Capability::Ticket]));
}

#[test]
fn without_a_policy_for_it_nobody_is_asked() {
    let world = World::new();
    for command in ["sign_in", "authenticate", "user"] {
        let args =
            if command == "authenticate" { json!({"nonce": "n".repeat(44)}) } else { json!({}) };
        assert_eq!(code(world.call(NEW, true, command, args)), ErrorCode::OriginNotAdmitted);
    }
    assert_eq!(world.user().windows, 0);
}

#[test]
fn a_site_is_let_in_once_by_each_user() {
    let world = World::with(ASKED);
    let page = world.page(1, NEW);
    // Before that it learns nothing, and nothing opens without a click.
    assert_eq!(world.ask(&page, "status", json!({})).unwrap().get("cardPresent"), None);
    assert_eq!(code(world.ask(&page, "cards", json!({}))), ErrorCode::CapabilityNotGranted);
    assert_eq!(code(world.call(NEW, false, "sign_in", json!({}))), ErrorCode::GestureRequired);
    assert_eq!(world.user().windows, 0);

    let signed_in = world.ask(&page, "sign_in", json!({})).unwrap();
    assert!(signed_in["ticket"].is_string() && signed_in["session"]["user"]["uid"].is_string());
    assert_eq!(kinds(&world), ["consent", "passcode", "roles"]);
    let told: Vec<_> = world.told().into_iter().map(|(_, event, _)| event).collect();
    assert_eq!(told, ["session_started"]);
    let entry = &world.audit("consent")[0];
    assert_eq!(entry["capabilities"], json!(["sign_in", "ticket", "user_details"]));
    assert_eq!((&entry["origin"], &entry["outcome"]), (&NEW.into(), &"ok".into()));
    assert_eq!(entry["uid"], world.session().unwrap().uid);

    // In another page, and after a new sign-in, nobody asks again.
    world.ask(&page, "sign_out", json!({})).unwrap();
    world.user().screens.clear();
    world.ask(&world.page(2, NEW), "sign_in", json!({})).unwrap();
    assert_eq!(kinds(&world), ["passcode", "roles"]);

    // Another user is.
    world.ask(&world.page(3, NEW), "sign_in", json!({})).unwrap();
    world.insert(tom());
    world.user().screens.clear();
    world.ask(&world.page(4, NEW), "sign_in", json!({"fresh": true})).unwrap();
    assert_eq!(kinds(&world), ["consent", "passcode", "roles"]);
    assert_eq!(world.audit("consent").len(), 2);
}

#[test]
fn in_a_session_that_is_there_the_user_is_asked_and_nothing_else() {
    let world = World::with(ASKED);
    world.ask(&world.page(1, WARD), "sign_in", json!({})).unwrap();
    world.user().screens.clear();
    let page = world.page(2, NEW);
    world.ask(&page, "sign_in", json!({})).unwrap();
    assert_eq!(kinds(&world), ["consent"]);
    let who = world.user().screens[0].who_asks.origin.clone();
    assert_eq!(who, NEW);
    world.ask(&page, "user", json!({})).unwrap();
    assert_eq!(world.user().windows, 2);
}

#[test]
fn whoever_says_no_is_asked_again_and_nothing_is_kept() {
    let world = World::with(ASKED);
    world.user().cancels = true;
    let page = world.page(1, NEW);
    assert_eq!(code(world.ask(&page, "sign_in", json!({}))), ErrorCode::UserCancelled);
    assert_eq!(world.audit("consent")[0]["outcome"], "user_cancelled");
    assert!(world.session().is_none() && world.agent.consents.every().is_empty());
    assert_eq!(code(world.ask(&page, "user", json!({}))), ErrorCode::CapabilityNotGranted);
}

#[test]
fn what_is_said_with_a_card_but_without_its_passcode_is_not_kept() {
    let world = World::with(ASKED);
    let page = world.page(1, NEW);
    let agent = world.agent.clone();
    // Between consent and passcode the card goes.
    world.user().passcodes = vec!["9999".to_owned()];
    world.server().is_down = true;
    assert!(world.ask(&page, "sign_in", json!({})).is_err());
    assert!(agent.consents.every().is_empty());
}

#[test]
fn a_site_asks_for_what_policy_leaves_to_the_user_and_no_more() {
    let world = World::with(ASKED);
    let nonce = json!({"nonce": "n".repeat(44)});
    world.call(NEW, true, "authenticate", nonce.clone()).unwrap();
    world.call(NEW, true, "authenticate", nonce.clone()).unwrap();
    assert_eq!(kinds(&world), ["consent", "passcode"]);
    assert_eq!(world.audit("consent")[0]["capabilities"], json!(["authenticate"]));
    assert_eq!(
        code(world.call(LETTERS, true, "authenticate", nonce)),
        ErrorCode::CapabilityNotGranted
    );
    assert_eq!(
        code(world.call(NEW, true, "signing_certificate", json!({}))),
        ErrorCode::CapabilityNotGranted
    );
    // What policy grants needs no question.
    world.user().screens.clear();
    world.ask(&world.page(1, WARD), "sign_in", json!({})).unwrap();
    assert!(!kinds(&world).contains(&"consent"));
}

#[test]
fn only_a_site_that_may_come_to_sign_gets_as_far_as_the_card() {
    let world = World::with(ASKED);
    let sign = |key: &str, media_type: &str| {
        json!({"key": key.repeat(16), "format": "cades", "documents": [
            {"id": "1", "name": "n", "mediaType": media_type, "content": "aGVsbG8="}]})
    };
    // The scripted card signs no content, so that each ends there; the suite `agent` goes on.
    for (origin, media_type) in
        [(CLINIC, "text/plain"), (LETTERS, "application/octet-stream"), (LETTERS, "text/plain")]
    {
        let outcome = world.call(origin, true, "sign", sign("k", media_type));
        assert_eq!(code(outcome), ErrorCode::CertificateWrongUsage, "{origin} {media_type}");
    }
    assert_eq!(
        code(world.call(NEW, true, "sign", sign("k", "text/plain"))),
        ErrorCode::CapabilityNotGranted
    );
}

#[test]
fn what_is_taken_back_is_gone_from_its_pages_at_once() {
    let world = World::with(ASKED);
    let (page, ward) = (world.page(1, NEW), world.page(2, WARD));
    world.ask(&page, "sign_in", json!({})).unwrap();
    world.ask(&ward, "sign_in", json!({})).unwrap();
    world.told();
    let origin = Origin::parse(NEW).unwrap();
    let revoke = |capability: Option<&str>| {
        let args = json!({"origin": NEW, "capability": capability});
        let args = args.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
        let args = args.map(|(name, value)| (name.clone(), value.clone()));
        let args = serde_json::from_value(Value::Object(args.collect())).unwrap();
        revoke::run(&world.agent, &args).unwrap().revoked
    };
    assert_eq!(revoke(Some("user_details")), 1);
    assert_eq!(code(world.call_silently(&page, "user")), ErrorCode::GestureRequired);
    assert!(world.told().is_empty());
    assert_eq!(revoke(None), 2);
    let told = world.told();
    let events: Vec<_> = told.iter().map(|(port, event, _)| (*port, event.as_str())).collect();
    assert_eq!(events, [(1, "session_ended")]);
    assert_eq!(told[0].2["cause"], "signed_out");
    assert!(world.agent.consents.of(&world.session().unwrap().uid, SERVER, &origin).is_empty());
    assert_eq!(code(world.ask(&page, "ticket", json!({}))), ErrorCode::CapabilityNotGranted);
    world.ask(&ward, "ticket", json!({})).unwrap();
    assert_eq!(world.audit("revoke").len(), 2);
    assert_eq!(revoke(None), 0);
    let of_policy = json!({"origin": WARD});
    let args = serde_json::from_value(of_policy).unwrap();
    assert_eq!(revoke::run(&world.agent, &args).unwrap().revoked, 0);
    world.ask(&ward, "user", json!({})).unwrap();
}

#[test]
fn a_page_lets_go_of_a_session_that_is_over_whoever_let_it_in() {
    for origin in [NEW, WARD] {
        let world = World::with(ASKED);
        let (page, other) = (world.page(1, origin), world.page(2, WARD));
        world.ask(&page, "sign_in", json!({})).unwrap();
        world.ask(&other, "sign_in", json!({})).unwrap();
        world.ask(&other, "sign_out", json!({})).unwrap();
        world.user().screens.clear();
        assert_eq!(code(world.ask(&page, "sign_out", json!({}))), ErrorCode::SessionEnded);
        assert_eq!(code(world.ask(&page, "sign_out", json!({}))), ErrorCode::SessionMissing);
        assert_eq!(kinds(&world), [""; 0]);
    }
}

/// A named pipe in the file's place is a disk that takes its time.
#[cfg(unix)]
#[test]
fn who_reads_consents_does_not_wait_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("consents.json.new");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let consents = Consents::open(folder.path().join("consents.json"));
    let origin = Origin::parse(NEW).unwrap();
    std::thread::scope(|scope| {
        let giving = scope.spawn(|| consents.give(vec![consent("1", NEW, Capability::SignIn)]));
        while consents.of("1", SERVER, &origin).is_empty() {
            assert!(!giving.is_finished());
        }
        assert_eq!(consents.every().len(), 1);
        // What is read ends the wait; a pipe is no file to be kept.
        assert!(!fs::read(&pipe).unwrap().is_empty());
        giving.join().unwrap().unwrap_err();
    });
    assert_eq!(consents.every().len(), 1);
}
