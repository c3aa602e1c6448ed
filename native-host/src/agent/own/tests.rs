use std::sync::mpsc;

use serde_json::json;
use wardkey_agent_link::{Connection, Hello, Instance, Listener};
use wardkey_protocol::own::Report;

use super::{
    super::testing::{APP, READER, SERVER, WARD, World},
    diagnostics::diagnose,
    *,
};

/// A relay's connection, with its other end.
fn connections() -> (Arc<Own>, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::at(folder.path().join("instance"));
    let listener = Listener::bind(&instance).unwrap().unwrap();
    let relay = Hello::Relay { extension: "extension".to_owned() };
    let opening = thread::spawn(move || Connection::open(&instance, &relay).unwrap());
    let (mut connection, ..) = listener.accept().unwrap();
    connection.admit().unwrap();
    let own = Own::new(&World::new().agent, 1, &Outbound::new(connection).unwrap());
    (own, opening.join().unwrap())
}

fn request(id: u32, command: &str, args: Value) -> OwnRequest {
    let args = args.as_object().unwrap().clone();
    OwnRequest { id, command: command.to_owned(), args }
}

fn next(relay: &mut Connection) -> Value {
    let frame = relay.receive().unwrap().unwrap();
    serde_json::from_slice::<Value>(&frame).unwrap()["own"].clone()
}

#[test]
fn who_asks_during_an_examination_gets_its_report() {
    let (own, mut relay) = connections();
    let (finish, finished) = mpsc::channel::<()>();
    diagnose(&own, 1, move || {
        finished.recv().unwrap();
        Ok(Report { host: "1".to_owned(), time: "now".to_owned(), findings: Vec::new() })
    });
    for id in 2..=17 {
        diagnose(&own, id, || panic!("another examination"));
    }
    let refused = next(&mut relay);
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&17.into(), &"rate_limited".into()));
    finish.send(()).unwrap();
    for id in 1..=16 {
        let answer = next(&mut relay);
        assert_eq!((&answer["id"], &answer["ok"]["host"]), (&id.into(), &"1".into()));
    }
    diagnose(&own, 18, || Err(ErrorCode::Internal.into()));
    assert_eq!(next(&mut relay)["error"]["code"], "internal");
}

#[test]
fn a_command_that_there_is_not_says_so() {
    let (own, mut relay) = connections();
    own.take(request(7, "sign", json!({})));
    let answer = next(&mut relay);
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&7.into(), &"command_unknown".into()));
    own.take(request(8, "change_passcode", json!({"passcode": "1234"})));
    let answer = next(&mut relay);
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&8.into(), &"argument_invalid".into()));
}

#[test]
fn a_passcode_is_changed_and_who_goes_takes_the_dialog_along() {
    let world = World::new();
    let (own, mut relay) = own_pages(&world);
    world.user().new_passcodes = vec![("2580", "864200")];
    let answer = ask(&own, &mut relay, "change_passcode", json!({}));
    assert_eq!(answer["ok"]["reader"], READER, "{answer}");

    let going = own.clone();
    world.user().meanwhile = Some(Box::new(move || going.close()));
    let answer = ask(&own, &mut relay, "change_passcode", json!({}));
    assert_eq!(answer["error"]["code"], "cancelled");
}

/// The extension's own pages of one browser, in a world.
fn own_pages(world: &World) -> (Arc<Own>, Connection) {
    let (accepted, opened) = world.connection();
    (Own::new(&world.agent, 9, &Outbound::new(accepted).unwrap()), opened)
}

/// The answer to a call, past news.
fn ask(own: &Arc<Own>, relay: &mut Connection, command: &str, args: Value) -> Value {
    own.take(request(1, command, args));
    loop {
        let frame = relay.receive().unwrap().unwrap();
        let frame: Value = serde_json::from_slice(&frame).unwrap();
        if let Some(answer) = frame.get("own") {
            return answer.clone();
        }
    }
}

#[test]
fn the_overview_has_readers_sessions_and_every_app() {
    let world = World::new();
    let (own, mut relay) = own_pages(&world);
    world.look();
    let pages =
        [world.page(1, WARD), world.page(2, WARD), world.page(3, "https://stranger.example")];
    let before = ask(&own, &mut relay, "overview", json!({}))["ok"].clone();
    assert_eq!(before["sessions"], json!([]));
    assert_eq!(before["readers"][0], json!({"name": READER, "cardPresent": true}));
    assert_eq!(
        before["apps"],
        json!([
            {"name": "https://stranger.example", "documents": 1, "admitted": false, "signedIn": false},
            {"name": WARD, "documents": 2, "admitted": true, "signedIn": false},
        ])
    );
    world.ask(&pages[0], "sign_in", json!({})).unwrap();
    let after = ask(&own, &mut relay, "overview", json!({}))["ok"].clone();
    assert_eq!(after["apps"][1]["signedIn"], true);
    let session = &after["sessions"][0];
    assert_eq!(
        (&session["state"], &session["server"]),
        (&"active".into(), &"Example Trust".into())
    );
    assert_eq!(session["user"]["role"]["id"], "R1");
    assert!(session["expiresInSeconds"].as_u64() <= session["lifetimeSeconds"].as_u64());
    assert!(session.get("locksInSeconds").is_none(), "a card is taken out, and needs no clock");
}

#[test]
fn whoever_watches_hears_of_each_change_and_nobody_else_does() {
    let world = World::new();
    let (own, mut relay) = own_pages(&world);
    let (quiet, mut nothing) = own_pages(&world);
    assert_eq!(ask(&own, &mut relay, "watch", json!({}))["ok"], json!({}));
    let page = world.page(1, WARD);
    let mut heard = || serde_json::from_slice::<Value>(&relay.receive().unwrap().unwrap()).unwrap();
    assert_eq!(heard(), json!({"changed": {}}));
    world.ask(&page, "sign_in", json!({})).unwrap();
    assert_eq!(heard(), json!({"changed": {}}));
    own.close();
    world.ask(&page, "sign_out", json!({})).unwrap();
    // The one that never asked has only its own answer.
    quiet.take(request(5, "grants", json!({})));
    assert_eq!(next(&mut nothing)["id"], 5);
}

#[test]
fn a_session_ends_and_changes_its_role_from_the_menu() {
    let world = World::new();
    let (own, mut relay) = own_pages(&world);
    let page = world.page(1, WARD);
    world.ask(&page, "sign_in", json!({})).unwrap();
    let session = world.session().unwrap();
    world.told();
    world.user().role = "R2".to_owned();
    let args = json!({"session": session.id()});
    assert_eq!(ask(&own, &mut relay, "select_role", args.clone())["ok"], json!({}));
    assert_eq!(session.role().unwrap().id, "R2");
    assert!(world.user().screens.last().unwrap().who_asks.user);
    assert_eq!(world.audit("select_role")[0]["role"], "R2");
    assert_eq!(world.told()[0].1, "role_changed");
    let unknown = ask(&own, &mut relay, "select_role", json!({"session": "x"}));
    assert_eq!(unknown["error"]["code"], "session_ended");
    let invalid = ask(&own, &mut relay, "sign_out", json!({}));
    assert_eq!(invalid["error"]["code"], "argument_invalid");

    assert_eq!(ask(&own, &mut relay, "sign_out", args.clone())["ok"], json!({}));
    assert!(world.session().is_none());
    assert_eq!(world.told()[0].1, "session_ended");
    assert_eq!(ask(&own, &mut relay, "sign_out", args)["error"]["code"], "session_ended");
}

#[test]
fn grants_say_who_granted_what_and_shims_are_policys() {
    let world = World::with(
        "\n[consent]\ncapabilities = [\"sign_in\"]\n\n[[origin]]\norigin = \"https://eid.example\"\n\
         capabilities = [\"authenticate\"]\nweb_eid = true\n",
    );
    let (own, mut relay) = own_pages(&world);
    world.ask(&world.page(1, "https://new.example"), "sign_in", json!({})).unwrap();
    let uid = world.session().unwrap().uid.clone();
    let grants = ask(&own, &mut relay, "grants", json!({}))["ok"].clone();
    assert_eq!(grants["askable"], json!(["sign_in"]));
    let sites = grants["sites"].as_array().unwrap();
    let site = |origin: &str| sites.iter().find(|site| site["origin"] == origin).unwrap().clone();
    let by_user = &site("https://new.example")["granted"];
    assert_eq!(by_user.as_array().unwrap().len(), 1);
    assert_eq!((&by_user[0]["by"], &by_user[0]["uid"]), (&"consent".into(), &uid.into()));
    assert!(by_user[0]["since"].as_u64() > Some(0));
    let by_policy = &site(WARD)["granted"][0];
    assert_eq!(*by_policy, json!({"capability": "sign_in", "by": "policy"}));
    assert_eq!(site("https://eid.example")["webEid"], true);
    assert_eq!(site(SERVER)["granted"][0]["capability"], "authorize");

    for (origin, top, wanted) in [
        ("https://eid.example", true, true),
        ("https://eid.example", false, false),
        (APP, true, false),
        ("https://nobody.example", true, false),
        ("null", true, false),
    ] {
        let shims = ask(&own, &mut relay, "shims", json!({"origin": origin, "top": top}));
        assert_eq!(shims["ok"]["webEid"], wanted, "{origin} {top}");
    }
}
