//! macOS: a configuration profile with the example policy, and the manifest by which management
//! services show its keys (<https://github.com/ProfileManifests/ProfileManifests>).

use serde_json::{Map, Value, json};

use super::xml::escaped;
use crate::policy::schema::{Key, Kind};

/// `wardkey.mobileconfig`: the policy as managed preferences of `org.wardkey.host`.
#[must_use]
pub fn profile(policy: &Value) -> String {
    let mut payload = policy.as_object().cloned().unwrap_or_default();
    let about = json!({
        "PayloadDisplayName": "Wardkey policy",
        "PayloadIdentifier": "org.wardkey.host.policy",
        "PayloadType": DOMAIN,
        "PayloadUUID": "8E6C2B51-7C0A-4F7D-9A1B-3B52E0D94C11",
        "PayloadVersion": 1,
    });
    payload.extend(about.as_object().cloned().unwrap_or_default());
    plist(&json!({
        "PayloadContent": [payload],
        "PayloadDescription": "What Wardkey may do on this computer.",
        "PayloadDisplayName": "Wardkey",
        "PayloadIdentifier": "org.wardkey.profile",
        "PayloadScope": "System",
        "PayloadType": "Configuration",
        "PayloadUUID": "C1F6A1E4-52D7-4B0E-8E43-6C5D0A0F7B92",
        "PayloadVersion": 1,
    }))
}

/// `org.wardkey.host.plist`, the manifest.
#[must_use]
pub fn manifest(keys: &[Key]) -> String {
    let subkeys: Vec<_> = keys.iter().map(subkey).collect();
    plist(&json!({
        "pfm_app_url": env!("CARGO_PKG_REPOSITORY"),
        "pfm_description": "What Wardkey may do on a computer.",
        "pfm_domain": DOMAIN,
        "pfm_format_version": 1,
        "pfm_platforms": ["macOS"],
        "pfm_subkeys": subkeys,
        "pfm_title": "Wardkey",
        "pfm_unique": true,
        "pfm_version": 1,
    }))
}

fn subkey(key: &Key) -> Value {
    let mut subkey = of_kind(&key.kind);
    subkey.insert("pfm_name".to_owned(), key.name.as_str().into());
    subkey.insert("pfm_title".to_owned(), key.name.as_str().into());
    if !key.about.is_empty() {
        subkey.insert("pfm_description".to_owned(), key.about.as_str().into());
    }
    if key.needed {
        subkey.insert("pfm_require".to_owned(), "always".into());
    }
    let is_list = key.default.as_ref().is_some_and(Value::is_array);
    if let Some(default) = key.default.as_ref().filter(|_| !is_list) {
        subkey.insert("pfm_default".to_owned(), default.clone());
    }
    Value::Object(subkey)
}

fn of_kind(kind: &Kind) -> Map<String, Value> {
    let described = match kind {
        Kind::Boolean => json!({ "pfm_type": "boolean" }),
        Kind::Choice(choices) => {
            let names: Vec<_> = choices.iter().map(|choice| choice.name.as_str()).collect();
            json!({ "pfm_type": "string", "pfm_range_list": names })
        }
        Kind::Integer(least, most) => {
            json!({ "pfm_type": "integer", "pfm_range_min": least, "pfm_range_max": most })
        }
        Kind::List(kind) => {
            json!({ "pfm_type": "array", "pfm_subkeys": [of_kind(kind)] })
        }
        Kind::Number(least, most) => {
            json!({ "pfm_type": "real", "pfm_range_min": least, "pfm_range_max": most })
        }
        Kind::Path | Kind::Text => json!({ "pfm_type": "string" }),
        Kind::Table(keys) => {
            let subkeys: Vec<_> = keys.iter().map(subkey).collect();
            json!({ "pfm_type": "dictionary", "pfm_subkeys": subkeys })
        }
    };
    described.as_object().cloned().unwrap_or_default()
}

fn plist(value: &Value) -> String {
    let mut text = String::from(HEADER);
    write(&mut text, value, "");
    text.push_str("</plist>\n");
    text
}

fn write(text: &mut String, value: &Value, indent: &str) {
    let deeper = format!("{indent}  ");
    match value {
        Value::Array(values) => {
            text.push_str(&format!("{indent}<array>\n"));
            values.iter().for_each(|value| write(text, value, &deeper));
            text.push_str(&format!("{indent}</array>\n"));
        }
        Value::Object(values) => {
            let mut sorted: Vec<_> = values.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            text.push_str(&format!("{indent}<dict>\n"));
            for (name, value) in sorted {
                text.push_str(&format!("{deeper}<key>{}</key>\n", escaped(name)));
                write(text, value, &deeper);
            }
            text.push_str(&format!("{indent}</dict>\n"));
        }
        Value::Bool(value) => text.push_str(&format!("{indent}<{value}/>\n")),
        Value::Number(number) => {
            let kind = if number.is_f64() { "real" } else { "integer" };
            text.push_str(&format!("{indent}<{kind}>{number}</{kind}>\n"));
        }
        Value::String(said) => {
            text.push_str(&format!("{indent}<string>{}</string>\n", escaped(said)));
        }
        // A policy has none.
        Value::Null => {}
    }
}

/// The domain of the preferences.
const DOMAIN: &str = "org.wardkey.host";
const HEADER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
"#;
