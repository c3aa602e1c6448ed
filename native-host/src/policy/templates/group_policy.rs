//! Administrative templates for Group Policy (ADMX and ADML, schema version 1.0): one setting for
//! each key, in a category for each table. A list of tables is a list of lines in JSON, as the
//! editor has nothing for tables in lists.

use std::fmt::Write as _;

use serde_json::Value;

use super::xml::escaped;
use crate::policy::schema::{Key, Kind};

/// `wardkey.admx`.
#[must_use]
pub fn definitions(keys: &[Key]) -> String {
    let (mut categories, mut policies) = (String::new(), String::new());
    for setting in settings(keys) {
        policies.push_str(&setting.definition());
    }
    for table in tables(keys) {
        let name = &table.name;
        let _ = write!(
            categories,
            "    <category name=\"{name}\" displayName=\"$(string.{name})\" \
             explainText=\"$(string.{name}_help)\">\n      <parentCategory ref=\"wardkey\"/>\n    \
             </category>\n"
        );
    }
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions xmlns="{NAMESPACE}" revision="1.0" schemaVersion="1.0">
  <policyNamespaces>
    <target prefix="wardkey" namespace="Wardkey.Policies.Wardkey"/>
  </policyNamespaces>
  <resources minRequiredRevision="1.0"/>
  <supportedOn>
    <definitions>
      <definition name="wardkey_0_1" displayName="$(string.wardkey_0_1)"/>
    </definitions>
  </supportedOn>
  <categories>
    <category name="wardkey" displayName="$(string.wardkey)"/>
{categories}  </categories>
  <policies>
{policies}  </policies>
</policyDefinitions>
"#
    )
}

/// `wardkey.adml`, in English.
#[must_use]
pub fn texts(keys: &[Key]) -> String {
    let (mut strings, mut presentations) = (String::new(), String::new());
    let mut string = |id: &str, text: &str| {
        let _ = writeln!(strings, "      <string id=\"{id}\">{}</string>", escaped(text));
    };
    string("wardkey", "Wardkey");
    string("wardkey_0_1", "Wardkey 0.1 or later");
    for table in tables(keys) {
        string(&table.name, &title(&table.name));
        string(&format!("{}_help", table.name), &table.about);
    }
    for setting in settings(keys) {
        let id = setting.id();
        string(&id, &title(&setting.key.name));
        string(&format!("{id}_help"), &setting.help());
        if let Kind::Choice(choices) = &setting.key.kind {
            for choice in choices {
                string(&format!("{id}_{}", choice.name), &title(&choice.name));
            }
        }
        presentations.push_str(&setting.presentation());
    }
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<policyDefinitionResources xmlns="{NAMESPACE}" revision="1.0" schemaVersion="1.0">
  <displayName>Wardkey</displayName>
  <description>What Wardkey may do on a computer.</description>
  <resources>
    <stringTable>
{strings}    </stringTable>
    <presentationTable>
{presentations}    </presentationTable>
  </resources>
</policyDefinitionResources>
"#
    )
}

/// A key as the editor shows it.
struct Setting<'a> {
    table: Option<&'a Key>,
    key: &'a Key,
}

impl Setting<'_> {
    fn id(&self) -> String {
        match self.table {
            Some(table) => format!("{}_{}", table.name, self.key.name),
            None => format!("top_{}", self.key.name),
        }
    }

    fn definition(&self) -> String {
        let (id, name) = (self.id(), &self.key.name);
        let registry = match self.table {
            Some(table) => format!("{REGISTRY}\\{}", table.name),
            None => REGISTRY.to_owned(),
        };
        let (on_policy, presentation, inner) = match &self.key.kind {
            Kind::Boolean => (format!(" valueName=\"{name}\""), String::new(), BOOLEAN.to_owned()),
            kind => {
                let element = element(kind, &id, name, &registry);
                let presentation = format!(" presentation=\"$(presentation.{id})\"");
                let inner = format!("      <elements>\n        {element}\n      </elements>\n");
                (String::new(), presentation, inner)
            }
        };
        let category = self.table.map_or("wardkey", |table| &table.name);
        format!(
            "    <policy name=\"{id}\" class=\"Machine\" displayName=\"$(string.{id})\" \
             explainText=\"$(string.{id}_help)\"{presentation} key=\"{registry}\"{on_policy}>\n      \
             <parentCategory ref=\"{category}\"/>\n      <supportedOn ref=\"wardkey_0_1\"/>\n\
             {inner}    </policy>\n"
        )
    }

    fn help(&self) -> String {
        let mut help = self.key.about.clone();
        if let Some(default) = &self.key.default {
            let _ = write!(help, "\n\nWithout this setting: {}.", said(default));
        }
        match &self.key.kind {
            Kind::Choice(choices) => {
                for choice in choices.iter().filter(|choice| !choice.about.is_empty()) {
                    let _ = write!(help, "\n\n{}: {}", title(&choice.name), choice.about);
                }
            }
            Kind::List(kind) => match &**kind {
                Kind::Table(keys) => {
                    help.push_str("\n\nEach line is an object in JSON with these keys:");
                    keys.iter().for_each(|key| help.push_str(&line(key, "\n- ")));
                }
                Kind::Choice(choices) => {
                    let names: Vec<_> = choices.iter().map(|choice| &*choice.name).collect();
                    let _ = write!(help, "\n\nEach line is one of {}.", names.join(", "));
                }
                _ => help.push_str("\n\nOne a line."),
            },
            _ => {}
        }
        help
    }

    fn presentation(&self) -> String {
        let (id, label) = (self.id(), escaped(&title(&self.key.name)));
        let control = match &self.key.kind {
            Kind::Boolean => return String::new(),
            Kind::Choice(_) => {
                format!("<dropdownList refId=\"{id}_value\" noSort=\"true\">{label}</dropdownList>")
            }
            Kind::Integer(least, _) => {
                let default = self.key.default.as_ref().and_then(Value::as_u64).unwrap_or(*least);
                format!(
                    "<decimalTextBox refId=\"{id}_value\" defaultValue=\"{default}\">{label}</decimalTextBox>"
                )
            }
            Kind::List(_) => format!("<listBox refId=\"{id}_value\">{label}</listBox>"),
            Kind::Number(..) | Kind::Path | Kind::Table(_) | Kind::Text => {
                format!(
                    "<textBox refId=\"{id}_value\">\n          <label>{label}</label>\n        </textBox>"
                )
            }
        };
        format!("      <presentation id=\"{id}\">\n        {control}\n      </presentation>\n")
    }
}

fn element(kind: &Kind, id: &str, name: &str, registry: &str) -> String {
    match kind {
        Kind::Choice(choices) => {
            let items = choices.iter().map(|choice| {
                format!(
                    "\n          <item displayName=\"$(string.{id}_{choice})\">\n            <value>\
                     <string>{choice}</string></value>\n          </item>",
                    choice = choice.name
                )
            });
            let items: String = items.collect();
            format!(
                "<enum id=\"{id}_value\" valueName=\"{name}\" required=\"true\">{items}\n        </enum>"
            )
        }
        Kind::Integer(least, most) => format!(
            "<decimal id=\"{id}_value\" valueName=\"{name}\" required=\"true\" minValue=\"{least}\" \
             maxValue=\"{most}\"/>"
        ),
        Kind::List(_) => {
            format!("<list id=\"{id}_value\" key=\"{registry}\\{name}\" valuePrefix=\"\"/>")
        }
        Kind::Boolean | Kind::Number(..) | Kind::Path | Kind::Table(_) | Kind::Text => {
            format!(
                "<text id=\"{id}_value\" valueName=\"{name}\" required=\"true\" maxLength=\"1023\"/>"
            )
        }
    }
}

/// Every key at the top that is no table, and every key of the tables.
fn settings(keys: &[Key]) -> Vec<Setting<'_>> {
    let at_top = keys.iter().filter(|key| !matches!(key.kind, Kind::Table(_)));
    let mut settings: Vec<_> = at_top.map(|key| Setting { table: None, key }).collect();
    for table in tables(keys) {
        if let Kind::Table(keys) = &table.kind {
            settings.extend(keys.iter().map(|key| Setting { table: Some(table), key }));
        }
    }
    settings
}

fn tables(keys: &[Key]) -> impl Iterator<Item = &Key> {
    keys.iter().filter(|key| matches!(key.kind, Kind::Table(_)))
}

/// A key of an object in JSON, and those of the tables in it.
fn line(key: &Key, indent: &str) -> String {
    let needed = if key.needed { " (needed)" } else { "" };
    let mut line = format!("{indent}{}{needed}: {}", key.name, key.about);
    let inner = match &key.kind {
        Kind::List(kind) => &**kind,
        kind => kind,
    };
    match inner {
        Kind::Choice(choices) => {
            let names: Vec<_> = choices.iter().map(|choice| &*choice.name).collect();
            let _ = write!(line, " One of {}.", names.join(", "));
        }
        Kind::Table(keys) => {
            let deeper = indent.replace('-', "  -");
            keys.iter().for_each(|key| line.push_str(&self::line(key, &deeper)));
        }
        _ => {}
    }
    line
}

/// `hold_passcode` as "Hold passcode".
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Bool(true) => "enabled".to_owned(),
        Value::Bool(false) => "disabled".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

const NAMESPACE: &str = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions";
/// Below `HKEY_LOCAL_MACHINE`, as every setting is the computer's.
const REGISTRY: &str = r"SOFTWARE\Policies\Wardkey";
const BOOLEAN: &str = r#"      <enabledValue>
        <decimal value="1"/>
      </enabledValue>
      <disabledValue>
        <decimal value="0"/>
      </disabledValue>
"#;
