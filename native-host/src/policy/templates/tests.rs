use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::*;
use crate::policy::{
    check, managed,
    schema::{Key, Kind},
};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/policy")
}

fn file(wanted: &str) -> String {
    files().unwrap().into_iter().find(|(name, _)| *name == wanted).unwrap().1
}

#[test]
fn the_committed_files_are_up_to_date() {
    let mut there = BTreeSet::new();
    for folder in [folder(), folder().join("en-US")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                there.insert(
                    path.strip_prefix(self::folder()).unwrap().to_string_lossy().into_owned(),
                );
            }
        }
    }
    let generated: BTreeSet<String> =
        files().unwrap().into_iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(there, generated);
    for (name, content) in files().unwrap() {
        assert!(
            fs::read_to_string(folder().join(name)).unwrap() == content,
            "{name} is out of date; run `wardkey-host policy schema --out packaging/policy`"
        );
    }
}

#[test]
fn every_spelling_of_the_example_is_the_same_policy() {
    let keys = schema::keys();
    let example = Value::Object(toml_file::read(EXAMPLE, Path::new("policy.toml")).unwrap().values);
    let registry = registry::read(file("wardkey.reg").as_bytes(), "wardkey.reg").unwrap();
    registry.policy().unwrap();
    assert_eq!(Value::Object(registry.values), with_files_in(ON_WINDOWS, example.clone()));

    // As Python reads it, and as macOS would hand it over.
    let Some(profile) = python("wardkey.mobileconfig") else { return };
    let payload = profile["PayloadContent"][0].as_object().unwrap().clone();
    assert_eq!(
        (&payload["PayloadType"], &profile["PayloadType"]),
        (&"org.wardkey.host".into(), &"Configuration".into())
    );
    let preferences = managed::preferences(payload, "");
    preferences.policy().unwrap();
    assert_eq!(Value::Object(preferences.values), with_files_in(ON_MACOS, example));

    let manifest = python("org.wardkey.host.plist").unwrap();
    let names: Vec<_> = manifest["pfm_subkeys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["pfm_name"].as_str().unwrap())
        .collect();
    assert_eq!(names, keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>());
}

#[test]
fn the_examples_for_browsers_name_this_extension_and_fit_its_schema() {
    let folder = folder().join("../browsers");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let [chromium, firefox] = ["chromium.json", "firefox.json"]
        .map(|name| serde_json::from_str::<Value>(&read(name)).unwrap());
    let [chromium_id, firefox_id] = crate::install::OUR_EXTENSIONS else { panic!("two browsers") };
    let install = chromium["ExtensionInstallForcelist"][0].as_str().unwrap();
    assert!(install.starts_with(&format!("{chromium_id};")));
    assert!(read("updates.xml").contains(&format!("appid=\"{chromium_id}\"")));
    assert_eq!(chromium["NativeMessagingAllowlist"][0], crate::install::HOST_NAME);
    assert!(firefox["policies"]["ExtensionSettings"][firefox_id].is_object());
    for told in [
        &chromium["3rdparty"]["extensions"][chromium_id],
        &firefox["policies"]["3rdparty"]["Extensions"][firefox_id],
    ] {
        let values = told.as_object().unwrap();
        assert_eq!(values.keys().collect::<Vec<_>>(), ["service_desk"]);
        assert_eq!(check::against(values, &schema::keys()), []);
    }
}

/// A property list as Python's own reader understands it.
fn python(name: &str) -> Option<Value> {
    const READ: &str = "import json, plistlib, sys\n\
                        json.dump(plistlib.load(sys.stdin.buffer), sys.stdout)";
    let input = fs::File::open(folder().join(name)).unwrap();
    let output = Command::new("python3").args(["-c", READ]).stdin(Stdio::from(input)).output();
    let Ok(output) = output else {
        println!("SKIPPED policy::templates: there is no Python");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The values of an attribute, wherever it stands.
fn attributes<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let before = format!(" {name}=\"");
    xml.split(&before).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn the_administrative_templates_name_only_what_is_there() {
    let (definitions, texts) = (file("wardkey.admx"), file("en-US/wardkey.adml"));
    let ids: Vec<_> = attributes(&texts, "id");
    let known: BTreeSet<_> = ids.iter().copied().collect();
    let mut named = BTreeSet::new();
    for kind in ["$(string.", "$(presentation."] {
        for rest in definitions.split(kind).skip(1) {
            let id = rest.split(')').next().unwrap();
            assert!(known.contains(id), "{id}");
            named.insert(id);
        }
    }
    assert_eq!(named, known, "a text that nothing shows");
    // An input and its label go together.
    let inputs: BTreeSet<_> = attributes(&definitions, "id").into_iter().collect();
    let labels: BTreeSet<_> = attributes(&texts, "refId").into_iter().collect();
    assert_eq!(inputs, labels);
    let categories: BTreeSet<_> = definitions
        .split("<category name=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    for category in
        attributes(&definitions, "ref").into_iter().filter(|name| *name != "wardkey_0_1")
    {
        assert!(categories.contains(category), "{category}");
    }
    for id in &ids {
        assert!(id.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_'), "{id}");
    }
}

#[test]
fn every_key_has_a_setting_where_the_registry_reader_finds_it() {
    let definitions = file("wardkey.admx");
    let (keys, mut count) = (schema::keys(), 0);
    let mut look = |below: &str, key: &Key| {
        let place = match &key.kind {
            Kind::List(_) => {
                format!("key=\"SOFTWARE\\Policies\\Wardkey{below}\\{}\" valuePrefix", key.name)
            }
            _ => format!("key=\"SOFTWARE\\Policies\\Wardkey{below}\""),
        };
        assert!(definitions.contains(&place), "{place}");
        assert!(
            matches!(key.kind, Kind::List(_))
                || definitions.contains(&format!("valueName=\"{}\"", key.name))
        );
        count += 1;
    };
    for key in &keys {
        match &key.kind {
            Kind::Table(keys) => {
                keys.iter().for_each(|inner| look(&format!("\\{}", key.name), inner))
            }
            _ => look("", key),
        }
    }
    assert_eq!(definitions.matches("<policy name=").count(), count);
}

#[test]
fn every_file_of_xml_is_well_formed() {
    let packaging = folder().join("..");
    let mut found = Vec::new();
    xml_below(&packaging, &mut found);
    assert!(found.len() >= 4, "{found:?}");
    const READ: &str =
        "import sys, xml.dom.minidom\n[xml.dom.minidom.parse(f) for f in sys.argv[1:]]";
    let output = Command::new("python3").args(["-c", READ]).args(&found).output();
    let Ok(output) = output else {
        println!("SKIPPED policy::templates: there is no Python");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn xml_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            xml_below(&path, found);
        } else if ["admx", "adml", "mobileconfig", "plist", "wxs", "xml"].contains(&&*ending) {
            found.push(path);
        }
    }
}
