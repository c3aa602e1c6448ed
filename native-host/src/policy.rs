//! What this computer allows: identity servers, origins and what each may do, card modules.
//!
//! The types here are the schema: readers, checks and the templates of `packaging/policy` follow
//! them. A new key is a field with its comment here, and a row in `docs/policy.md`.

mod check;
pub mod console;
mod document;
mod error;
mod key_path;
mod managed;
mod path;
mod programs;
mod registry;
mod remote;
mod rules;
pub(crate) mod schema;
mod server;
mod sessions;
mod settings;
mod simulation;
mod sources;
pub mod templates;
mod toml_file;

use std::{collections::HashSet, path::PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use wardkey_agent_link::Instance;
use wardkey_protocol::{Capability, ErrorCode, Fault, Origin, limits::MAX_DOCUMENT};
use wardkey_smartcard::default_module;

use crate::{
    dialog::preferences::{Colours, LanguageTag, Motion, Preferences},
    module::Way,
};

pub use error::PolicyError;
pub use path::AbsolutePath;
pub use programs::ProgramPolicy;
pub use remote::RemotePolicy;
pub use server::{KeyPurpose, ServerPolicy, ShortKeys};
pub use sessions::{CardInserted, Mode, OtherCard, SessionEffect, SessionRules};
pub use simulation::SimulationPolicy;

/// The policy in force.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Admits origins of `http://localhost`, for development.
    #[serde(default)]
    pub development: bool,
    /// Extension ids that may connect, beside the one this build was made for.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Whether agents may run beside the user's own, each in a folder that the environment variable
    /// `WARDKEY_INSTANCE` names. An administrator's word alone counts, not that of a user's file.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub other_instances: Option<bool>,
    /// Identity servers.
    #[serde(default, rename = "server")]
    pub servers: Vec<ServerPolicy>,
    /// Admitted origins.
    #[serde(default, rename = "origin")]
    pub origins: Vec<OriginPolicy>,
    /// Admitted local programs.
    #[serde(default, rename = "program")]
    pub programs: Vec<ProgramPolicy>,
    /// What users may let other sites do.
    #[serde(default)]
    pub consent: ConsentPolicy,
    /// Where cards are looked for.
    #[serde(default)]
    pub cards: CardPolicy,
    /// How much is signed with one consent.
    #[serde(default)]
    pub batch: BatchPolicy,
    /// How the user is asked.
    #[serde(default)]
    pub dialog: DialogPolicy,
    /// How long the agent stays.
    #[serde(default)]
    pub agent: AgentPolicy,
    /// Whom to ask when something does not work.
    #[serde(default)]
    pub service_desk: ServiceDesk,
    /// Simulated cards in place of real ones, for development.
    #[serde(default)]
    pub simulation: SimulationPolicy,
}

/// One admitted origin.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OriginPolicy {
    /// The origin, as browsers write it: `https://ward.example`, without a path.
    #[schemars(with = "String")]
    pub origin: Origin,
    /// The identity server it signs in to, by address; without it the first server.
    #[serde(default)]
    pub server: Option<String>,
    /// What it may do. `authorize` is of no effect here: an identity server's own origin has it,
    /// and no other.
    pub capabilities: HashSet<Capability>,
    /// What else it may do once the user lets it, who is asked when it first wants to; not
    /// `authorize`.
    #[serde(default)]
    pub ask: HashSet<Capability>,
    /// Whether pages written for `web-eid.js` run on it, whose calls are then answered in place of
    /// that extension: `authenticate`, `signing_certificate` and `sign_content_not_shown` as it has
    /// them.
    #[serde(default)]
    pub web_eid: bool,
    /// The most documents that it may have signed with one consent; without it those of `[batch]`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 250))]
    pub batch_documents: Option<usize>,
}

/// What users may let sites do that policy does not name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentPolicy {
    /// What the user is asked for when any other `https` site first wants it: not `authorize`, nor
    /// `sign_content_not_shown`. Such sites sign in to the first server.
    pub capabilities: HashSet<Capability>,
}

/// Where cards are looked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CardPolicy {
    /// PKCS#11 modules; without any, the first well-known one that is installed, for cards that
    /// are read in no other way.
    pub modules: Vec<AbsolutePath>,
    /// Whether PIV cards are read by PIV itself, before any module.
    pub piv: bool,
    /// Services that keep keys for users.
    pub remote: Vec<RemotePolicy>,
}

impl Default for CardPolicy {
    fn default() -> Self {
        Self { modules: Vec::new(), piv: true, remote: Vec::new() }
    }
}

impl CardPolicy {
    /// The ways to cards, in the order in which they are tried.
    #[must_use]
    pub fn ways(&self) -> Vec<Way> {
        let piv = self.piv.then_some(Way::Piv);
        let modules = self.modules.iter().cloned().map(PathBuf::from);
        let default = self.modules.is_empty().then(default_module).flatten();
        piv.into_iter().chain(modules.chain(default).map(Way::Module)).collect()
    }
}

/// How much is signed with one consent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BatchPolicy {
    /// Documents, at most 250.
    #[schemars(range(min = 1, max = 250))]
    pub documents: usize,
    /// Octets of all of them; also the most that the agent holds for one page.
    #[schemars(range(min = 1))]
    pub bytes: usize,
    /// Seconds from the first passcode on, for signatures and timestamps; what is left then is not signed.
    #[schemars(range(min = 1))]
    pub seconds: u64,
    /// Whether the passcode is held for the length of one batch where the key demands it for each
    /// signature; otherwise the user types it for each.
    pub hold_passcode: bool,
}

impl Default for BatchPolicy {
    fn default() -> Self {
        Self { documents: 250, bytes: MAX_DOCUMENT, seconds: 600, hold_passcode: false }
    }
}

/// How the user is asked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialogPolicy {
    /// A pinentry program that takes the passcode; the consent window stays Wardkey's own.
    #[serde(default)]
    pub pinentry: Option<AbsolutePath>,
    /// Seconds until an unanswered dialog closes.
    #[serde(default)]
    #[schemars(range(min = 1), extend("default" = 120))]
    pub timeout_seconds: Option<u64>,
    /// The language of its words; without it the desktop's.
    #[serde(default)]
    pub language: Option<LanguageTag>,
    /// Its colours; without them the desktop's.
    #[serde(default)]
    pub colours: Option<Colours>,
    /// Whether anything in it moves.
    #[serde(default)]
    pub motion: Option<Motion>,
    /// How large everything in it is, 1 to 3 times the desktop's size.
    #[serde(default)]
    #[schemars(range(min = 1.0, max = 3.0))]
    pub zoom: Option<f32>,
}

impl DialogPolicy {
    /// How it wants the window.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        Preferences {
            language: self.language.clone(),
            colours: self.colours,
            motion: self.motion,
            zoom: self.zoom,
        }
    }
}

/// How long the agent stays.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentPolicy {
    /// Seconds without a connection, a session and anything to deliver after which the agent exits.
    #[serde(default)]
    #[schemars(extend("default" = 300))]
    pub idle_seconds: Option<u64>,
}

/// Whom to ask when something does not work. The extension has it from the browser's managed
/// storage, for when there is no agent to ask.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDesk {
    /// One line: who they are, and how to reach them.
    #[serde(default)]
    pub text: Option<String>,
    /// The address of their page, `https` only.
    #[serde(default)]
    pub url: Option<String>,
}

impl Policy {
    /// Reads the policy in force; without one the empty policy, which admits nobody.
    ///
    /// # Errors
    ///
    /// [`PolicyError`]; a policy with an error admits nobody.
    pub fn load(instance: &Instance) -> Result<Self, PolicyError> {
        sources::in_force(instance)?.policy()
    }

    /// The policy in force as it stands, from wherever it is; an empty table where there is none.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] where it can't be read.
    pub fn as_it_stands(instance: &Instance) -> Result<Value, PolicyError> {
        Ok(Value::Object(sources::in_force(instance)?.values))
    }

    /// Whether an agent may run in an instance; `instance` need have no policy for that.
    ///
    /// # Errors
    ///
    /// `instance_forbidden`.
    pub fn admit_instance(instance: &Instance) -> Result<(), Fault> {
        match instance.is_other() && sources::forbid_other_instances() {
            true => Err(ErrorCode::InstanceForbidden.into()),
            false => Ok(()),
        }
    }

    /// The first file of the policy in force; `None` where there is none.
    #[must_use]
    pub fn file(instance: &Instance) -> Option<PathBuf> {
        sources::first_file(instance)
    }

    /// The server of an address.
    #[must_use]
    pub fn server(&self, url: &str) -> Option<&ServerPolicy> {
        self.servers.iter().find(|server| server.url == url)
    }

    /// The server whose own origin this is.
    #[must_use]
    pub fn server_at(&self, origin: &Origin) -> Option<&ServerPolicy> {
        self.server(origin.as_str())
    }

    /// What an origin was granted; `None` when it is not admitted.
    #[must_use]
    pub fn origin(&self, origin: &Origin) -> Option<&OriginPolicy> {
        if origin.is_http_loopback() && !self.development {
            return None;
        }
        self.origins.iter().find(|admitted| admitted.origin == *origin)
    }

    /// The server that an admitted origin or program signs in to: the one that it names, or the
    /// first.
    #[must_use]
    pub fn server_of(&self, named: Option<&str>) -> Option<&ServerPolicy> {
        match named {
            Some(url) => self.server(url),
            None => self.servers.first(),
        }
    }
}

#[cfg(test)]
mod tests;
