use serde_json::{Map, Value};

use super::{
    document::Document,
    key_path::KeyPath,
    schema::{Key, Kind},
};

/// One value of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting<'a> {
    /// The way to it.
    pub key: KeyPath,
    /// What it takes.
    pub kind: &'a Kind,
    /// What it is.
    pub value: Value,
    /// Where it stands; `None`: nobody said it, and this is what counts then.
    pub place: Option<String>,
}

/// What a policy says, in the schema's order, and what counts where it says nothing.
#[must_use]
pub fn of<'a>(document: &Document, keys: &'a [Key]) -> Vec<Setting<'a>> {
    let mut walk = Walk { document, settings: Vec::new() };
    walk.table(Some(&document.values), keys, &KeyPath::default());
    walk.settings
}

struct Walk<'d, 'a> {
    document: &'d Document,
    settings: Vec<Setting<'a>>,
}

impl<'a> Walk<'_, 'a> {
    fn table(&mut self, table: Option<&Map<String, Value>>, keys: &'a [Key], at: &KeyPath) {
        for key in keys {
            let path = at.key(&key.name);
            let said = table.and_then(|table| table.get(&key.name));
            match (&key.kind, said) {
                (Kind::Table(keys), said) => {
                    self.table(said.and_then(Value::as_object), keys, &path)
                }
                (kind, Some(Value::Array(entries))) if kind.of_tables().is_some() => {
                    let keys = kind.of_tables().unwrap_or_default();
                    for (index, entry) in entries.iter().enumerate() {
                        self.table(entry.as_object(), keys, &path.entry(index));
                    }
                }
                (kind, said) => {
                    let place = said.map(|_| self.document.place(&path).to_owned());
                    if let Some(value) = said.or(key.default.as_ref()).cloned() {
                        self.settings.push(Setting { key: path, kind, value, place });
                    }
                }
            }
        }
    }
}
