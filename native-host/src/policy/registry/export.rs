use serde_json::{Map, Value};

use super::{KEY, file::HEADER};
use crate::policy::schema::{Key, Kind};

/// A policy as a registry file. What it says has to fit the schema; paths are written as they are.
#[must_use]
pub fn export(policy: &Value, keys: &[Key]) -> String {
    let mut text = format!("{HEADER}\r\n");
    if let Value::Object(values) = policy {
        table(&mut text, KEY, values, keys);
    }
    text
}

fn table(text: &mut String, name: &str, values: &Map<String, Value>, keys: &[Key]) {
    let entries: Vec<_> = values
        .iter()
        .filter_map(|(name, value)| {
            let key = keys.iter().find(|key| key.name == *name)?;
            Some((name.clone(), value, &key.kind))
        })
        .collect();
    write(text, name, &entries);
}

/// A key, its values before the keys below it.
fn write(text: &mut String, name: &str, entries: &[(String, &Value, &Kind)]) {
    text.push_str(&format!("\r\n[{name}]\r\n"));
    for (entry, value, _) in entries {
        if let Some(value) = plain(value) {
            text.push_str(&format!("{}={value}\r\n", quoted(entry)));
        }
    }
    for (entry, value, kind) in entries {
        let below = format!("{name}\\{entry}");
        match (value, kind) {
            (Value::Object(values), Kind::Table(keys)) => table(text, &below, values, keys),
            (Value::Array(values), Kind::List(kind)) => {
                let numbered = values.iter().enumerate();
                let entries: Vec<_> = numbered
                    .map(|(index, value)| ((index + 1).to_string(), value, &**kind))
                    .collect();
                write(text, &below, &entries);
            }
            _ => {}
        }
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(format!("dword:{:08x}", u8::from(*value))),
        Value::Number(number) => Some(match number.as_u64() {
            Some(number) => format!("dword:{number:08x}"),
            None => quoted(&number.to_string()),
        }),
        Value::String(text) => Some(quoted(text)),
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
