//! `install` and `uninstall`: the native-messaging manifests that tell browsers of this host.

mod locations;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
pub(crate) mod windows;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum as _;
use serde_json::{Value, json};

pub use locations::Browser;
#[cfg(unix)]
use unix as registry;
#[cfg(windows)]
pub(crate) use windows as registry;

/// The extensions that this build was made for.
pub const OUR_EXTENSIONS: &[&str] = &[CHROMIUM_EXTENSION, FIREFOX_EXTENSION];

/// The name that extensions call the host by.
pub const HOST_NAME: &str = "org.wardkey.host";

/// What to install for, and where.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Arguments {
    /// Browsers; without any, all of them
    #[arg(long = "browser", value_enum)]
    browsers: Vec<Browser>,
    /// For every user of this computer
    #[arg(long)]
    system: bool,
    /// More extension ids, beside the one this build was made for
    #[arg(long = "extension-id")]
    extensions: Vec<String>,
    /// A folder of manifests, instead of the browsers' own
    #[arg(long, conflicts_with = "system")]
    manifest_dir: Option<PathBuf>,
    /// The folder that stands for the whole system, for those who make packages
    #[arg(long, requires = "system")]
    root: Option<PathBuf>,
    /// The program that browsers start, instead of this one
    #[arg(long)]
    host: Option<PathBuf>,
}

impl Arguments {
    /// Whether browsers of this computer are to be told.
    fn is_for_here(&self) -> bool {
        self.manifest_dir.is_none() && self.root.is_none()
    }
}

/// Writes a manifest for each browser.
///
/// # Errors
///
/// Where one cannot be written; those before it have been.
pub fn install(arguments: &Arguments) -> Result<()> {
    let host = match &arguments.host {
        Some(host) => host.clone(),
        None => std::env::current_exe()?,
    };
    let write = |(browser, file): (Browser, PathBuf), told: &mut Vec<String>| {
        let manifest = manifest(browser, &host, &arguments.extensions);
        write(&file, &manifest).with_context(|| file.display().to_string())?;
        if arguments.is_for_here() {
            registry::register(browser, arguments.system, &file)?;
        }
        told.push(format!("{}: {}", browser.name(), file.display()));
        Ok(())
    };
    for_each(targets(arguments)?, write)
}

/// Removes the manifests that name this host.
///
/// # Errors
///
/// Where one cannot be removed.
pub fn uninstall(arguments: &Arguments) -> Result<()> {
    let remove = |(browser, file): (Browser, PathBuf), told: &mut Vec<String>| {
        match fs::read_to_string(&file) {
            Ok(text) if is_ours(&text) => {
                if arguments.is_for_here() {
                    registry::unregister(browser, arguments.system, &file)?;
                }
                fs::remove_file(&file).with_context(|| file.display().to_string())?;
                told.push(format!("{}: removed {}", browser.name(), file.display()));
            }
            Ok(_) => told.push(format!("{}: {} is not ours; left", browser.name(), file.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        }
        Ok(())
    };
    for_each(targets(arguments)?, remove)
}

/// Does it for each, up to the first that fails, and prints what was done when all is: who reads it
/// may stop before its end.
fn for_each(
    targets: Vec<(Browser, PathBuf)>,
    mut act: impl FnMut((Browser, PathBuf), &mut Vec<String>) -> Result<()>,
) -> Result<()> {
    let mut told = Vec::new();
    let ended = targets.into_iter().try_for_each(|target| act(target, &mut told));
    told.iter().for_each(|line| println!("{line}"));
    ended
}

/// Where each browser looks for this host's manifest.
///
/// # Errors
///
/// Where the user has no home folder.
pub fn manifest_files(system: bool) -> Result<Vec<(Browser, PathBuf)>> {
    targets(&Arguments { system, ..Arguments::default() })
}

fn targets(arguments: &Arguments) -> Result<Vec<(Browser, PathBuf)>> {
    let all = Browser::value_variants();
    let browsers = if arguments.browsers.is_empty() { all } else { &arguments.browsers };
    let home = std::env::var_os(registry::HOME).map(PathBuf::from);
    let folder = |browser: Browser| match (&arguments.manifest_dir, arguments.system) {
        (Some(folder), _) => Ok(folder.clone()),
        (None, true) => Ok(below(arguments.root.as_deref(), browser.system_folder())),
        (None, false) => {
            home.as_deref().map(|home| browser.user_folder(home)).context("no home folder")
        }
    };
    browsers
        .iter()
        .map(|browser| Ok((*browser, folder(*browser)?.join(format!("{HOST_NAME}.json")))))
        .collect()
}

fn below(root: Option<&Path>, folder: PathBuf) -> PathBuf {
    let Some(root) = root else { return folder };
    root.join(folder.strip_prefix("/").unwrap_or(&folder))
}

fn manifest(browser: Browser, host: &Path, more: &[String]) -> Value {
    let mut manifest = json!({
        "name": HOST_NAME,
        "description": "Wardkey Identity Agent",
        "path": host,
        "type": "stdio",
    });
    let more = more.iter().map(String::as_str);
    if browser == Browser::Firefox {
        manifest["allowed_extensions"] = [FIREFOX_EXTENSION].into_iter().chain(more).collect();
    } else {
        let origin = |id: &str| format!("chrome-extension://{id}/");
        manifest["allowed_origins"] =
            [CHROMIUM_EXTENSION].into_iter().chain(more).map(origin).collect();
    }
    manifest
}

fn is_ours(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|manifest| manifest["name"] == HOST_NAME)
}

/// Whole or not at all: a browser may read it at any moment.
fn write(file: &Path, manifest: &Value) -> Result<()> {
    let folder = file.parent().context("no folder")?;
    fs::create_dir_all(folder)?;
    if let Ok(there) = fs::read_to_string(file) {
        ensure!(is_ours(&there), "another host's manifest is there");
    }
    let beside = file.with_extension("json.new");
    fs::write(&beside, format!("{manifest:#}\n"))?;
    Ok(fs::rename(&beside, file)?)
}

/// From the public key in the extension's manifest; `extension/ID` has the same.
const CHROMIUM_EXTENSION: &str = include_str!("../../extension/ID").trim_ascii_end();
const FIREFOX_EXTENSION: &str = "wardkey@wardkey.org";

#[cfg(test)]
mod tests;
