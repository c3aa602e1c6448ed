//! What tools for rolling out policy need to know of it, written from the schema and committed in
//! `packaging/policy`: `wardkey-host policy schema --out packaging/policy` writes them again.

mod group_policy;
mod macos;
mod xml;

use std::path::Path;

use serde_json::Value;

use super::{PolicyError, registry, schema, toml_file};

/// A policy that says something of everything.
pub const EXAMPLE: &str = include_str!("../../../packaging/policy/policy.toml");

/// The files, each as its path below one folder and its content.
///
/// # Errors
///
/// Where the example is no policy.
pub fn files() -> Result<Vec<(&'static str, String)>, PolicyError> {
    let keys = schema::keys();
    let example = toml_file::read(EXAMPLE, Path::new("policy.toml"))?;
    example.policy()?;
    let example = Value::Object(example.values);
    Ok(vec![
        ("en-US/wardkey.adml", group_policy::texts(&keys)),
        ("managed_schema.json", pretty(schema::managed_storage())),
        ("org.wardkey.host.plist", macos::manifest(&keys)),
        ("policy.schema.json", pretty(schema::json())),
        ("policy.toml", EXAMPLE.to_owned()),
        ("wardkey.admx", group_policy::definitions(&keys)),
        ("wardkey.mobileconfig", macos::profile(&with_files_in(ON_MACOS, example.clone()))),
        ("wardkey.reg", registry::export(&with_files_in(ON_WINDOWS, example), &keys)),
    ])
}

/// The example where administrators keep files in another folder than Linux's.
fn with_files_in(folder: &str, value: Value) -> Value {
    match value {
        Value::Array(values) => {
            values.into_iter().map(|value| with_files_in(folder, value)).collect()
        }
        Value::Object(values) => {
            let values = values.into_iter();
            values.map(|(name, value)| (name, with_files_in(folder, value))).collect()
        }
        Value::String(text) => match text.strip_prefix("/etc/wardkey/") {
            Some(file) => Value::String(format!("{folder}{file}")),
            None => Value::String(text),
        },
        other => other,
    }
}

fn pretty(mut value: Value) -> String {
    value.sort_all_objects();
    format!("{value:#}\n")
}

const ON_MACOS: &str = "/Library/Application Support/Wardkey/";
const ON_WINDOWS: &str = "C:\\ProgramData\\Wardkey\\";

#[cfg(test)]
mod tests;
