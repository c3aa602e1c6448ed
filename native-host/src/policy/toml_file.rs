use std::path::Path;

use serde_json::{Map, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{PolicyError, document::Document, error::Problem, key_path::KeyPath};

/// Reads a policy file.
///
/// # Errors
///
/// [`PolicyError::Invalid`] with the line, where it is not TOML.
pub fn read(text: &str, file: &Path) -> Result<Document, PolicyError> {
    let lines = Lines { text, file };
    let table = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let reason = error.message().to_owned();
        let problem = Problem { place: lines.place(start), key: KeyPath::default(), reason };
        PolicyError::Invalid(vec![problem])
    })?;
    let mut document = Document::in_one_place(Map::new(), file.display().to_string());
    let values = lines.table(table.get_ref(), &KeyPath::default(), &mut document);
    document.values = values;
    Ok(document)
}

struct Lines<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Lines<'_> {
    fn place(&self, offset: usize) -> String {
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|octet| **octet == b'\n').count();
        format!("{}:{line}", self.file.display())
    }

    fn table(
        &self,
        table: &DeTable<'_>,
        at: &KeyPath,
        document: &mut Document,
    ) -> Map<String, Value> {
        let entries = table.iter().map(|(name, value)| {
            let key = at.key(name.get_ref());
            document.places.insert(key.clone(), self.place(name.span().start));
            (name.get_ref().to_string(), self.value(value, &key, document))
        });
        entries.collect()
    }

    fn value(&self, value: &Spanned<DeValue<'_>>, at: &KeyPath, document: &mut Document) -> Value {
        match value.get_ref() {
            DeValue::Array(entries) => {
                let entries = entries.iter().enumerate().map(|(index, entry)| {
                    let key = at.entry(index);
                    document.places.insert(key.clone(), self.place(entry.span().start));
                    self.value(entry, &key, document)
                });
                entries.collect()
            }
            DeValue::Boolean(value) => Value::Bool(*value),
            // No key takes one.
            DeValue::Datetime(_) => Value::Null,
            DeValue::Float(number) => {
                number.as_str().parse::<f64>().map_or(Value::Null, Value::from)
            }
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Null, Value::from),
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Table(table) => Value::Object(self.table(table, at, document)),
        }
    }
}
