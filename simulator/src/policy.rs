//! The policy of the simulation's agent.

use std::{fs, io, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use wardkey_agent_link::Instance;
use wardkey_host::policy::Policy;

use crate::{folder::Folder, run::Removal, server::Server};

/// What it is written from.
pub struct Terms<'a> {
    /// Where the socket is.
    pub folder: &'a Folder,
    /// Who signs people in.
    pub server: &'a Server,
    /// The admitted apps.
    pub origins: &'a [String],
    /// What taking the card out does.
    pub removal: Removal,
    /// Whether dialogs are answered.
    pub answers: bool,
}

/// Writes an instance's policy, and checks that nothing else is in force.
pub fn put(instance: &Instance, terms: &Terms<'_>) -> Result<()> {
    check_ours(&instance.policy())?;
    instance.prepare()?;
    fs::write(instance.policy(), text(terms))?;
    let in_force = Policy::load(instance)?;
    let socket = in_force.simulation.socket.as_deref();
    if socket != Some(&*terms.folder.socket()) {
        let file = Policy::file(instance);
        let place = file.map_or("an administrator".to_owned(), |file| file.display().to_string());
        bail!("the policy of {place} is in force on this computer, and has nothing simulated");
    }
    Ok(())
}

/// Takes a policy away that was put so.
pub fn take_away(instance: &Instance) -> Result<()> {
    check_ours(&instance.policy())?;
    match fs::remove_file(instance.policy()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// A policy that somebody else wrote is left alone.
fn check_ours(file: &Path) -> Result<()> {
    match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        text => {
            let text = text.with_context(|| file.display().to_string())?;
            let place = file.display();
            ensure!(text.starts_with(MARK), "{place} is no simulator's, and is left alone");
            Ok(())
        }
    }
}

fn text(terms: &Terms<'_>) -> String {
    let Terms { folder, server, origins, removal, answers } = terms;
    let quoted = |path: &Path| toml::Value::from(path.display().to_string()).to_string();
    let mut text = format!(
        r#"{MARK}
development = true

[simulation]
socket = {socket}
answers = {answers}

[agent]
idle_seconds = {IDLE}

[[server]]
url = "{url}"
name = "Simulated identity server"
authority = {authority}
signing_anchors = [{root}]
signing_authorities = [{content}]
signing_policy = "{CONTENT_POLICY}"
removal = "{removal}"
"#,
        removal = removal.name(),
        socket = quoted(&folder.socket()),
        url = server.url(),
        authority = quoted(&server.pki("tls-ca.crt.pem")),
        root = quoted(&server.pki("root.crt.pem")),
        content = quoted(&server.pki("content-ca.crt.pem")),
    );
    for origin in *origins {
        text += &format!("\n[[origin]]\norigin = \"{origin}\"\ncapabilities = {CAPABILITIES}\n");
    }
    text
}

/// The first line of each.
const MARK: &str = "# Written by wardkey-simulator: for development alone.";
/// Soon gone where nobody needs it, as what it was made for ends soon.
const IDLE: u32 = 30;
/// Of the demo's content-commitment certificates, which is the NHS's.
const CONTENT_POLICY: &str = "1.2.826.0.1275.102.0.3.2.0";
const CAPABILITIES: &str = r#"["authenticate", "sign", "sign_content_not_shown", "sign_in", "signing_certificate", "ticket", "user_details"]"#;

#[cfg(test)]
mod tests;
