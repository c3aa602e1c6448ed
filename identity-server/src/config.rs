use std::{
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wardkey_protocol::Origin;

use crate::{
    LimitSettings, ProxySettings, directory::LdapSettings, store::Database,
    telemetry::TraceSettings,
};

/// What an `identity.toml` says. Paths in it are relative to its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens for TLS.
    pub listen: SocketAddr,
    /// The server's base address, without a trailing slash: its identity towards agents.
    pub public_url: Origin,
    /// Where the revocation lists of the server's folder are served over plain HTTP.
    pub crl_listen: SocketAddr,
    /// The database: an SQLite file, or the address of PostgreSQL as `postgres://…`.
    pub database: String,
    /// This node's name, which its chain of the audit log has; each node of a server has another.
    #[serde(default = "only_node")]
    pub node: String,
    /// The file of people and their role profiles that a new database begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<PathBuf>,
    /// Whether this is a demo folder: `serve` then reissues its revocation lists.
    #[serde(default)]
    pub demo: bool,
    /// The server's own TLS key. Not named: the server speaks plain HTTP, to the proxies of
    /// `[proxy]` or on loopback only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<KeyFiles>,
    /// The key that signs role assertions (RSA).
    pub assertion: KeyFiles,
    /// The file of 32 octets that wraps the server's own keys in the database: the same one on
    /// each node.
    pub wrapping_key: PathBuf,
    /// The folder of the npm package's modules (its `dist`), for the sign-in page. Not named: the
    /// page can't reach the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<PathBuf>,
    /// The directory that is asked, by LDAP, who people are. Not named: the server keeps people in
    /// its own database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldap: Option<LdapSettings>,
    /// Who may issue login certificates.
    pub trust: Trust,
    /// Whether this is a training environment: assertions say so (`ssbMode`).
    #[serde(default)]
    pub training: bool,
    /// How long sessions and their parts last.
    #[serde(default)]
    pub session: SessionTimes,
    /// The proxies in front of the server.
    #[serde(default)]
    pub proxy: ProxySettings,
    /// PEM files of the authorities of relying parties' servers, which learn there that a session
    /// ended. None: the system's.
    #[serde(default)]
    pub relying_party_authorities: Vec<PathBuf>,
    /// Who may administer the server, in the browser and by the Spine's session service.
    #[serde(default)]
    pub administration: Administration,
    /// How often anybody may ask.
    #[serde(default)]
    pub limits: LimitSettings,
    /// Where traces go. Not named: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traces: Option<TraceSettings>,
    /// Seconds for which a server that is asked to stop answers on, and says by `/ready` that it
    /// is not: until load balancers have looked.
    #[serde(default)]
    pub drain_seconds: u32,
    /// Where metrics are served over plain HTTP, at `/metrics`. Not named: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_listen: Option<SocketAddr>,
    /// The apps that may get tickets of their own, besides those of the database.
    #[serde(default, rename = "relying_party")]
    pub relying_parties: Vec<RelyingParty>,
}

/// A certificate with its private key, both PEM (the key PKCS#8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFiles {
    /// The certificate.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Who may issue login certificates, and where their revocation lists are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// PEM files of trust anchors.
    pub anchors: Vec<PathBuf>,
    /// PEM files of certification authorities between them and people.
    pub intermediates: Vec<PathBuf>,
    /// Certificate policies (dotted), one of which a login certificate has to have.
    pub login_policies: Vec<String>,
    /// The folder of revocation lists: files `*.crl`, DER.
    pub crl_folder: PathBuf,
    /// Whether lists that the folder lacks are fetched from the certificates' distribution
    /// points, over plain HTTP.
    #[serde(default)]
    pub fetch_crls: bool,
    /// Whether the OCSP responders of the certificates are asked at each login, over plain HTTP,
    /// whatever lists are there. Where none answers, lists have to cover the certificate.
    #[serde(default)]
    pub ocsp: bool,
    /// Minutes for which an OCSP answer counts at the most, even if its nextUpdate lies further
    /// ahead. Answers are asked for again after an hour.
    #[serde(default = "a_day")]
    pub ocsp_max_age_minutes: u32,
    /// The responder that is asked for certificates that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocsp_responder: Option<String>,
    /// Whether agents that came before the login structure may log in. Not named: they may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_login: Option<LegacyLogin>,
}

/// Logins of agents that sign the bare challenge, as the Spine's own do. What they send says
/// nothing of this server or of a purpose, and their sessions have no lease: such a session lasts
/// until it is idle too long or logged out, whatever becomes of the workstation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegacyLogin {
    /// The digests that may be signed: SHA-1 has to be named.
    pub digests: Vec<LegacyDigest>,
    /// The users who may log in like this. Not named: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<String>>,
}

/// A digest of legacy logins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LegacyDigest {
    /// SHA-1, as the Spine's agents have it: RSA keys only.
    Sha1,
    /// SHA-256, or SHA-384 with keys on P-384.
    Sha2,
}

/// Who may administer the server, in the browser and by the Spine's session service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Administration {
    /// Activity codes, as `B0062`: a session whose role has one of them may. Not named: nobody may.
    #[serde(default)]
    pub activities: Vec<String>,
}

fn a_day() -> u32 {
    24 * 60
}

/// How long sessions and their parts last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionTimes {
    /// Minutes from login until a session ends at the latest.
    pub max_minutes: u32,
    /// Minutes without activity until a session ends.
    pub idle_minutes: u32,
    /// Seconds until the agent has to have renewed its lease.
    pub lease_seconds: u32,
    /// Seconds from activation until the card's answer has to be in.
    pub challenge_seconds: u32,
    /// Whether a session changes its role only when its card has just answered, with a passcode.
    pub role_change_needs_card: bool,
    /// How many sessions a user may have at once: one more ends the oldest. Not named: any
    /// number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_user: Option<NonZeroU32>,
}

/// An app that may get tickets of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelyingParty {
    /// Its web origin.
    pub origin: Origin,
    /// Its name, for people.
    pub name: String,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value makes no sense; the text says which.
    #[error("{0}")]
    Invalid(&'static str),
    /// A file can't be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not the TOML of a configuration.
    #[error("{path}: {error}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Why.
        error: Box<toml::de::Error>,
    },
}

impl Config {
    /// Reads `identity.toml` of this folder; its paths become paths from here.
    ///
    /// # Errors
    /// [`ConfigError`] when it can't be read or a value makes no sense.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| ConfigError::Io { path: path.clone(), error })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|error| ConfigError::Toml { path, error: Box::new(error) })?;
        config.check()?;
        config.paths_from(folder);
        Ok(config)
    }

    /// The database of this configuration, read from `folder`.
    #[must_use]
    pub fn database(&self, folder: &Path) -> Database {
        Database::parse(&self.database, folder)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !self.public_url.is_https() {
            return Err(ConfigError::Invalid("public_url has to be https"));
        }
        if self.trust.legacy_login.as_ref().is_some_and(|legacy| legacy.digests.is_empty()) {
            return Err(ConfigError::Invalid("trust.legacy_login.digests has to name a digest"));
        }
        if self.trust.login_policies.is_empty() {
            return Err(ConfigError::Invalid("trust.login_policies has to name a policy"));
        }
        let hidden = self.listen.ip().is_loopback() || !self.proxy.trusted.is_empty();
        if self.tls.is_none() && !hidden {
            return Err(ConfigError::Invalid(
                "without [tls] the server listens on loopback, or behind the proxies of [proxy]",
            ));
        }
        if self.traces.as_ref().is_some_and(|traces| traces.percent > 100) {
            return Err(ConfigError::Invalid("traces.percent has to be from 0 to 100"));
        }
        let times = self.session;
        let all = [times.max_minutes, times.idle_minutes, times.lease_seconds];
        if all.contains(&0) || times.challenge_seconds == 0 {
            return Err(ConfigError::Invalid("the times of [session] have to be above 0"));
        }
        Ok(())
    }

    fn paths_from(&mut self, folder: &Path) {
        let trust = &mut self.trust;
        let paths = [
            &mut self.assertion.certificate,
            &mut self.assertion.key,
            &mut trust.crl_folder,
            &mut self.wrapping_key,
        ];
        let tls = self.tls.as_mut().map(|key| [&mut key.certificate, &mut key.key]);
        let paths = paths
            .into_iter()
            .chain(tls.into_iter().flatten())
            .chain(&mut self.sdk)
            .chain(&mut self.users)
            .chain(self.ldap.iter_mut().flat_map(LdapSettings::files))
            .chain(&mut self.relying_party_authorities);
        for path in paths.chain(&mut trust.anchors).chain(&mut trust.intermediates) {
            *path = folder.join(&*path);
        }
    }
}

impl SessionTimes {
    /// From login until a session ends at the latest.
    #[must_use]
    pub fn max(self) -> Duration {
        Duration::from_secs(u64::from(self.max_minutes) * 60)
    }

    /// Without activity until a session ends.
    #[must_use]
    pub fn idle(self) -> Duration {
        Duration::from_secs(u64::from(self.idle_minutes) * 60)
    }

    /// How exactly idleness is kept: activity within this time of other activity is not stored.
    #[must_use]
    pub fn idle_grain(self) -> Duration {
        (self.idle() / IDLE_GRAINS).min(MAX_IDLE_GRAIN)
    }

    /// Until the agent has to have renewed its lease.
    #[must_use]
    pub fn lease(self) -> Duration {
        Duration::from_secs(u64::from(self.lease_seconds))
    }

    /// From activation until the card's answer has to be in.
    #[must_use]
    pub fn challenge(self) -> Duration {
        Duration::from_secs(u64::from(self.challenge_seconds))
    }
}

/// The Spine's 10 hours; the other values are our own, since the Spine's are not public.
impl Default for SessionTimes {
    fn default() -> Self {
        Self {
            max_minutes: 600,
            idle_minutes: 60,
            lease_seconds: 30,
            challenge_seconds: 120,
            role_change_needs_card: false,
            per_user: None,
        }
    }
}

fn only_node() -> String {
    "main".to_owned()
}

const IDLE_GRAINS: u32 = 120;
const MAX_IDLE_GRAIN: Duration = Duration::from_secs(30);

/// The file's name in its folder.
pub const FILE: &str = "identity.toml";

#[cfg(test)]
mod tests;
