use serde_json::{Value, json};

use super::{view::View, *};
use crate::policy::schema::{self, Key, Kind};

const POLICY: &str = r#"
[[server]]
url = "https://id.example"
name = "Example Trust"
authority = "/nowhere/tls-ca.pem"

[[server.short_keys]]
purpose = "login"
cards = ["0123456789"]

[[origin]]
origin = "https://app.example"
capabilities = ["sign_in"]
"#;

#[test]
fn a_view_tells_no_card_and_no_key_that_it_does_not_know() {
    let text = format!("{POLICY}\n[remote]\naddress = \"https://keys.example\"\nsecret = \"s3\"\n");
    let View { shown, left_out } = view(toml::from_str(&text).unwrap());
    assert_eq!(shown["server"][0]["url"], "https://id.example");
    assert_eq!(shown["origin"][0]["capabilities"], json!(["sign_in"]));
    assert_eq!(shown["server"][0]["short_keys"][0]["purpose"], "login");
    assert_eq!(left_out, ["remote.address", "remote.secret", "server.short_keys.cards"]);
    let text = shown.to_string();
    assert!(!text.contains("0123456789") && !text.contains("s3"), "{text}");
}

#[test]
fn every_key_of_the_schema_is_in_the_view_but_for_those_that_are_named() {
    let left_out = view(everything(schema::keys())).left_out;
    let named = [
        "cards.remote.client_id",
        "cards.remote.client_secret",
        "server.short_keys.cards",
        "service_desk.text",
    ];
    assert_eq!(left_out, named);
}

/// A policy with each key once.
fn everything(keys: Vec<Key>) -> Value {
    let field = |key: Key| {
        let value = match key.kind {
            Kind::Table(keys) => everything(keys),
            kind => kind.of_tables().map_or(json!(1), |keys| json!([everything(keys.to_vec())])),
        };
        (key.name, value)
    };
    Value::Object(keys.into_iter().map(field).collect())
}

#[test]
fn what_an_error_quotes_of_the_file_is_not_told() {
    let error = toml::from_str::<Policy>("secret_key = \"s3\"\n").unwrap_err().to_string();
    assert!(error.contains("s3"), "{error}");
    let line = one_line(&error);
    assert!(line.contains("unknown field `secret_key`") && !line.contains("s3"), "{line}");
    assert!(!line.contains('\n'), "{line}");
}

#[test]
fn files_that_are_missing_and_a_policy_that_changed_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    fs::write(&file, POLICY).unwrap();
    let policy = Ok(toml::from_str(POLICY).unwrap());
    let codes = |since| -> Vec<_> {
        findings(&policy, toml::from_str(POLICY).unwrap(), Some(&file), since)
            .into_iter()
            .map(|it| it.code)
            .collect()
    };
    assert_eq!(codes(None), ["policy", "policy_file_missing"]);
    assert_eq!(codes(Some(SystemTime::UNIX_EPOCH))[2], "policy_newer");
    let none = findings(&Ok(Policy::default()), serde_json::json!({}), None, None);
    assert_eq!(none[0].code, "policy_missing");
}
