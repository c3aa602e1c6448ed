//! JSON as a readable outline.

use super::json::Json;
use crate::dialog::{
    screen::{ContentLine, Phrase},
    visible::visible_line,
    words::Word,
};

/// The outline. `None`: too long to be looked through.
pub fn outline(document: &Json<'_>) -> Option<Vec<ContentLine>> {
    let mut lines = Vec::new();
    value("", Place { indent: 0, is_top: true }, document, &mut lines)?;
    Some(lines)
}

/// Where a value stands: members of an object below its name, items of an array beside each other.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    is_top: bool,
}

fn value(name: &str, at: Place, json: &Json<'_>, lines: &mut Vec<ContentLine>) -> Option<()> {
    if lines.len() >= MAX_LINES {
        return None;
    }
    let indented = format!("{}{name}", INDENT.repeat(at.indent));
    let mut line = |value: Phrase| {
        lines.push(ContentLine::Field { name: indented.clone().into(), value });
    };
    match json {
        Json::Object(members) => {
            match members.is_empty() {
                true => line(Word::Nothing.into()),
                false if name.is_empty() => {}
                false => line(String::new().into()),
            }
            let below = Place { indent: at.indent + usize::from(!at.is_top), is_top: false };
            for (name, member) in members {
                value(&plain(name)?, below, member, lines)?;
            }
        }
        Json::Array(items) => {
            if items.is_empty() {
                line(Word::None.into());
            }
            let beside = Place { is_top: false, ..at };
            for (number, item) in items.iter().enumerate() {
                value(&format!("{name} {}", number + 1), beside, item, lines)?;
            }
        }
        // A line break would make two lines of the outline from one value.
        Json::Text(text) => line(visible_line(text).into()),
        Json::Literal(text) => line((*text).to_owned().into()),
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

const INDENT: &str = "    ";
const MAX_LINES: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> Option<Vec<(String, String)>> {
        let lines = outline(&Json::read(json.as_bytes())?)?;
        let english = crate::dialog::words::Language::english();
        let lines = lines.into_iter().map(|line| match line {
            ContentLine::Field { name, value } => {
                (name.in_language(english), value.in_language(english))
            }
            _ => unreachable!(),
        });
        Some(lines.collect())
    }

    fn expected<const N: usize>(lines: [(&str, &str); N]) -> Option<Vec<(String, String)>> {
        Some(lines.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    #[test]
    fn everything_is_shown_as_it_is_written() {
        let lines = shown(
            r#"{"dose":{"value":0.10,"unit":"mg"},"dose":1e2,"given":["A\u202eB",true],"none":[]}"#,
        );
        let as_written = expected([
            ("dose", ""),
            ("    value", "0.10"),
            ("    unit", "mg"),
            ("dose", "1e2"),
            ("given 1", "A[U+202E]B"),
            ("given 2", "true"),
            ("none", "none"),
        ]);
        assert_eq!(lines, as_written);
        assert_eq!(shown("7"), expected([("", "7")]));
    }

    #[test]
    fn no_name_and_no_value_passes_for_the_outline_itself() {
        let lines = shown(r#"{"note":"rest\nunit  g","    unit":"g","given 1":"C","":0}"#);
        let quoted = expected([
            ("note", "rest[U+000A]unit  g"),
            ("\"    unit\"", "g"),
            ("\"given 1\"", "C"),
            ("\"\"", "0"),
        ]);
        assert_eq!(lines, quoted);
    }

    #[test]
    fn what_is_no_json_or_too_deep_or_long_has_none() {
        for json in ["", "{", "[1,]", "{\"a\":1}x", "\u{0}"] {
            assert_eq!(shown(json), None, "{json}");
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
        assert_eq!(shown(&deep), None);
        let long = format!("[{}1]", "1,".repeat(30_000));
        assert_eq!(shown(&long), None);
        let lists = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(shown(&lists), None);
    }
}
