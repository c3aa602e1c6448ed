//! Who may import whom, from `cargo metadata`: the table of DESIGN, kept by this test.
#![allow(clippy::unwrap_used, reason = "a test crate: a panic is a failed test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// Each crate of ours and the crates of ours that it may import. `tests` and `xtask` may import
/// anything, and nobody imports them.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("agent-link", &["protocol"]),
    ("card-simulator", &[]),
    ("crypto", &[]),
    ("demo-app", &["crypto", "pki", "revocation", "signatures", "spine"]),
    ("desktop", &[]),
    (
        "host",
        &[
            "agent-link",
            "crypto",
            "desktop",
            "pki",
            "protocol",
            "revocation",
            "signatures",
            "smartcard",
            "spine",
        ],
    ),
    ("identity", &["crypto", "oidc", "pki", "protocol", "revocation", "signatures", "spine"]),
    ("oidc", &[]),
    ("pki", &["crypto"]),
    ("protocol", &[]),
    ("revocation", &["pki"]),
    ("sdk", &["crypto", "pki", "protocol", "signatures"]),
    ("sdk-build", &[]),
    ("signatures", &["crypto", "pki", "xml"]),
    // It plays the module process and the dialog, with the host's own words.
    ("simulator", &["agent-link", "host", "pki", "protocol", "smartcard"]),
    ("smartcard", &[]),
    ("spine", &["crypto", "xml"]),
    ("ticket-api", &["agent-link", "protocol", "spine"]),
    ("xml", &["crypto"]),
];

#[test]
fn every_import_is_in_the_table() {
    let imports = imports();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        MAY_IMPORT.iter().map(|(name, may)| (*name, may.iter().copied().collect())).collect();
    let mut broken = Vec::new();
    for (name, imported) in &imports {
        if name == "tests" || name == "xtask" {
            continue;
        }
        let Some(may) = allowed.get(name.as_str()) else {
            broken.push(format!("{name} is not in the table"));
            continue;
        };
        for other in imported.iter().filter(|other| !may.contains(other.as_str())) {
            broken.push(format!("{name} imports {other}"));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!(imports.len(), MAY_IMPORT.len() + 2, "a crate of the table is gone");
}

#[test]
fn signatures_needs_pki_only_to_verify() {
    let metadata = metadata();
    let signatures = package(&metadata, "wardkey-signatures");
    let dependencies = signatures["dependencies"].as_array().unwrap();
    let pki = dependencies.iter().find(|other| other["name"] == "wardkey-pki").unwrap();
    assert_eq!(pki["optional"], true);
}

/// The normal dependencies among our own crates, without the prefix of their names.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let short = |name: &Value| {
        let name = name.as_str().unwrap();
        name.strip_prefix("wardkey-").unwrap_or(name).to_owned()
    };
    let names: BTreeSet<String> = packages.iter().map(|package| short(&package["name"])).collect();
    let of = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap();
        let ours = dependencies.iter().filter(|other| other["path"].is_string());
        let normal = ours.filter(|other| other["kind"].is_null());
        normal.map(|other| short(&other["name"])).filter(|name| names.contains(name)).collect()
    };
    packages.iter().map(|package| (short(&package["name"]), of(package))).collect()
}

fn package<'a>(metadata: &'a Value, name: &str) -> &'a Value {
    metadata["packages"].as_array().unwrap().iter().find(|other| other["name"] == name).unwrap()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}
