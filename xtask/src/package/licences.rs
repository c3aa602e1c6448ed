//! The licences of everything that is built into a program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::command::{self, cargo};

/// Each crate of others that a program of ours is built with and under what licence, then the
/// texts that the crates come with.
pub fn of(program: &str) -> Result<String> {
    let metadata = metadata()?;
    let packages: BTreeMap<&str, &Value> = array(&metadata["packages"])
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let mut list = String::new();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let theirs = built_with(&metadata, program)?.into_iter().filter_map(|id| packages.get(id));
    for package in theirs.filter(|package| package["source"].is_string()) {
        let text = |field: &str| package[field].as_str().unwrap_or_default();
        let name = format!("{} {}", text("name"), text("version"));
        let licence = match text("license") {
            "" => "see its text",
            licence => licence,
        };
        writeln!(list, "{name}: {licence} {}", text("repository"))?;
        let manifest = Path::new(text("manifest_path"));
        for text in texts_in(manifest.parent().context("no folder")?)? {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    let mut all = format!("What {program} is built with\n\n{list}");
    for (text, names) in texts {
        write!(all, "\n{RULE}\n{}\n\n{}\n", names.join(", "), text.trim_end())?;
    }
    Ok(all)
}

/// The ids of the packages that a program is built with on this system.
fn built_with<'a>(metadata: &'a Value, program: &str) -> Result<BTreeSet<&'a str>> {
    let nodes: BTreeMap<&str, &Value> = array(&metadata["resolve"]["nodes"])
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let named = array(&metadata["packages"]).iter().find(|package| package["name"] == program);
    let mut next = vec![named.and_then(|package| package["id"].as_str()).context("no package")?];
    let mut found = BTreeSet::new();
    while let Some(id) = next.pop() {
        if !found.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).map_or(&[][..], |node| array(&node["deps"])) {
            let is_normal = |kind: &Value| kind["kind"].is_null();
            if array(&dependency["dep_kinds"]).iter().any(is_normal) {
                next.extend(dependency["pkg"].as_str());
            }
        }
    }
    Ok(found)
}

fn metadata() -> Result<Value> {
    let mut metadata = cargo();
    metadata.args(["metadata", "--locked", "--format-version", "1", "--filter-platform"]);
    metadata.arg(command::host()?);
    let output = metadata.output().context("cargo metadata")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The texts that a crate comes with, without what differs by ends of lines alone.
fn texts_in(folder: &Path) -> Result<BTreeSet<String>> {
    let mut texts = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
        let is_one = NAMES.iter().any(|start| name.starts_with(start)) && path.is_file();
        if is_one && let Ok(text) = fs::read_to_string(&path) {
            texts.insert(text.replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];
const RULE: &str = "-----------------------------------------------------------------------------";
