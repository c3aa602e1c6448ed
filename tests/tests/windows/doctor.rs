//! Browsers, extension and an administrator's policies, as the registry and the folders of Windows have
//! them. No browser is there: files stand for them.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::Wine;

use crate::world::{HOST, Test, World, finding};

pub const TRIALS: &[(&str, Test)] = &[
    ("doctor::browsers_are_found_by_registry_and_folders", browsers),
    ("doctor::group_policy_installs_the_extension_or_keeps_the_host_out", group_policy),
    ("doctor::the_bundle_names_nobody", bundle),
];

fn browsers(world: &mut World) -> Result<()> {
    let report = examine(world)?;
    for code in ["browser_missing", "extension_unknown"] {
        ensure!(finding(&report, code)?["state"] == "warning", "{code}: {report:#}");
    }

    let chrome = r"C:\Clinic\Chrome\chrome.exe";
    let key = format!(r"HKLM\{APP_PATHS}\chrome.exe");
    reg(world, &["add", &key, "/ve", "/d", chrome, "/f"])?;
    // What was uninstalled and is registered still.
    finding(&examine(world)?, "browser_missing")?;
    file(world, chrome, "")?;
    file(world, r"C:\Clinic\Chrome\141.0.7390.65\chrome.dll", "")?;
    let firefox = r"C:\Clinic\Firefox\firefox.exe";
    let key = format!(r"HKCU\{APP_PATHS}\firefox.exe");
    reg(world, &["add", &key, "/ve", "/d", &format!("\"{firefox}\""), "/f"])?;
    file(world, firefox, "")?;
    file(world, r"C:\Clinic\Firefox\application.ini", "[App]\r\nVersion=115.9.0\r\n")?;
    file(world, EDGE, "")?;
    let report = examine(world)?;
    let said = said(&report);
    for (code, found) in [
        ("browser", "Chrome 141.0.7390.65 is installed."),
        ("browser", "Edge is installed."),
        ("browser_old", "Firefox 115.9.0 is older than the extension needs."),
        ("extension_unknown", "Chrome has no profile of this user in the usual place."),
    ] {
        ensure!(said.contains(&(code, found)), "{found}: {report:#}");
    }
    ensure!(finding(&report, "browser")?["details"]["path"] == chrome, "{report:#}");

    let (local, roaming) = (world.wine.variable("LOCALAPPDATA")?, world.wine.variable("APPDATA")?);
    let chromes = format!(r"{local}\Google\Chrome\User Data\Profile 1");
    file(world, &format!(r"{chromes}\Secure Preferences"), "{}")?;
    let firefoxes = format!(r"{roaming}\Mozilla\Firefox\Profiles\a.default");
    file(world, &format!(r"{firefoxes}\prefs.js"), "")?;
    ensure!(finding(&examine(world)?, "extension_missing")?["state"] == "problem");
    file(world, &format!(r"{chromes}\Extensions\{}\0.1.0_0\manifest.json", id()), "{}")?;
    let addons = json!({"addons": [{"id": FIREFOX_ID, "version": "0.1.0", "active": false}]});
    file(world, &format!(r"{firefoxes}\extensions.json"), &addons.to_string())?;
    let report = examine(world)?;
    let found = finding(&report, "extension")?;
    ensure!(found["found"] == "Chrome has the extension 0.1.0.", "{report:#}");
    ensure!(finding(&report, "extension_disabled")?["found"].to_string().contains("Firefox"));

    for key in [r"HKLM\", r"HKCU\"].map(|hive| format!(r"{hive}{APP_PATHS}")) {
        for program in ["chrome.exe", "firefox.exe"] {
            let _ = reg(world, &["delete", &format!(r"{key}\{program}"), "/f"]);
        }
    }
    Ok(fs::remove_file(world.wine.here(EDGE)?)?)
}

fn group_policy(world: &mut World) -> Result<()> {
    file(world, EDGE, "")?;
    let local = world.wine.variable("LOCALAPPDATA")?;
    let preferences = format!(r"{local}\Microsoft\Edge\User Data\Default\Preferences");
    file(world, &preferences, "{}")?;
    let played = policies(world);
    reg(world, &["delete", POLICIES, "/f"])?;
    played?;
    finding(&examine(world)?, "extension_missing")?;
    Ok(fs::remove_file(world.wine.here(EDGE)?)?)
}

fn policies(world: &World) -> Result<()> {
    let add = |key: &str, words: &[&str]| {
        let key = format!(r"{POLICIES}\{key}");
        reg(world, &[&["add", key.trim_end_matches('\\')], words, &["/f"]].concat())
    };
    let forced = format!("{};https://updates.example/extension.xml", id());
    add("ExtensionInstallForcelist", &["/v", "1", "/d", &forced])?;
    let report = examine(world)?;
    let found = finding(&report, "extension")?;
    ensure!(found["found"].to_string().contains("policy installs"), "{report:#}");
    ensure!(found["details"]["configured"] == false, "{report:#}");
    // Edge has not been told of this host.
    finding(&report, "manifest_missing")?;

    // What stands for the one extension counts before the list.
    let settings = json!({id(): {"installation_mode": "blocked"}}).to_string();
    add("", &["/v", "ExtensionSettings", "/d", &settings])?;
    add("NativeMessagingBlocklist", &["/v", "1", "/d", "*"])?;
    add(&format!(r"3rdparty\extensions\{}\policy", id()), &["/v", "service_desk", "/d", "x"])?;
    let report = examine(world)?;
    let found = finding(&report, "extension_blocked")?;
    ensure!(found["details"]["extension"] == id(), "{report:#}");
    ensure!(found["details"]["configured"] == true, "{report:#}");
    ensure!(finding(&report, "manifest_blocked")?["state"] == "problem", "{report:#}");
    Ok(())
}

fn bundle(world: &mut World) -> Result<()> {
    let (home, bundle) = (world.wine.variable("USERPROFILE")?, world.file("bundle.zip"));
    let report = world.json(&["doctor", "--json", "--bundle", &Wine::there(&bundle)])?;
    let escaped = home.replace('\\', r"\\");
    ensure!(report.to_string().contains(&escaped), "nothing of {home} is in it: {report:#}");
    // Its files are stored as they are.
    let octets = fs::read(bundle)?;
    let text = String::from_utf8_lossy(&octets).to_lowercase();
    ensure!(text.contains("report.json") && text.contains(r#""name": "windows""#), "{text}");
    for named in [home, escaped] {
        ensure!(!text.contains(&named.to_lowercase()), "it tells {named}: {text}");
    }
    Ok(())
}

/// What the doctor of an instance without a policy says.
fn examine(world: &World) -> Result<Value> {
    let mut doctor = world.wine.built(HOST);
    let other = Wine::there(&world.file("other-instance"));
    let output = doctor.args(["doctor", "--json"]).env("WARDKEY_INSTANCE", other).output()?;
    let said = || String::from_utf8_lossy(&[&*output.stdout, &output.stderr].concat()).into_owned();
    serde_json::from_slice(&output.stdout).with_context(said)
}

fn said(report: &Value) -> Vec<(&str, &str)> {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings.filter_map(|it| Some((it["code"].as_str()?, it["found"].as_str()?))).collect()
}

fn reg(world: &World, words: &[&str]) -> Result<()> {
    let output = world.wine.command("reg").args(words).output()?;
    ensure!(output.status.success(), "{words:?}: {output:?}");
    Ok(())
}

fn file(world: &World, path: &str, text: &str) -> Result<()> {
    let file = world.wine.here(path)?;
    fs::create_dir_all(file.parent().unwrap_or(Path::new("/")))?;
    fs::write(&file, text).with_context(|| file.display().to_string())
}

fn id() -> &'static str {
    include_str!("../../../extension/ID").trim()
}

const APP_PATHS: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths";
const EDGE: &str = r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe";
const FIREFOX_ID: &str = "wardkey@wardkey.org";
const POLICIES: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Edge";
