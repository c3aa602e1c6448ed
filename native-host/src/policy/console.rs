//! `policy`: what administrators ask of a policy.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use wardkey_agent_link::Instance;

use super::{
    document::Document,
    managed, registry,
    schema::{self, Kind},
    settings::{self, Setting},
    sources, templates, toml_file,
};

/// What to do with a policy.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Say what is wrong with a policy
    Check {
        /// A file: `.toml`, a registry file (`.reg`), or managed preferences as `.json`; without
        /// one, the policy in force
        file: Option<PathBuf>,
    },
    /// Print the JSON Schema of policies, or write the templates for rolling them out
    Schema {
        /// Write them into this folder: Group Policy, macOS, registry, browsers' managed storage
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Print the policy in force, and where each value comes from
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
///
/// # Errors
///
/// Where the policy has an error, so that scripts see it by the exit status.
pub fn run(command: Command, instance: &Instance) -> anyhow::Result<()> {
    match command {
        Command::Check { file } => check(file.as_deref(), instance),
        Command::Schema { out } => schema(out.as_deref()),
        Command::Show { json } => show(&sources::in_force(instance)?, json),
    }
}

fn check(file: Option<&Path>, instance: &Instance) -> anyhow::Result<()> {
    let document = match file {
        Some(file) => read(file)?,
        None => sources::in_force(instance)?,
    };
    let policy = document.policy()?;
    let missing = missing_files(&document);
    missing.iter().for_each(|missing| println!("{missing}"));
    // A policy may be checked on another computer than it is for.
    ensure!(file.is_some() || missing.is_empty(), "{} files are missing", missing.len());
    let (servers, origins) = (policy.servers.len(), policy.origins.len());
    println!("good: {servers} identity servers, {origins} origins");
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Document> {
    let place = file.display().to_string();
    let octets = fs::read(file).with_context(|| place.clone())?;
    Ok(match file.extension().and_then(|ending| ending.to_str()) {
        Some("json") => {
            let values = serde_json::from_slice(&octets).with_context(|| place.clone())?;
            managed::preferences(values, &place)
        }
        Some("reg") => registry::read(&octets, &place)?,
        _ => toml_file::read(&String::from_utf8(octets).with_context(|| place.clone())?, file)?,
    })
}

/// The files that it names and this computer does not have.
fn missing_files(document: &Document) -> Vec<String> {
    let keys = schema::keys();
    let settings = settings::of(document, &keys).into_iter();
    let paths = settings.filter(|setting| match setting.kind {
        Kind::List(kind) => **kind == Kind::Path,
        kind => *kind == Kind::Path,
    });
    let missing = paths.flat_map(|Setting { key, value, place, .. }| {
        let named = match value {
            Value::Array(paths) => paths,
            path => vec![path],
        };
        let place = place.unwrap_or_default();
        named.into_iter().filter_map(move |path| {
            let path = path.as_str()?;
            let is_missing = !Path::new(path).exists();
            is_missing.then(|| format!("{place}: {key}: there is no file {path} on this computer"))
        })
    });
    missing.collect()
}

fn schema(out: Option<&Path>) -> anyhow::Result<()> {
    let Some(folder) = out else {
        println!("{:#}", schema::json());
        return Ok(());
    };
    for (name, content) in templates::files()? {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().context("no folder")?)?;
        fs::write(&file, content).with_context(|| file.display().to_string())?;
        println!("{}", file.display());
    }
    Ok(())
}

fn show(document: &Document, json: bool) -> anyhow::Result<()> {
    document.policy()?;
    let keys = schema::keys();
    let settings = settings::of(document, &keys);
    if json {
        let shown = settings.iter().map(|setting| {
            let key = setting.key.to_string();
            json!({ "key": key, "value": setting.value, "source": source(setting) })
        });
        println!("{:#}", shown.collect::<Value>());
        return Ok(());
    }
    if document.values.is_empty() {
        println!("# There is no policy, so no site is admitted.");
    }
    for setting in &settings {
        println!("{} = {}  # {}", setting.key, setting.value, source(setting));
    }
    Ok(())
}

fn source<'a>(setting: &'a Setting<'_>) -> &'a str {
    setting.place.as_deref().unwrap_or("built in")
}
