use std::{collections::HashSet, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use wardkey_protocol::limits::MAX_TEXT;

use super::{AbsolutePath, Policy, error::Problem, key_path::KeyPath};

/// A service that keeps keys for users, by the Cloud Signature Consortium's API, version 2
/// (`[[cards.remote]]`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemotePolicy {
    /// The name that dialogs show.
    pub name: String,
    /// The API's base address, `https` only, such as `https://sign.example/csc/v2`.
    pub url: String,
    /// The token endpoint's address, `https` only, under the same authority.
    pub token_url: String,
    /// The authority that must have issued the TLS certificates of both: a PEM file.
    pub authority: AbsolutePath,
    /// This computer's client name at the token endpoint.
    pub client_id: String,
    /// The file that holds the client's secret.
    pub client_secret: AbsolutePath,
    /// Dangerous: admits keys whose authorisation the service need not bind to what is signed.
    #[serde(default)]
    pub admit_scal1: bool,
    /// Seconds that the user has to confirm on the phone.
    #[serde(default = "confirm_seconds")]
    #[schemars(range(min = 1, max = 600))]
    pub confirm_seconds: u32,
    /// Seconds without the user's hand in any of its pages after which a session that such a key
    /// opened is locked: there is no card to be taken out.
    #[serde(default = "idle_seconds")]
    #[schemars(range(min = 1, max = 86_400))]
    pub idle_seconds: u32,
}

impl RemotePolicy {
    /// How long the user has to confirm.
    #[must_use]
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.confirm_seconds.into())
    }

    /// How long a session may be unused.
    #[must_use]
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds.into())
    }

    fn contradictions(&self, at: &KeyPath) -> Vec<Problem> {
        let mut found = Vec::new();
        for (key, url) in [("url", &self.url), ("token_url", &self.token_url)] {
            if !url.starts_with("https://") {
                found.push(Problem::at(at.key(key), format!("`{url}` is not https")));
            }
        }
        if self.name.trim().is_empty() || self.name.chars().count() > MAX_TEXT {
            found.push(Problem::at(at.key("name"), format!("it has 1 to {MAX_TEXT} characters")));
        }
        found
    }
}

impl Policy {
    /// What of the services contradicts itself or the rest.
    pub(super) fn remote_contradictions(&self) -> Vec<Problem> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        for (index, service) in self.cards.remote.iter().enumerate() {
            let at = KeyPath::of("cards").key("remote").entry(index);
            found.extend(service.contradictions(&at));
            if !seen.insert(&service.name) {
                found.push(Problem::at(at.key("name"), "two services have this name"));
            }
        }
        found
    }
}

fn confirm_seconds() -> u32 {
    120
}

fn idle_seconds() -> u32 {
    900
}
