use serde_json::json;

use super::*;

#[test]
fn managed_preferences_are_a_policy_without_the_systems_own_keys() {
    let preferences = |more: Value| {
        let mut values = json!({
            "PayloadUUID": "8E6C2B51",
            "server": [{ "url": "https://id.example", "name": "A", "authority": "/ca.pem" }],
            "cards": { "piv": true },
            "dialog": { "zoom": 2 },
        });
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        super::preferences(values.as_object().unwrap().clone(), "org.wardkey.host.plist").policy()
    };
    let policy = preferences(json!({})).unwrap();
    assert!(policy.cards.piv && policy.servers[0].name == "A");
    // A profile's editor may write numbers for what is true.
    let error = preferences(json!({ "cards": { "piv": 1 } })).unwrap_err().to_string();
    assert_eq!(error, "org.wardkey.host.plist: cards.piv: it takes true or false");
}
