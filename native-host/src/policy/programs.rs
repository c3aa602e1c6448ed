use std::{collections::HashSet, path::Path};

use schemars::JsonSchema;
use serde::Deserialize;
use wardkey_protocol::{Capability, Origin, limits::MAX_TEXT};

use super::{AbsolutePath, Policy, error::Problem, key_path::KeyPath};

/// One admitted local program.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramPolicy {
    /// The file that it runs, or a link to it; of a script its interpreter.
    pub executable: AbsolutePath,
    /// What dialogs call it.
    pub name: String,
    /// The identity server it signs in to, by address; without it the first server.
    #[serde(default)]
    pub server: Option<String>,
    /// The origin of the application whose tickets it gets.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub relying_party: Option<Origin>,
    /// What it may do; not `authenticate` or `authorize`, which speak for a website.
    pub capabilities: HashSet<Capability>,
    /// The most documents that it may have signed with one consent; without it those of `[batch]`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 250))]
    pub batch_documents: Option<usize>,
}

impl Policy {
    /// The admitted program of which this holds of the executable.
    #[must_use]
    pub fn program(&self, runs: impl Fn(&Path) -> bool) -> Option<&ProgramPolicy> {
        self.programs.iter().find(|program| runs(&program.executable))
    }

    /// What of them contradicts itself or the rest.
    pub(super) fn program_contradictions(&self) -> Vec<Problem> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        for (index, program) in self.programs.iter().enumerate() {
            let at = KeyPath::of("program").entry(index);
            found.extend(program.contradictions(self, &at));
            if !seen.insert(&*program.executable) {
                found.push(Problem::at(at.key("executable"), "two entries have this executable"));
            }
        }
        found
    }
}

impl ProgramPolicy {
    fn contradictions(&self, policy: &Policy, at: &KeyPath) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut wrong = |key: &str, reason: String| found.push(Problem::at(at.key(key), reason));
        if self.name.trim().is_empty() || self.name.chars().count() > MAX_TEXT {
            wrong("name", format!("it has 1 to {MAX_TEXT} characters"));
        }
        if let Some(url) = &self.server
            && policy.server(url).is_none()
        {
            wrong("server", format!("there is no server `{url}`"));
        }
        let websites = [Capability::Authenticate, Capability::Authorize];
        if websites.iter().any(|one| self.capabilities.contains(one)) {
            wrong("capabilities", "`authenticate` and `authorize` are websites'".to_owned());
        }
        if self.capabilities.contains(&Capability::Ticket) && self.relying_party.is_none() {
            wrong("relying_party", "`ticket` needs one".to_owned());
        }
        if let Some(origin) = &self.relying_party
            && !origin.is_https()
            && !(policy.development && origin.is_http_loopback())
        {
            wrong("relying_party", format!("`{origin}` is not https"));
        }
        found
    }
}

#[cfg(test)]
mod tests;
