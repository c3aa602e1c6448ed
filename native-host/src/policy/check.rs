//! A document against the schema: everything that is wrong with it, each with what was probably
//! meant.

use serde_json::{Map, Value};

use super::{
    error::Problem,
    key_path::KeyPath,
    schema::{Key, Kind},
};

/// Everything that is wrong with these values; empty when they fit the schema.
#[must_use]
pub fn against(values: &Map<String, Value>, keys: &[Key]) -> Vec<Problem> {
    let mut check = Check { top: keys, problems: Vec::new() };
    check.table(values, keys, &KeyPath::default());
    check.problems
}

struct Check<'a> {
    top: &'a [Key],
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn table(&mut self, table: &Map<String, Value>, keys: &[Key], at: &KeyPath) {
        for (name, value) in table {
            match keys.iter().find(|key| key.name == *name) {
                Some(key) => self.value(value, &key.kind, &at.key(name)),
                None => self.unknown(name, keys, at),
            }
        }
        for key in keys.iter().filter(|key| key.needed && !table.contains_key(&key.name)) {
            self.problems.push(Problem::at(at.clone(), format!("`{}` is missing", key.name)));
        }
    }

    fn unknown(&mut self, name: &str, keys: &[Key], at: &KeyPath) {
        let hint = match nearest(name, keys.iter().map(|key| key.name.as_str())) {
            Some(meant) => format!("; did you mean `{meant}`?"),
            None => match table_of(name, self.top, "") {
                Some(table) => format!("; it belongs {table}"),
                None => String::new(),
            },
        };
        self.problems.push(Problem::at(at.key(name), format!("there is no such key{hint}")));
    }

    fn value(&mut self, value: &Value, kind: &Kind, at: &KeyPath) {
        let wrong = match (kind, value) {
            (Kind::Boolean, Value::Bool(_)) | (Kind::Path | Kind::Text, Value::String(_)) => return,
            (Kind::Choice(choices), Value::String(text)) => {
                let names = || choices.iter().map(|choice| choice.name.as_str());
                if names().any(|name| name == text) {
                    return;
                }
                match nearest(text, names()) {
                    Some(meant) => {
                        format!("`{text}` is none of its values; did you mean `{meant}`?")
                    }
                    None => {
                        let names: Vec<_> = names().map(|name| format!("`{name}`")).collect();
                        format!("`{text}` is none of its values, which are {}", names.join(", "))
                    }
                }
            }
            (Kind::Integer(least, most), Value::Number(number)) => match number.as_u64() {
                Some(number) if (*least..=*most).contains(&number) => return,
                _ => format!("{number} is no whole number from {least} to {most}"),
            },
            (Kind::List(kind), Value::Array(entries)) => {
                for (index, entry) in entries.iter().enumerate() {
                    self.value(entry, kind, &at.entry(index));
                }
                return;
            }
            (Kind::Number(least, most), Value::Number(number)) => match number.as_f64() {
                Some(number) if (*least..=*most).contains(&number) => return,
                _ => format!("{number} is not within {least} and {most}"),
            },
            (Kind::Table(keys), Value::Object(table)) => return self.table(table, keys, at),
            _ => format!("it takes {}", kind.said()),
        };
        self.problems.push(Problem::at(at.clone(), wrong));
    }
}

impl Kind {
    fn said(&self) -> &'static str {
        match self {
            Self::Boolean => "true or false",
            Self::Choice(_) | Self::Text => "a text",
            Self::Integer(..) => "a whole number",
            Self::List(_) if self.of_tables().is_some() => "tables",
            Self::List(_) => "a list",
            Self::Number(..) => "a number",
            Self::Path => "a path",
            Self::Table(_) => "a table",
        }
    }
}

/// The candidate that a word is a slip of, if any is.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = word.to_ascii_lowercase().replace('-', "_");
    let measured =
        candidates.map(|candidate| (strsim::damerau_levenshtein(&plain, candidate), candidate));
    let (distance, candidate) = measured.min()?;
    // A third of it may be wrong; a plural at least.
    (distance <= (candidate.len() / 3).max(1)).then_some(candidate)
}

/// Where a key of this name belongs: TOML puts what follows a `[table]` into that table.
fn table_of(name: &str, keys: &[Key], table: &str) -> Option<String> {
    if keys.iter().any(|key| key.name == name) {
        return Some(match table {
            "" => "at the top, before any `[table]`".to_owned(),
            table => format!("in `{table}`"),
        });
    }
    keys.iter().find_map(|key| {
        let (inner, kind, list) = match &key.kind {
            Kind::List(kind) => (&**kind, "[[", "]]"),
            kind => (kind, "[", "]"),
        };
        let Kind::Table(keys) = inner else { return None };
        let outer = table.trim_matches(['[', ']']);
        let dot = if outer.is_empty() { "" } else { "." };
        table_of(name, keys, &format!("{kind}{outer}{dot}{}{list}", key.name))
    })
}

#[cfg(test)]
mod tests;
