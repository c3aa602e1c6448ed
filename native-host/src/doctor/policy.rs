//! The policy in force.

mod view;

use std::{fs, path::Path, time::SystemTime};

use serde_json::Value;
use wardkey_pki::Certificate;
use wardkey_protocol::own::Finding;

use super::codes::Code;
use crate::policy::{AbsolutePath, Policy, PolicyError};

pub use view::view;

/// What there is to say of it as it was read and as it stands, of its first file, and of an agent that
/// has run since some time.
pub fn findings(
    policy: &Result<Policy, PolicyError>,
    stands: Value,
    file: Option<&Path>,
    agent_since: Option<SystemTime>,
) -> Vec<Finding> {
    let policy = match policy {
        Err(error) => return vec![Code::PolicyInvalid.says(one_line(&error.to_string()))],
        Ok(policy) => policy,
    };
    if file.is_none() && stands.as_object().is_none_or(|table| table.is_empty()) {
        return vec![Code::PolicyMissing.found()];
    }
    let counts = (policy.origins.len(), policy.servers.len());
    let about = |finding: Finding| match file {
        Some(file) => finding.with("file", file.display().to_string()),
        None => finding,
    };
    let none = counts.0 == 0 && policy.consent.capabilities.is_empty();
    let empty = none || counts.1 == 0;
    let code = if empty { Code::PolicyEmpty } else { Code::Policy };
    let says = format!(
        "The policy admits {} at {}.",
        counted(counts.0, "site"),
        counted(counts.1, "Identity Server")
    );
    let mut findings = vec![about(code.says(says)).with("inForce", view(stands).shown)];
    findings.extend(missing_files(policy).into_iter().map(about));
    let changed = file.and_then(|file| fs::metadata(file).ok()?.modified().ok());
    if changed.zip(agent_since).is_some_and(|(changed, since)| changed > since) {
        findings.push(about(Code::PolicyNewer.found()));
    }
    findings
}

/// `1 site`, `2 sites`.
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn missing_files(policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing = |key: &str, file: &Path, why: String| {
        let says = format!("{}, which `{key}` names, can't be read: {why}.", file.display());
        Code::PolicyFileMissing.says(says).with("key", key)
    };
    for server in &policy.servers {
        let authority = std::slice::from_ref(&server.authority);
        let named: [(&str, &[AbsolutePath]); 4] = [
            ("server.authority", authority),
            ("server.signing_anchors", &server.signing_anchors),
            ("server.signing_authorities", &server.signing_authorities),
            ("server.timestamp_anchors", &server.timestamp_anchors),
        ];
        for (key, files) in named {
            let unread = |file: &AbsolutePath| Some(missing(key, file, unreadable(file)?));
            findings.extend(files.iter().filter_map(unread));
        }
    }
    for service in &policy.cards.remote {
        let authority = &service.authority;
        let unread = unreadable(authority);
        findings.extend(unread.map(|why| missing("cards.remote.authority", authority, why)));
        let secret = &service.client_secret;
        let unread = fs::File::open(secret).err().map(|error| error.to_string());
        findings.extend(unread.map(|why| missing("cards.remote.client_secret", secret, why)));
    }
    let pinentry = policy.dialog.pinentry.as_ref().filter(|program| !program.exists());
    findings.extend(pinentry.map(|program| {
        let says = format!("{}, which `dialog.pinentry` names, is missing.", program.display());
        Code::PolicyFileMissing.says(says).with("key", "dialog.pinentry")
    }));
    findings
}

/// Why a file gives no certificate; `None` where it does.
fn unreadable(file: &Path) -> Option<String> {
    match fs::read(file) {
        Err(error) => Some(error.to_string()),
        Ok(text) => match Certificate::chain_from_pem(&text) {
            Err(error) => Some(error.to_string()),
            Ok(certificates) if certificates.is_empty() => Some("no certificate".to_owned()),
            Ok(_) => None,
        },
    }
}

/// What the reader of the file said without the lines of the file that it quotes, which may hold
/// anything.
pub fn one_line(error: &str) -> String {
    let quotes = |line: &&str| {
        let line = line.trim_start();
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        !number.starts_with('|') && !line.is_empty()
    };
    error.lines().filter(quotes).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
