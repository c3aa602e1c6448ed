//! Values that can't stand together, and those that no schema tells.

use std::collections::HashSet;

use wardkey_protocol::Capability;

use super::{OriginPolicy, Policy, ServerPolicy, error::Problem, key_path::KeyPath};

impl Policy {
    /// Everything in it that contradicts itself.
    pub(super) fn contradictions(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for (index, server) in self.servers.iter().enumerate() {
            let at = KeyPath::of("server").entry(index);
            found.extend(server.contradictions(&at));
            if !seen.insert(&server.url) {
                found.push(Problem::at(at.key("url"), "two servers have this address"));
            }
        }
        let mut seen = HashSet::new();
        for (index, origin) in self.origins.iter().enumerate() {
            let at = KeyPath::of("origin").entry(index);
            found.extend(self.origin_contradictions(origin, &at));
            if !seen.insert(&origin.origin) {
                found.push(Problem::at(at.key("origin"), "two entries have this origin"));
            }
        }
        found.extend(self.consent_contradictions());
        found.extend(self.program_contradictions());
        found.extend(self.remote_contradictions());
        found.extend(self.simulation_contradictions());
        if let Some(url) = &self.service_desk.url
            && !url.starts_with(HTTPS)
        {
            let at = KeyPath::of("service_desk").key("url");
            found.push(Problem::at(at, format!("`{url}` is not https")));
        }
        found
    }

    fn consent_contradictions(&self) -> Vec<Problem> {
        let capabilities = &self.consent.capabilities;
        let at = KeyPath::of("consent").key("capabilities");
        let mut found = Vec::new();
        if capabilities.contains(&Capability::Authorize) {
            found.push(Problem::at(at.clone(), AUTHORIZE));
        }
        if capabilities.contains(&Capability::SignContentNotShown) {
            let reason = "`sign_content_not_shown` is for sites that an `[[origin]]` names";
            found.push(Problem::at(at.clone(), reason));
        }
        if !capabilities.is_empty() && self.servers.is_empty() {
            found.push(Problem::at(at, "there is no `[[server]]` that such sites sign in to"));
        }
        found
    }

    fn origin_contradictions(&self, origin: &OriginPolicy, at: &KeyPath) -> Vec<Problem> {
        let mut found = Vec::new();
        match &origin.server {
            Some(url) if self.server(url).is_none() => {
                found.push(Problem::at(at.key("server"), format!("there is no server `{url}`")));
            }
            None if self.servers.is_empty() => {
                found.push(Problem::at(at.clone(), "there is no `[[server]]` that it signs in to"));
            }
            _ => {}
        }
        if origin.ask.contains(&Capability::Authorize) {
            found.push(Problem::at(at.key("ask"), AUTHORIZE));
        }
        let named = &origin.origin;
        if !named.is_https() {
            let reason = match (named.is_http_loopback(), self.development) {
                (true, true) => return found,
                (true, false) => "is admitted with `development = true` alone",
                (false, _) => "is neither https nor http://localhost",
            };
            found.push(Problem::at(at.key("origin"), format!("`{}` {reason}", named.as_str())));
        }
        found
    }
}

impl ServerPolicy {
    fn contradictions(&self, at: &KeyPath) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut wrong = |key: &str, reason: &str| found.push(Problem::at(at.key(key), reason));
        if !self.url.starts_with(HTTPS) {
            wrong("url", &format!("`{}` is not https", self.url));
        }
        let beside = [("removal", self.removal), ("on_screen_lock", self.on_screen_lock)];
        for (key, value) in beside {
            if value.is_some() && !self.modes.is_empty() {
                wrong(key, "it can't stand beside `modes`, which says it");
            }
        }
        if self.signing_anchors.is_empty() && !self.signing_authorities.is_empty() {
            wrong("signing_authorities", "it is nothing without `signing_anchors`");
        }
        if self.signing_anchors.is_empty() && self.signing_policy.is_some() {
            wrong("signing_policy", "it is nothing without `signing_anchors`");
        }
        if let Some(policy) = &self.signing_policy
            && wardkey_pki::ObjectIdentifier::new(policy).is_err()
        {
            wrong("signing_policy", &format!("`{policy}` is no object identifier"));
        }
        match (&self.timestamp_authority, self.timestamp_anchors.is_empty()) {
            (Some(_), true) => wrong("timestamp_authority", "it needs `timestamp_anchors`"),
            (None, false) => wrong("timestamp_anchors", "it needs `timestamp_authority`"),
            (Some(url), false) if !url.starts_with(HTTPS) && !url.starts_with(HTTP) => {
                wrong("timestamp_authority", &format!("`{url}` is neither http nor https"));
            }
            _ => {}
        }
        for (index, exception) in self.short_keys.iter().enumerate() {
            if exception.cards.is_empty() {
                let key = at.key("short_keys").entry(index).key("cards");
                found.push(Problem::at(key, "it names no card"));
            }
        }
        found
    }
}

const AUTHORIZE: &str = "`authorize` is an identity server's own, and nobody can grant it";
const HTTPS: &str = "https://";
const HTTP: &str = "http://";
