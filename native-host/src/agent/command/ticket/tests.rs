use serde_json::json;

use crate::agent::testing::{PASSCODE, WARD, World};

const PHARMACY: &str = "https://pharmacy.example";

/// A desktop with two applications that have tickets.
fn world(keys: &str) -> World {
    World::with(&format!(
        "{keys}\n[[origin]]\norigin = \"{PHARMACY}\"\ncapabilities = [\"sign_in\", \"ticket\"]\n"
    ))
}

/// The tickets that both have after signing in.
fn tickets(world: &World) -> [String; 2] {
    [WARD, PHARMACY].map(|origin| {
        let signed_in = world.call(origin, true, "sign_in", json!({})).unwrap();
        signed_in["ticket"].as_str().unwrap().to_owned()
    })
}

#[test]
fn each_application_has_a_ticket_of_its_own() {
    let world = world("");
    let [ward, pharmacy] = tickets(&world);
    assert_ne!(ward, pharmacy);
    let parent = &world.server().sessions[0].ticket;
    assert!(ward != *parent && pharmacy != *parent, "the session's own ticket left the agent");
    assert!(world.audit("ticket").is_empty());
}

#[test]
fn one_ticket_is_for_all_where_policy_names_the_server_as_legacy() {
    let world = world("legacy_ticket = true\n");
    let [ward, pharmacy] = tickets(&world);
    assert_eq!(ward, world.server().sessions[0].ticket);
    assert_eq!(ward, pharmacy);
    // Each use is recorded, once.
    assert_eq!(tickets(&world), [ward.clone(), ward.clone()]);
    let audit = world.audit("ticket");
    let origins: Vec<_> = audit.iter().map(|entry| entry["origin"].as_str().unwrap()).collect();
    assert_eq!(origins, [WARD, PHARMACY]);
    assert!(audit.iter().all(|entry| entry["exception"] == "legacy_ticket"), "{audit:?}");
    assert!(!audit.iter().any(|entry| entry.to_string().contains(&ward)), "{audit:?}");

    // Another session has another one.
    world.user().passcodes = vec![PASSCODE.to_owned()];
    let fresh = world.call(WARD, true, "sign_in", json!({"fresh": true})).unwrap();
    assert_ne!(fresh["ticket"], ward);
    assert_eq!(fresh["ticket"], world.server().sessions[1].ticket);
    assert_eq!(world.audit("ticket").len(), 3);
}
