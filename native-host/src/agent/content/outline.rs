//! JSON as a readable outline, made of the very octets: names in their order, also those that come
//! twice, and numbers as they are written.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::dialog::{screen::ContentLine, visible::visible_line};

/// The outline. `None`: not JSON, or too deep or long to be looked through.
pub fn outline(octets: &[u8]) -> Option<Vec<ContentLine>> {
    let whole: &RawValue = serde_json::from_slice(octets).ok()?;
    let mut lines = Vec::new();
    value("", Place { indent: 0, depth: 0 }, whole, &mut lines)?;
    Some(lines)
}

/// Where a value stands: members of an object below its name, items of an array beside each other.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    depth: usize,
}

fn value(name: &str, at: Place, raw: &RawValue, lines: &mut Vec<ContentLine>) -> Option<()> {
    if at.depth > MAX_DEPTH || lines.len() >= MAX_LINES {
        return None;
    }
    let indented = format!("{}{name}", INDENT.repeat(at.indent));
    let text = raw.get();
    let mut line = |value: &str| {
        lines.push(ContentLine::Field { name: indented.clone(), value: value.to_owned() });
    };
    match text.as_bytes().first()? {
        b'{' => {
            let Members(members) = serde_json::from_str(text).ok()?;
            if !name.is_empty() {
                line(if members.is_empty() { "nothing" } else { "" });
            }
            let indent = at.indent + usize::from(at.depth > 0);
            let below = Place { indent, depth: at.depth + 1 };
            for (name, member) in members {
                value(&plain(&name)?, below, member, lines)?;
            }
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            if items.is_empty() {
                line("none");
            }
            for (number, item) in items.into_iter().enumerate() {
                let beside = Place { depth: at.depth + 1, ..at };
                value(&format!("{name} {}", number + 1), beside, item, lines)?;
            }
        }
        // A line break would make two lines of the outline from one value.
        b'"' => line(&visible_line(&serde_json::from_str::<String>(text).ok()?)),
        _ => line(text),
    }
    Some(())
}

/// A name as it stands, or, where it could be taken for the outline's own spaces and numbers, in
/// the quotation marks that it has in JSON.
fn plain(name: &str) -> Option<String> {
    let is_plain = !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | ':'));
    let shown = if is_plain { name.to_owned() } else { serde_json::to_string(name).ok()? };
    Some(visible_line(&shown))
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

const INDENT: &str = "    ";
/// Each level is read anew.
const MAX_DEPTH: usize = 32;
const MAX_LINES: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> Option<Vec<(String, String)>> {
        let lines = outline(json.as_bytes())?.into_iter().map(|line| match line {
            ContentLine::Field { name, value } => (name, value),
            _ => unreachable!(),
        });
        Some(lines.collect())
    }

    #[test]
    fn everything_is_shown_as_it_is_written() {
        let lines = shown(
            r#"{"dose":{"value":0.10,"unit":"mg"},"dose":1e2,"given":["A\u202eB",true],"none":[]}"#,
        );
        let expected = [
            ("dose", ""),
            ("    value", "0.10"),
            ("    unit", "mg"),
            ("dose", "1e2"),
            ("given 1", "A[U+202E]B"),
            ("given 2", "true"),
            ("none", "none"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(lines.unwrap(), expected);
        assert_eq!(shown("7").unwrap(), [(String::new(), "7".to_owned())]);
    }

    #[test]
    fn no_name_and_no_value_passes_for_the_outline_itself() {
        let lines = shown(r#"{"note":"rest\nunit  g","    unit":"g","given 1":"C","":0}"#);
        let expected = [
            ("note", "rest[U+000A]unit  g"),
            ("\"    unit\"", "g"),
            ("\"given 1\"", "C"),
            ("\"\"", "0"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(lines.unwrap(), expected);
    }

    #[test]
    fn what_is_no_json_or_too_deep_or_long_has_none() {
        for json in ["", "{", "[1,]", "{\"a\":1}x", "\u{0}"] {
            assert_eq!(shown(json), None, "{json}");
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
        assert_eq!(shown(&deep), None);
        let long = format!("[{}1]", "1,".repeat(3_000));
        assert_eq!(shown(&long), None);
        let lists = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(shown(&lists), None);
    }
}
