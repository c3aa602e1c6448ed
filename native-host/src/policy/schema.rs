//! What a policy may say, read from the types of [`Policy`]: the one model that checks, readers
//! and templates follow.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{Policy, path::PATH};

/// A key of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// What it is for, in a sentence or two.
    pub about: String,
    /// Whether the table is nothing without it.
    pub needed: bool,
    /// What counts where it is not said.
    pub default: Option<Value>,
    /// What it takes.
    pub kind: Kind,
}

/// What a key takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// True or false.
    Boolean,
    /// One of these texts.
    Choice(Vec<Choice>),
    /// A whole number within these bounds.
    Integer(u64, u64),
    /// Any number of these.
    List(Box<Kind>),
    /// A number within these bounds.
    Number(f64, f64),
    /// An absolute path.
    Path,
    /// A table with these keys.
    Table(Vec<Key>),
    /// Any text.
    Text,
}

impl Kind {
    /// The keys of the tables in a list of them.
    #[must_use]
    pub fn of_tables(&self) -> Option<&[Key]> {
        match self {
            Self::List(kind) => match &**kind {
                Self::Table(keys) => Some(keys),
                _ => None,
            },
            _ => None,
        }
    }
}

/// One of the texts that a key takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The text.
    pub name: String,
    /// What it means; empty where that needs no words.
    pub about: String,
}

/// The keys at the top.
#[must_use]
pub fn keys() -> Vec<Key> {
    keys_of(&json())
}

/// The JSON Schema (2020-12). It says what one reader can check; what values may stand together is
/// checked besides.
#[must_use]
pub fn json() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = Value::from(settings.into_generator().into_root_schema_for::<Policy>());
    tidy(&mut schema);
    schema["title"] = "Wardkey policy".into();
    schema.sort_all_objects();
    schema
}

/// The part that the extension gets from the browser's managed storage, in what Chromium knows of
/// JSON Schema.
#[must_use]
pub fn managed_storage() -> Value {
    let policy = json();
    let desk = &policy["properties"][MANAGED];
    let text = |name: &str| {
        let about = &desk["properties"][name]["description"];
        json!({ "type": "string", "description": about })
    };
    json!({
        "type": "object",
        "properties": {
            MANAGED: {
                "type": "object",
                "description": desk["description"],
                "properties": { "text": text("text"), "url": text("url") },
            },
        },
    })
}

/// Takes out what no reader can say, and joins the lines of comments.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(parts) => {
            let is_null = |part: &Value| part == "null" || part["type"] == "null" || part.is_null();
            for several in ["anyOf", "enum", "type"] {
                if let Some(Value::Array(all)) = parts.get_mut(several) {
                    all.retain(|part| !is_null(part));
                }
            }
            if let Some([only]) = parts.get("type").and_then(Value::as_array).map(Vec::as_slice) {
                let only = only.clone();
                parts.insert("type".to_owned(), only);
            }
            if let Some([Value::Object(only)]) =
                parts.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
            {
                let only = only.clone();
                parts.remove("anyOf");
                for (name, part) in only {
                    parts.entry(name).or_insert(part);
                }
            }
            parts.retain(|name, part| match name.as_str() {
                "default" => !part.is_null(),
                // Rust's names for its numbers.
                "format" => part == PATH,
                _ => true,
            });
            if let Some(Value::String(about)) = parts.get_mut("description") {
                *about = about.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            parts.values_mut().for_each(tidy);
        }
        Value::Array(parts) => parts.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn keys_of(table: &Value) -> Vec<Key> {
    let needed = |name: &str| {
        table["required"].as_array().is_some_and(|names| names.iter().any(|other| other == name))
    };
    let properties = table["properties"].as_object().into_iter().flatten();
    let keys = properties.map(|(name, schema)| Key {
        name: name.clone(),
        about: text(&schema["description"]),
        needed: needed(name),
        default: schema.get("default").cloned(),
        kind: kind_of(schema),
    });
    let mut keys: Vec<_> = keys.collect();
    keys.sort_by(|one, other| one.name.cmp(&other.name));
    keys
}

fn kind_of(schema: &Value) -> Kind {
    let choice = |name: &Value, about: &Value| Choice { name: text(name), about: text(about) };
    if let Some(several) = schema["oneOf"].as_array() {
        let choices = several.iter().map(|one| choice(&one["const"], &one["description"]));
        return Kind::Choice(choices.collect());
    }
    if let Some(names) = schema["enum"].as_array() {
        return Kind::Choice(names.iter().map(|name| choice(name, &Value::Null)).collect());
    }
    let bound = |name: &str| schema[name].as_u64();
    let real = |name: &str| schema[name].as_f64();
    match schema["type"].as_str() {
        Some("array") => Kind::List(Box::new(kind_of(&schema["items"]))),
        Some("boolean") => Kind::Boolean,
        Some("integer") => {
            Kind::Integer(bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(MOST))
        }
        Some("number") => {
            Kind::Number(real("minimum").unwrap_or(f64::MIN), real("maximum").unwrap_or(f64::MAX))
        }
        Some("object") => Kind::Table(keys_of(schema)),
        _ if schema["format"] == PATH => Kind::Path,
        _ => Kind::Text,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The table that the extension has from the browser.
const MANAGED: &str = "service_desk";
/// The largest number of a policy, as Group Policy and the registry have them.
const MOST: u64 = u32::MAX as u64;

#[cfg(test)]
mod tests;
