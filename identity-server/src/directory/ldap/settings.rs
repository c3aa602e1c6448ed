use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::http::Uri;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::KeyFiles;

/// How a directory is asked over LDAP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LdapSettings {
    /// The server: `ldaps://host:port`, or `ldap://127.0.0.1:port` and its like, since without TLS
    /// a directory is asked on this machine only.
    pub url: String,
    /// What `ou=People` and `ou=Organisations` hang from.
    #[serde(default = "base")]
    pub base: String,
    /// Whom to bind as; nobody without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind_dn: Option<String>,
    /// The file of the password to bind with. Line ends at its end are not part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The PEM file of the certification authorities that may vouch for the server, without which
    /// there is no TLS: those of the system may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
    /// The certificate and key to show to the server, where it asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<KeyFiles>,
    /// Seconds that one answer may take, connecting included.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u32,
    /// Seconds for which what was said of somebody is used again; 0: not at all. Who is made
    /// inactive may log in for so long.
    #[serde(default = "cache_seconds")]
    pub cache_seconds: u32,
}

impl LdapSettings {
    /// The files that the settings name.
    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let client = self.client.as_mut().map(|client| [&mut client.certificate, &mut client.key]);
        let files = [&mut self.password_file, &mut self.authorities].into_iter().flatten();
        files.chain(client.into_iter().flatten())
    }
}

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LdapSettingsError {
    /// TLS without authorities, or authorities without TLS.
    #[error("ldaps goes with a file of authorities, and ldap without")]
    Authorities,
    /// Not a distinguished name.
    #[error("the base is no distinguished name")]
    Base,
    /// A name without a password, or a password without a name. A bind with an empty password
    /// would succeed as nobody (RFC 4513 section 5.1.2).
    #[error("bind_dn goes with a password file that is not empty")]
    Bind,
    /// A file can't be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not PEM of what it should be.
    #[error("{0} is not PEM of what it should be")]
    Pem(PathBuf),
    /// Without TLS, to another machine.
    #[error("without TLS a directory is asked on this machine only")]
    Plain,
    /// No answer can come in no time.
    #[error("timeout_seconds has to be above 0")]
    Timeout,
    /// The certificate and key can't be used.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// Not an address of LDAP.
    #[error("not an ldap or ldaps address with a host and nothing after it")]
    Url,
}

impl LdapSettings {
    /// The address, with every other setting as it is by default.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            base: base(),
            bind_dn: None,
            password_file: None,
            authorities: None,
            client: None,
            timeout_seconds: timeout_seconds(),
            cache_seconds: cache_seconds(),
        }
    }

    /// Makes paths that are relative to this folder paths from here.
    pub fn paths_from(&mut self, folder: &Path) {
        let client = self.client.iter_mut().flat_map(|key| [&mut key.certificate, &mut key.key]);
        let files = self.password_file.iter_mut().chain(&mut self.authorities);
        for path in client.chain(files) {
            *path = folder.join(&*path);
        }
    }
}

/// How TLS is done; `None`: it is not.
pub(super) fn tls(settings: &LdapSettings) -> Result<Option<Arc<ClientConfig>>, LdapSettingsError> {
    if settings.timeout_seconds == 0 {
        return Err(LdapSettingsError::Timeout);
    }
    let url: Uri = settings.url.parse().map_err(|_| LdapSettingsError::Url)?;
    let host = url.host().filter(|host| !host.is_empty()).ok_or(LdapSettingsError::Url)?;
    let bare = url.path() == "/" || url.path().is_empty();
    let userless = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    if !bare || url.query().is_some() || !userless {
        return Err(LdapSettingsError::Url);
    }
    match (url.scheme_str(), &settings.authorities, &settings.client) {
        (Some("ldap"), None, None) if is_loopback(host) => Ok(None),
        (Some("ldap"), None, None) => Err(LdapSettingsError::Plain),
        (Some("ldaps"), Some(authorities), client) => {
            Ok(Some(Arc::new(client_config(authorities, client.as_ref())?)))
        }
        (Some("ldap" | "ldaps"), _, _) => Err(LdapSettingsError::Authorities),
        _ => Err(LdapSettingsError::Url),
    }
}

/// Whom to bind as, with what password; `None`: nobody.
pub(super) fn bind(
    settings: &LdapSettings,
) -> Result<Option<(String, Zeroizing<String>)>, LdapSettingsError> {
    let (dn, path) = match (&settings.bind_dn, &settings.password_file) {
        (None, None) => return Ok(None),
        (Some(dn), Some(path)) if !dn.is_empty() => (dn, path),
        _ => return Err(LdapSettingsError::Bind),
    };
    let content = Zeroizing::new(
        std::fs::read_to_string(path)
            .map_err(|error| LdapSettingsError::Io { path: path.clone(), error })?,
    );
    let password = content.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(LdapSettingsError::Bind);
    }
    Ok(Some((dn.clone(), Zeroizing::new(password.to_owned()))))
}

fn client_config(
    authorities: &Path,
    client: Option<&KeyFiles>,
) -> Result<ClientConfig, LdapSettingsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authorities)? {
        roots.add(certificate)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let Some(client) = client else { return Ok(builder.with_no_client_auth()) };
    let key = PrivateKeyDer::from_pem_file(&client.key)
        .map_err(|_| LdapSettingsError::Pem(client.key.clone()))?;
    Ok(builder.with_client_auth_cert(certificates(&client.certificate)?, key)?)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, LdapSettingsError> {
    let unreadable = || LdapSettingsError::Pem(path.to_owned());
    let pem = std::fs::read(path)
        .map_err(|error| LdapSettingsError::Io { path: path.to_owned(), error })?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = read.map_err(|_| unreadable())?;
    if certificates.is_empty() { Err(unreadable()) } else { Ok(certificates) }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn base() -> String {
    "o=nhs".to_owned()
}

fn timeout_seconds() -> u32 {
    5
}

fn cache_seconds() -> u32 {
    60
}
