use std::sync::Arc;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Scope, SearchEntry, SearchOptions};
use rustls::ClientConfig;
use tokio::sync::Mutex;
use tracing::debug;
use zeroize::Zeroizing;

use super::{LdapError, LdapSettings, LdapSettingsError, settings};

/// A connection to a directory, made when it is needed and used by everybody until it breaks.
pub(super) struct Connection {
    url: String,
    bind: Option<(String, Zeroizing<String>)>,
    tls: Option<Arc<ClientConfig>>,
    open: Mutex<Option<Ldap>>,
}

impl Connection {
    pub(super) fn new(settings: &LdapSettings) -> Result<Self, LdapSettingsError> {
        let tls = settings::tls(settings)?;
        let bind = settings::bind(settings)?;
        Ok(Self { url: settings.url.clone(), bind, tls, open: Mutex::new(None) })
    }

    /// Searches, on a new connection when the one of before turns out to be gone.
    pub(super) async fn search(
        &self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<SearchEntry>, LdapError> {
        let (mut ldap, is_new) = self.get().await?;
        match gather(&mut ldap, base, scope, filter, attributes).await {
            Err(LdapError::Connection(_)) if !is_new => {
                self.forget();
                let (mut ldap, _) = self.get().await?;
                gather(&mut ldap, base, scope, filter, attributes).await
            }
            other => other,
        }
    }

    /// Lets go of the connection, unless somebody is making another already.
    pub(super) fn forget(&self) {
        if let Ok(mut open) = self.open.try_lock() {
            *open = None;
        }
    }

    /// The connection, and whether it was made just now.
    pub(super) async fn get(&self) -> Result<(Ldap, bool), LdapError> {
        let mut open = self.open.lock().await;
        if let Some(ldap) = open.as_mut()
            && !ldap.is_closed()
        {
            return Ok((ldap.clone(), false));
        }
        let ldap = self.connect().await?;
        *open = Some(ldap.clone());
        Ok((ldap, true))
    }

    async fn connect(&self) -> Result<Ldap, LdapError> {
        let mut settings = LdapConnSettings::new();
        if let Some(tls) = &self.tls {
            settings = settings.set_config(Arc::clone(tls));
        }
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &self.url).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                debug!(%error, "a connection to the directory ended");
            }
        });
        if let Some((dn, password)) = &self.bind {
            ldap.simple_bind(dn, password).await?.success()?;
        }
        Ok(ldap)
    }
}

async fn gather(
    ldap: &mut Ldap,
    base: &str,
    scope: Scope,
    filter: &str,
    attributes: &[&str],
) -> Result<Vec<SearchEntry>, LdapError> {
    let limit = i32::try_from(MAX_ENTRIES).unwrap_or(i32::MAX);
    ldap.with_search_options(SearchOptions::new().sizelimit(limit));
    let mut stream = ldap.streaming_search(base, scope, filter, attributes).await?;
    let mut entries = Vec::new();
    while let Some(entry) = stream.next().await? {
        if entry.is_ref() || entry.is_intermediate() {
            continue;
        }
        if entries.len() >= MAX_ENTRIES {
            return Err(LdapError::TooMany);
        }
        entries.push(SearchEntry::construct(entry));
    }
    stream.finish().await.success()?;
    Ok(entries)
}

impl From<ldap3::LdapError> for LdapError {
    fn from(error: ldap3::LdapError) -> Self {
        match error {
            ldap3::LdapError::LdapResult { result } if result.rc == SIZE_LIMIT => Self::TooMany,
            ldap3::LdapError::LdapResult { result } => Self::Refused(result.rc, result.text),
            other => Self::Connection(other.to_string()),
        }
    }
}

/// A person's memberships and roles, or the organisations of one person's roles.
const MAX_ENTRIES: usize = 2048;
/// `sizeLimitExceeded` of RFC 4511.
const SIZE_LIMIT: u32 = 4;
