//! Windows' registry as a policy: tables are keys, and so are lists.
//!
//! | Policy | Registry |
//! |---|---|
//! | true, false | `REG_DWORD` 1, 0 |
//! | a whole number | `REG_DWORD` |
//! | a text, a path, any other number | `REG_SZ` |
//! | a list | a key whose values (`1`, `2`, …) are its entries, or one `REG_MULTI_SZ` |
//! | a table | a key, or one `REG_SZ` with JSON, as Group Policy's editor takes it |

mod export;
mod file;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    PolicyError,
    document::Document,
    error::Problem,
    key_path::KeyPath,
    schema::{self, Key, Kind},
};

pub use export::export;

/// Where Group Policy writes it.
pub const KEY: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Wardkey";

/// A key of the registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegistryKey {
    /// Its values by name.
    pub values: BTreeMap<String, RegistryValue>,
    /// The keys below it by name.
    pub keys: BTreeMap<String, RegistryKey>,
}

/// A value of the registry, of the types that a policy has.
#[derive(Clone, Debug, PartialEq)]
pub enum RegistryValue {
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_SZ`.
    Text(String),
    /// `REG_MULTI_SZ`.
    Texts(Vec<String>),
}

/// Reads what the registry's editor exports (`.reg`, version 5): the policy's key and those below.
///
/// # Errors
///
/// [`PolicyError::Invalid`] with what stands in it that is no policy.
pub fn read(octets: &[u8], place: &str) -> Result<Document, PolicyError> {
    let key = file::read(octets, place)?;
    document(&key, KEY)
}

/// The policy of a key of the registry.
///
/// # Errors
///
/// [`PolicyError::Invalid`] where a text that should be a table is no JSON.
pub fn document(key: &RegistryKey, name: &str) -> Result<Document, PolicyError> {
    let mut reading = Reading::default();
    reading.document.places.insert(KeyPath::default(), name.to_owned());
    let values = reading.table(key, &schema::keys(), &KeyPath::default(), name);
    let Reading { mut document, problems } = reading;
    document.values = values;
    if problems.is_empty() { Ok(document) } else { Err(document.invalid(problems)) }
}

/// Follows the schema as far as it goes; what it does not know is taken as it is, for the check to
/// name it.
#[derive(Default)]
struct Reading {
    document: Document,
    problems: Vec<Problem>,
}

impl Reading {
    fn table(
        &mut self,
        key: &RegistryKey,
        keys: &[Key],
        at: &KeyPath,
        place: &str,
    ) -> Map<String, Value> {
        // Names in the registry have no case.
        let known = |name: &str| keys.iter().find(|key| key.name.eq_ignore_ascii_case(name));
        let mut table = Map::new();
        for (name, value) in &key.values {
            let (name, kind) = known(name).map_or((name, None), |key| (&key.name, Some(&key.kind)));
            let at = at.key(name);
            self.document.places.insert(at.clone(), format!("{place}\\{name}"));
            table.insert(name.clone(), self.value(value, kind, &at));
        }
        for (name, below) in &key.keys {
            let (name, kind) = known(name).map_or((name, None), |key| (&key.name, Some(&key.kind)));
            let (at, place) = (at.key(name), format!("{place}\\{name}"));
            self.document.places.insert(at.clone(), place.clone());
            table.insert(name.clone(), self.below(below, kind, &at, &place));
        }
        table
    }

    fn below(
        &mut self,
        key: &RegistryKey,
        kind: Option<&Kind>,
        at: &KeyPath,
        place: &str,
    ) -> Value {
        match kind {
            Some(Kind::List(kind)) => self.list(key, kind, at, place),
            Some(Kind::Table(keys)) => Value::Object(self.table(key, keys, at, place)),
            _ => Value::Object(self.table(key, &[], at, place)),
        }
    }

    /// Entries by number, then by name.
    fn list(&mut self, key: &RegistryKey, kind: &Kind, at: &KeyPath, place: &str) -> Value {
        let values = key.values.keys().map(|name| (name, false));
        let mut names: Vec<_> = values.chain(key.keys.keys().map(|name| (name, true))).collect();
        names.sort_by_key(|(name, _)| (name.parse::<u32>().unwrap_or(u32::MAX), *name));
        let entries = names.into_iter().enumerate().map(|(index, (name, is_key))| {
            let (at, place) = (at.entry(index), format!("{place}\\{name}"));
            self.document.places.insert(at.clone(), place.clone());
            match is_key {
                true => self.below(&key.keys[name], Some(kind), &at, &place),
                false => self.value(&key.values[name], Some(kind), &at),
            }
        });
        entries.collect()
    }

    fn value(&mut self, value: &RegistryValue, kind: Option<&Kind>, at: &KeyPath) -> Value {
        match (value, kind) {
            (RegistryValue::Number(number @ 0..=1), Some(Kind::Boolean)) => {
                Value::Bool(*number == 1)
            }
            (RegistryValue::Number(number), _) => Value::from(*number),
            (RegistryValue::Text(text), Some(Kind::Number(..))) => {
                text.parse::<f64>().map_or_else(|_| Value::from(text.as_str()), Value::from)
            }
            (RegistryValue::Text(text), Some(Kind::Table(_))) => self.json(text, at),
            (RegistryValue::Text(text), _) => Value::from(text.as_str()),
            (RegistryValue::Texts(texts), kind) => {
                let kind = match kind {
                    Some(Kind::List(kind)) => Some(&**kind),
                    _ => None,
                };
                let entries = texts.iter().enumerate().map(|(index, text)| {
                    self.value(&RegistryValue::Text(text.clone()), kind, &at.entry(index))
                });
                entries.collect()
            }
        }
    }

    fn json(&mut self, text: &str, at: &KeyPath) -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| {
            self.problems.push(Problem::at(at.clone(), format!("it is no JSON: {error}")));
            Value::Null
        })
    }
}

#[cfg(test)]
mod tests;
