//! What this computer allows: identity servers, origins and what each may do, card modules.
//!
//! One TOML file, the system's (`/etc/wardkey/policy.toml`) or the instance's. Unknown keys are
//! errors that name the key.

mod sessions;

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use wardkey_agent_link::Instance;
use wardkey_protocol::{Capability, ErrorCode, Fault, Origin, limits::MAX_DOCUMENT};
use wardkey_smartcard::default_module;

use crate::{
    dialog::preferences::{Colours, LanguageTag, Motion, Preferences},
    module::Way,
};

pub use sessions::{CardInserted, Mode, OtherCard, SessionEffect, SessionRules};

/// The policy in force.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Admits origins of `http://localhost`, for development.
    #[serde(default)]
    pub development: bool,
    /// Extension ids that may connect, beside the one this build was made for.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Identity servers.
    #[serde(default, rename = "server")]
    pub servers: Vec<ServerPolicy>,
    /// Admitted origins.
    #[serde(default, rename = "origin")]
    pub origins: Vec<OriginPolicy>,
    /// Card modules.
    #[serde(default)]
    pub cards: CardPolicy,
    /// How much is signed with one consent.
    #[serde(default)]
    pub batch: BatchPolicy,
    /// The dialog.
    #[serde(default)]
    pub dialog: DialogPolicy,
    /// The agent's own life.
    #[serde(default)]
    pub agent: AgentPolicy,
}

/// One identity server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerPolicy {
    /// The base address, `https` only; also the identity that the login structure is made for.
    pub url: String,
    /// The name that dialogs show.
    pub name: String,
    /// The authority that must have issued the server's TLS certificate: a PEM file.
    pub authority: PathBuf,
    /// The roots that content-commitment certificates must lead to: PEM files.
    #[serde(default)]
    pub signing_anchors: Vec<PathBuf>,
    /// The authorities between root and signer: PEM files.
    #[serde(default)]
    pub signing_authorities: Vec<PathBuf>,
    /// A policy that content-commitment certificates must carry, as dotted numbers.
    #[serde(default)]
    pub signing_policy: Option<String>,
    /// The timestamp authority that signatures of level B-T ask (RFC 3161): its address, `http` or
    /// `https`.
    #[serde(default)]
    pub timestamp_authority: Option<String>,
    /// The certificate of the timestamp authority, or of those above it: PEM files.
    #[serde(default)]
    pub timestamp_anchors: Vec<PathBuf>,
    /// Cards whose RSA keys are admitted though they have fewer than 2048 bits, but 1024 at least.
    #[serde(default)]
    pub short_keys: Vec<ShortKeys>,
    /// The Spine's names for what follows, instead of `removal` and `on_screen_lock`; of several
    /// the first in the published order counts.
    #[serde(default)]
    pub modes: Vec<Mode>,
    /// What taking the card out does to the session; without it `end`.
    #[serde(default)]
    pub removal: Option<SessionEffect>,
    /// Seconds that the card may be out before that is done; put back in time, nothing happened.
    /// With `ignore`: seconds after which the session locks; without it, it does not.
    #[serde(default)]
    pub removal_grace_seconds: Option<u32>,
    /// What another user's card does to the session.
    #[serde(default)]
    pub other_card: OtherCard,
    /// What putting a card in may open.
    #[serde(default)]
    pub card_inserted: CardInserted,
    /// What locking the desktop's screen does to the session; without it `ignore`.
    #[serde(default)]
    pub on_screen_lock: Option<SessionEffect>,
    /// What the computer's sleep does to the session; without it `ignore`.
    #[serde(default)]
    pub on_sleep: Option<SessionEffect>,
}

/// Old cards with short keys; each use is in the audit record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortKeys {
    /// What for.
    pub purpose: KeyPurpose,
    /// The cards' serial numbers; `*` is every card.
    pub cards: Vec<String>,
}

/// What a key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Signatures over content.
    ContentCommitment,
    /// Sign-in, and `authenticate`.
    Login,
}

impl ServerPolicy {
    /// Whether a card of this serial number may have a short key for this purpose.
    #[must_use]
    pub fn admits_short_key(&self, purpose: KeyPurpose, serial: &str) -> bool {
        let of = self.short_keys.iter().filter(|exception| exception.purpose == purpose);
        of.flat_map(|exception| &exception.cards).any(|card| card == ANY_CARD || card == serial)
    }
}

/// One admitted origin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginPolicy {
    /// The origin.
    pub origin: Origin,
    /// The identity server it signs in to, by address; without it the first server.
    #[serde(default)]
    pub server: Option<String>,
    /// What it may do. `authorize` is of no effect here: an identity server's own origin has it,
    /// and no other.
    pub capabilities: HashSet<Capability>,
    /// The most documents that it may have signed with one consent; without it those of `[batch]`.
    #[serde(default)]
    pub batch_documents: Option<usize>,
}

/// Where cards are looked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CardPolicy {
    /// PKCS#11 modules; without any, the first well-known one that is installed, for cards that
    /// are read in no other way.
    pub modules: Vec<PathBuf>,
    /// Whether PIV cards are read by PIV itself, before any module.
    pub piv: bool,
}

impl Default for CardPolicy {
    fn default() -> Self {
        Self { modules: Vec::new(), piv: true }
    }
}

impl CardPolicy {
    /// The ways to cards, in the order in which they are tried.
    #[must_use]
    pub fn ways(&self) -> Vec<Way> {
        let piv = self.piv.then_some(Way::Piv);
        let modules = self.modules.iter().cloned();
        let default = self.modules.is_empty().then(default_module).flatten();
        piv.into_iter().chain(modules.chain(default).map(Way::Module)).collect()
    }
}

/// How much is signed with one consent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BatchPolicy {
    /// Documents, at most 250.
    pub documents: usize,
    /// Octets of all of them; also the most that the agent holds for one page.
    pub bytes: usize,
    /// Seconds that the card may sign; what is left then is not signed.
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialogPolicy {
    /// A pinentry program that takes the passcode; the consent window stays Wardkey's own.
    #[serde(default)]
    pub pinentry: Option<PathBuf>,
    /// Seconds until an unanswered dialog closes.
    #[serde(default)]
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentPolicy {
    /// Seconds without a connection and without a session after which the agent exits.
    #[serde(default)]
    pub idle_seconds: Option<u64>,
}

/// What is wrong with a policy file.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It could not be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what the schema says.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The reason, with the key.
        reason: String,
    },
}

impl Policy {
    /// Reads the policy in force: the system's where there is one, else the instance's, else the
    /// empty policy, which admits nobody.
    ///
    /// # Errors
    ///
    /// [`PolicyError`]; a policy with an error admits nobody.
    pub fn load(instance: &Instance) -> Result<Self, PolicyError> {
        let system = Path::new(SYSTEM_POLICY);
        let own = instance.policy();
        for path in [system, &own] {
            match fs::read_to_string(path) {
                Ok(text) => return Self::parse(&text, path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(PolicyError::Io { path: path.to_owned(), source }),
            }
        }
        Ok(Self::default())
    }

    /// The file of the policy in force; `None` where there is none.
    #[must_use]
    pub fn file(instance: &Instance) -> Option<PathBuf> {
        let files = [PathBuf::from(SYSTEM_POLICY), instance.policy()];
        files.into_iter().find(|file| file.exists())
    }

    fn parse(text: &str, path: &Path) -> Result<Self, PolicyError> {
        let invalid = |reason: String| PolicyError::Invalid { path: path.to_owned(), reason };
        let policy: Self = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        if let Some(server) = policy.servers.iter().find(|s| !s.url.starts_with("https://")) {
            return Err(invalid(format!("server.url: `{}` is not https", server.url)));
        }
        for server in &policy.servers {
            server.check_sessions().map_err(&invalid)?;
        }
        let named = policy.origins.iter().filter_map(|origin| origin.server.as_ref());
        for url in named {
            if policy.server(url).is_none() {
                return Err(invalid(format!("origin.server: no server `{url}`")));
            }
        }
        Ok(policy)
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

    /// The server that an admitted origin signs in to.
    #[must_use]
    pub fn server_of(&self, origin: &OriginPolicy) -> Option<&ServerPolicy> {
        match &origin.server {
            Some(url) => self.server(url),
            None => self.servers.first(),
        }
    }
}

impl ServerPolicy {
    /// What happens to its sessions, and when.
    #[must_use]
    pub fn session_rules(&self) -> SessionRules {
        SessionRules::of(self)
    }

    fn check_sessions(&self) -> Result<(), String> {
        let beside = [("removal", self.removal), ("on_screen_lock", self.on_screen_lock)];
        for (key, value) in beside {
            if value.is_some() && !self.modes.is_empty() {
                return Err(format!("server.{key}: not beside server.modes"));
            }
        }
        match self.removal_grace_seconds {
            Some(seconds) if seconds > MAX_GRACE => {
                Err(format!("server.removal_grace_seconds: {seconds} is above {MAX_GRACE}"))
            }
            _ => Ok(()),
        }
    }
}

impl From<&PolicyError> for Fault {
    fn from(error: &PolicyError) -> Self {
        Fault::new(ErrorCode::PolicyInvalid).with("reason", error.to_string())
    }
}

/// A day.
const MAX_GRACE: u32 = 24 * 60 * 60;
/// In a list of cards: every one.
const ANY_CARD: &str = "*";
const SYSTEM_POLICY: &str = "/etc/wardkey/policy.toml";

#[cfg(test)]
mod tests;
