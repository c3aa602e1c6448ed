//! The committed bindings are those of this source.

use std::{collections::BTreeSet, fs, path::Path};

use wardkey_protocol::{ErrorCode, bindings::files};

#[test]
fn committed_files_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bindings");
    let generated: BTreeSet<String> = files().iter().map(|(name, _)| (*name).to_owned()).collect();
    let committed = fs::read_dir(&folder).unwrap();
    let committed: BTreeSet<String> =
        committed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(committed, generated);
    for (name, content) in files() {
        let there = fs::read_to_string(folder.join(name)).unwrap();
        assert!(
            there == content,
            "{name} is out of date; run \
             `cargo run -p wardkey-protocol --features bindings --example bindings`"
        );
    }
}

#[test]
fn every_reference_of_the_schemas_is_defined_and_every_code_is_listed() {
    let file = |wanted: &str| files().into_iter().find(|(name, _)| *name == wanted).unwrap().1;
    let schemas: serde_json::Value = serde_json::from_str(&file("protocol.schema.json")).unwrap();
    let text = schemas.to_string();
    for reference in text.split("\"#/$defs/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas["$defs"].get(name).is_some(), "{name}");
    }
    let types = file("protocol.d.ts");
    for code in ErrorCode::ALL {
        assert!(types.contains(&format!("\"{code}\"")), "{code}");
    }
}
