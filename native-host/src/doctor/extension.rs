//! Whether browsers have the extension, as far as the files of this user's profiles tell.

#[cfg(unix)]
mod unix;
#[cfg(any(windows, test))]
mod windows;

use std::path::Path;

use serde_json::Value;
use wardkey_protocol::own::{Finding, FindingState};

use super::{
    browsers::Installed,
    codes::Code,
    managed::{Managed, Wish},
    system::{System, entries, json},
};
use crate::install::{Browser, OUR_EXTENSIONS};
#[cfg(unix)]
use unix::profiles_of;
#[cfg(windows)]
use windows::profiles_of;

/// What a profile says of the extension.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    Disabled,
    Enabled(Option<String>),
}

/// Looks into the profiles of the browsers that could start the host.
pub fn findings(system: &System, installed: &[Installed], more: &[String]) -> Vec<Finding> {
    let ids: Vec<&str> =
        OUR_EXTENSIONS.iter().copied().chain(more.iter().map(String::as_str)).collect();
    let native = installed.iter().filter(|installed| installed.is_native());
    let mut findings: Vec<_> =
        native.map(|installed| of_browser(system, installed.browser, &ids)).collect();
    let has = |state| findings.iter().any(|finding: &Finding| finding.state == state);
    if has(FindingState::Ok) {
        // A browser that nobody uses for this needs no extension.
        findings.retain(|it| ![MISSING, UNKNOWN].contains(&it.code.as_str()));
    } else if findings.is_empty() {
        findings.push(Code::ExtensionUnknown.found());
    }
    findings
}

/// The extension is there: it asked.
pub fn it_asked() -> Finding {
    Code::Extension.says("The extension asks for this report itself.")
}

fn of_browser(system: &System, browser: Browser, ids: &[&str]) -> Finding {
    let name = browser.name();
    let managed = Managed::of(browser, system);
    // The others are of another family of browsers.
    let fits = |id: &&str| (browser == Browser::Firefox) == id.contains(['@', '{']);
    let ids: Vec<&str> = ids.iter().copied().filter(fits).collect();
    let wishes: Vec<_> = ids.iter().map(|id| managed.wish(id)).collect();
    let blocked = wishes.iter().all(|wish| *wish == Some(Wish::Blocked));
    let (profiles, kept) = profiles(profiles_of(system, browser).as_deref(), browser, &ids);
    let enabled = kept.iter().find_map(|kept| match kept {
        Kept::Enabled(version) => Some(version.clone()),
        Kept::Disabled => None,
    });
    match enabled {
        Some(Some(version)) => Code::Extension.says(format!("{name} has the extension {version}.")),
        Some(None) => Code::Extension.says(format!("{name} has the extension.")),
        None if kept.contains(&Kept::Disabled) => {
            Code::ExtensionDisabled.says(format!("{name} has the extension, but it is turned off."))
        }
        None if wishes.contains(&Some(Wish::Installed)) => {
            let says = format!("An administrator's policy installs the extension in {name}.");
            Code::Extension.says(says)
        }
        None => match ids.first().filter(|_| blocked) {
            Some(id) => {
                let says = format!("An administrator's policy keeps the extension out of {name}.");
                Code::ExtensionBlocked.says(says).with("extension", *id)
            }
            None if profiles == 0 => {
                let says = format!("{name} has no profile of this user in the usual place.");
                Code::ExtensionUnknown.says(says)
            }
            None => Code::ExtensionMissing.says(format!("{name} does not have the extension.")),
        },
    }
    .with("profiles", profiles)
    .with("configured", ids.iter().any(|id| managed.configures(id)))
}

/// How many profiles could be read, and what each that knows the extension says of it.
fn profiles(folder: Option<&Path>, browser: Browser, ids: &[&str]) -> (usize, Vec<Kept>) {
    let read = if browser == Browser::Firefox { of_firefox } else { of_chromium };
    let profiles: Vec<_> = folder
        .map(entries)
        .into_iter()
        .flatten()
        .filter_map(|profile| read(&profile, ids))
        .collect();
    (profiles.len(), profiles.into_iter().flatten().collect())
}

/// `None`: no profile. A profile keeps its extensions in one of two files, and what came from a
/// store in a folder of the extension's id.
fn of_chromium(profile: &Path, ids: &[&str]) -> Option<Vec<Kept>> {
    let files: Vec<Value> = ["Preferences", "Secure Preferences"]
        .iter()
        .filter_map(|name| json(&profile.join(name)))
        .collect();
    if files.is_empty() {
        return None;
    }
    let kept = |id: &&str| {
        let settings = files.iter().map(|file| &file["extensions"]["settings"][*id]);
        let settings = settings.filter(|settings| settings.is_object()).collect::<Vec<_>>();
        let stored = entries(&profile.join("Extensions").join(id));
        let stored = stored.last().and_then(|folder| folder.file_name());
        if settings.is_empty() && stored.is_none() {
            return None;
        }
        if settings.iter().any(|settings| is_disabled(settings)) {
            return Some(Kept::Disabled);
        }
        let version = settings.iter().find_map(|settings| settings["manifest"]["version"].as_str());
        let version = version.map(str::to_owned).or_else(|| {
            // A folder is named after the version, with a count behind it.
            let name = stored?.to_string_lossy();
            Some(name.split('_').next()?.to_owned())
        });
        Some(Kept::Enabled(version))
    };
    Some(ids.iter().filter_map(kept).collect())
}

/// Older browsers keep a number of reasons, newer ones a list.
fn is_disabled(settings: &Value) -> bool {
    let reasons = &settings["disable_reasons"];
    let disabled = reasons.as_u64().is_some_and(|reasons| reasons != 0)
        || reasons.as_array().is_some_and(|reasons| !reasons.is_empty());
    disabled || settings["state"] == 0
}

/// `None`: no profile.
fn of_firefox(profile: &Path, ids: &[&str]) -> Option<Vec<Kept>> {
    if !profile.join("prefs.js").exists() {
        return None;
    }
    let Some(file) = json(&profile.join("extensions.json")) else {
        // Before it is written there is the package.
        let package = |id: &&str| profile.join("extensions").join(format!("{id}.xpi")).exists();
        return Some(ids.iter().filter(|id| package(id)).map(|_| Kept::Enabled(None)).collect());
    };
    let addons = file["addons"].as_array().cloned().unwrap_or_default();
    let ours =
        addons.iter().filter(|addon| addon["id"].as_str().is_some_and(|id| ids.contains(&id)));
    let kept = ours.map(|addon| match addon["active"] == true {
        true => Kept::Enabled(addon["version"].as_str().map(str::to_owned)),
        false => Kept::Disabled,
    });
    Some(kept.collect())
}

const MISSING: &str = "extension_missing";
const UNKNOWN: &str = "extension_unknown";

#[cfg(test)]
mod tests;
