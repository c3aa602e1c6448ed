//! The native-messaging manifests: whether browsers know this host, and admit our extension to it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum as _;
use serde_json::Value;
use wardkey_protocol::own::Finding;

use super::{
    browsers::Installed, codes::Code, managed::Managed, programs::is_executable, system::System,
};
use crate::install::{Browser, HOST_NAME, OUR_EXTENSIONS};
#[cfg(unix)]
use unix::{of_all, of_user, program};
#[cfg(windows)]
use windows::{of_all, of_user, program};

/// Reads the manifest that each browser would take. A browser that is not installed is told of only
/// where it has one.
pub fn findings(
    system: &System,
    installed: &[Installed],
    host: Option<&Path>,
    more: &[String],
) -> Vec<Finding> {
    let (mut good, mut findings) = (Vec::new(), Vec::new());
    for browser in Browser::value_variants() {
        let is_installed = installed.iter().any(|it| it.browser == *browser && it.is_native());
        let managed = Managed::of(*browser, system);
        let name = browser.name();
        match effective(system, *browser, &managed) {
            _ if is_installed && managed.blocks_host() => {
                let says =
                    format!("An administrator's policy keeps {name} from starting this host.");
                findings.push(Code::ManifestBlocked.says(says));
            }
            Some(file) => match wrong(*browser, &file, host, more) {
                Some(finding) => {
                    findings.push(finding.with("manifest", file.display().to_string()));
                }
                None => good.push(name),
            },
            None if is_installed && of_user(system, *browser).is_some_and(|it| it.exists()) => {
                let says =
                    format!("An administrator's policy lets {name} start no host of a user.");
                findings.push(Code::ManifestBlocked.says(says));
            }
            None if is_installed => {
                findings
                    .push(Code::ManifestMissing.says(format!("{name} does not know this host.")));
            }
            None => {}
        }
    }
    if !good.is_empty() {
        let says = format!("Known to {}.", good.join(", "));
        findings.insert(0, Code::Manifest.says(says));
    } else if findings.is_empty() {
        findings.push(Code::ManifestMissing.says("No browser knows this host."));
    }
    findings
}

/// The browser that asks has found the host.
pub fn it_asked() -> Finding {
    Code::Manifest.says("The browser that asks for this report has started this host.")
}

/// The user's own comes first, where the browser takes it.
fn effective(system: &System, browser: Browser, managed: &Managed) -> Option<PathBuf> {
    let own = of_user(system, browser).filter(|_| managed.admits_hosts_of_users());
    [own, of_all(system, browser)].into_iter().flatten().find(|file| file.exists())
}

fn wrong(browser: Browser, file: &Path, host: Option<&Path>, more: &[String]) -> Option<Finding> {
    let name = browser.name();
    let malformed = |why: &str| {
        let says = format!("{name}'s manifest for this host can't be read: {why}.");
        Some(Code::ManifestMalformed.says(says))
    };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return malformed(&error.to_string()),
    };
    let Ok(manifest) = serde_json::from_str::<Value>(&text) else { return malformed("no JSON") };
    if manifest["name"] != HOST_NAME || manifest["type"] != "stdio" {
        return malformed("another name or type");
    }
    let Some(program) = manifest["path"].as_str().map(|path| program(file, path)) else {
        return malformed("no path");
    };
    let shown = program.display().to_string();
    if !is_executable(&program) {
        let says = format!("{name} is to start {shown}, which is missing or may not be run.");
        return Some(Code::ManifestProgramMissing.says(says));
    }
    let same = |one: &Path, other: &Path| {
        one == other
            || fs::canonicalize(one)
                .is_ok_and(|one| fs::canonicalize(other).is_ok_and(|it| it == one))
    };
    if host.is_some_and(|host| !same(&program, host)) {
        let says = format!("{name} starts another program: {shown}.");
        return Some(Code::ManifestOtherProgram.says(says));
    }
    let admitted: Vec<&str> = ["allowed_origins", "allowed_extensions"]
        .iter()
        .filter_map(|key| manifest[*key].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let is_admitted = |id: &str| {
        let origin = format!("chrome-extension://{id}/");
        admitted.iter().any(|it| *it == id || *it == origin)
    };
    let mut ours = OUR_EXTENSIONS.iter().copied().chain(more.iter().map(String::as_str));
    if !ours.any(is_admitted) {
        let says = format!("{name}'s manifest admits other extensions than ours.");
        return Some(Code::ManifestOtherExtension.says(says).with("admitted", admitted));
    }
    None
}

#[cfg(test)]
mod tests;
