use std::{collections::HashSet, sync::Arc};

use serde_json::json;

use super::*;
use crate::agent::testing::{APP, WARD, World};

const POLICY: &str = r#"
[[server]]
url = "https://id.example"
name = "Example Trust"
authority = "/tls-ca.pem"

[[server]]
url = "https://other.example:8443"
name = "Other Trust"
authority = "/other-ca.pem"

[[origin]]
origin = "https://app.example"
capabilities = ["authorize", "sign_in", "ticket"]

[[origin]]
origin = "https://other.example:8443"
capabilities = ["user_details"]
"#;

fn granted(origin: &str) -> Option<Caller> {
    let policy: Policy = toml::from_str(POLICY).unwrap();
    grant(&policy, &Origin::parse(origin).unwrap()).map(Result::unwrap)
}

#[test]
fn a_servers_own_origin_may_authorize_at_that_server() {
    let own = granted("https://id.example").unwrap();
    assert_eq!(own.server, "https://id.example");
    let usual = HashSet::from([Capability::Authorize, Capability::SignIn]);
    assert_eq!(own.capabilities, usual);
    assert_eq!(check(&own, CommandName::Authorize, false), Ok(()));
    assert_eq!(check(&own, CommandName::Cards, false), Ok(()));

    // An entry of its own adds to it, and does not move it to the first server.
    let other = granted("https://other.example:8443").unwrap();
    assert_eq!(other.server, "https://other.example:8443");
    assert!(other.may(Capability::Authorize) && other.may(Capability::UserDetails));
}

#[test]
fn no_other_origin_may_authorize_whatever_policy_says() {
    let app = granted("https://app.example").unwrap();
    assert!(app.may(Capability::SignIn) && app.may(Capability::Ticket));
    let refused = check(&app, CommandName::Authorize, true).unwrap_err();
    assert_eq!(refused.code, ErrorCode::CapabilityNotGranted);
    assert_eq!(refused.details["capability"], "authorize");
    for near in ["https://other.example", "https://id.example:8443", "https://www.id.example"] {
        assert!(granted(near).is_none(), "{near}");
    }
}

#[test]
fn a_document_in_a_frame_needs_its_own_grant_and_the_top_documents_word() {
    const STRANGER: &str = "https://stranger.example";
    let world = World::new();
    let sign_in = |port: &Arc<Port>| world.ask(port, "sign_in", json!({}));
    let refused = |port: &Arc<Port>| sign_in(port).unwrap_err();
    // A page is in the tab of its number.
    let (top, frame) = (world.page(1, APP), world.frame(2, WARD, APP, (1, 1)));
    let fault = refused(&frame);
    assert_eq!(
        (fault.code, &fault.details["reason"]),
        (ErrorCode::OriginNotAdmitted, &"framed".into())
    );

    // A frame has no word to give, nor has a page that may do nothing itself.
    let delegate = |port: &Arc<Port>, origins: &[&str]| {
        world.ask(port, "delegate", json!({"origins": origins}))
    };
    assert_eq!(delegate(&frame, &[WARD]).unwrap_err().code, ErrorCode::OriginNotAdmitted);
    let stranger = world.page(3, STRANGER);
    assert_eq!(delegate(&stranger, &[WARD]).unwrap_err().code, ErrorCode::OriginNotAdmitted);
    let in_stranger = world.frame(4, WARD, STRANGER, (1, 3));
    assert_eq!(refused(&in_stranger).code, ErrorCode::OriginNotAdmitted);

    delegate(&top, &["https://else.example"]).unwrap();
    assert_eq!(refused(&frame).code, ErrorCode::OriginNotAdmitted);
    delegate(&top, &[WARD, STRANGER]).unwrap();
    sign_in(&frame).unwrap();
    let who = world.user().screens[0].who_asks.clone();
    assert_eq!((who.origin.as_str(), who.within.as_deref()), (WARD, Some(APP)));
    // The word of one page is of no use in another, nor to whoever is not admitted.
    assert_eq!(refused(&in_stranger).code, ErrorCode::OriginNotAdmitted);
    assert_eq!(refused(&world.frame(5, STRANGER, APP, (1, 1))).code, ErrorCode::OriginNotAdmitted);

    // Nor in another tab of the same page, or another browser's.
    for (number, place) in [(6, (1, 7)), (7, (2, 1))] {
        let elsewhere = world.frame(number, WARD, APP, place);
        assert_eq!(refused(&elsewhere).code, ErrorCode::OriginNotAdmitted, "{place:?}");
    }

    // It is taken back, and goes with the page.
    delegate(&top, &[]).unwrap();
    assert_eq!(refused(&frame).code, ErrorCode::OriginNotAdmitted);
    delegate(&top, &[WARD]).unwrap();
    sign_in(&frame).unwrap();
    world.agent.close_port(&top);
    assert_eq!(refused(&frame).code, ErrorCode::OriginNotAdmitted);
}
