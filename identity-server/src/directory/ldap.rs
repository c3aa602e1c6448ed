//! A directory in the shape of SDS that is asked as needed, over LDAP (RFC 4511).

mod cache;
mod connection;
mod settings;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ldap3::{Scope, SearchEntry, ldap_escape};
use tracing::warn;
use wardkey_spine::UserId;

pub use settings::{LdapSettings, LdapSettingsError};

use super::{
    Directory, RefusalReason, attribute as name,
    attributes::Attributes,
    change::{Action, Subject},
    dn::{Dn, Place},
    draft::{Draft, Refused},
    sds,
};
use crate::Clock;
use cache::Cache;
use connection::Connection;

/// A directory that is asked as needed. What it said of somebody is used again for
/// [`LdapSettings::cache_seconds`] and no longer; what it could not say is an error, and never
/// lets anybody in.
pub struct LdapDirectory {
    connection: Connection,
    base: String,
    parsed_base: Dn,
    timeout: Duration,
    cache: Mutex<Cache>,
    clock: Arc<dyn Clock>,
}

/// Why a directory did not say who somebody is. It is the server's trouble, not the user's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LdapError {
    /// It can't be reached, or the connection broke.
    #[error("the directory can't be reached: {0}")]
    Connection(String),
    /// A person's entry or an organisation's makes no sense.
    #[error("{dn}: {reason}")]
    Entry {
        /// The entry's distinguished name.
        dn: String,
        /// The first thing that is wrong.
        reason: String,
    },
    /// It refused: the code of RFC 4511 section 4.1.9, and its words.
    #[error("the directory refused, with code {0}: {1}")]
    Refused(u32, String),
    /// It took longer than the limit.
    #[error("the directory took too long")]
    TimedOut,
    /// It said more than the limit.
    #[error("the directory gave too many entries")]
    TooMany,
}

impl LdapDirectory {
    /// The directory of these settings; it is reached when it is first asked.
    ///
    /// # Errors
    /// [`LdapSettingsError`] when a setting makes no sense, or its file can't be read.
    pub fn new(settings: &LdapSettings, clock: Arc<dyn Clock>) -> Result<Self, LdapSettingsError> {
        let parsed_base = Dn::parse(&settings.base).map_err(|_| LdapSettingsError::Base)?;
        let max_age = Duration::from_secs(u64::from(settings.cache_seconds));
        Ok(Self {
            connection: Connection::new(settings)?,
            base: settings.base.clone(),
            parsed_base,
            timeout: Duration::from_secs(u64::from(settings.timeout_seconds)),
            cache: Mutex::new(Cache::new(max_age)),
            clock,
        })
    }

    /// What the directory says about the person with this user id: a [`Directory`] of that person,
    /// if there is one, and of the organisations that the person has roles at. A role or
    /// membership that makes no sense is left out, as is one that stands on it.
    ///
    /// # Errors
    /// [`LdapError`] when the directory does not say.
    pub async fn user(&self, uid: &str) -> Result<Arc<Directory>, LdapError> {
        // What is no user id is nobody's, and reaches no directory.
        if UserId::parse(uid).is_err() {
            return Ok(Arc::default());
        }
        if let Some(known) = self.cache().get(uid, self.clock.now()) {
            return Ok(known);
        }
        // From before it was asked: the age is never more than it seems.
        let asked = self.clock.now();
        let found = match tokio::time::timeout(self.timeout, self.ask(uid)).await {
            Ok(found) => Arc::new(found?),
            Err(_) => {
                self.connection.forget();
                return Err(LdapError::TimedOut);
            }
        };
        if found.user(uid).is_some() {
            self.cache().put(uid, asked, Arc::clone(&found));
        }
        Ok(found)
    }

    async fn ask(&self, uid: &str) -> Result<Directory, LdapError> {
        let person = Place::Person(uid.to_owned()).name(&self.base);
        let entries = self.search(&person, Scope::Subtree, "(objectClass=*)").await?;
        let mut entries = self.placed(entries);
        // Each after the one above it.
        entries.sort_by_key(|(place, _)| depth(place));
        let mut draft = Draft::default();
        for (place, entry) in entries {
            let above = matches!(place, Place::Person(_));
            if let Err(reason) = put(&mut draft, place, &entry) {
                if above {
                    return Err(reason);
                }
                warn!(%reason, "an entry of the directory is left out");
            }
        }
        let person = draft.into_directory();
        let Some(user) = person.user(uid) else { return Ok(person) };
        let codes: BTreeSet<&str> =
            user.roles.iter().map(|role| role.organisation_code.as_str()).collect();
        self.organisations(&person, &codes).await
    }

    /// This directory, and those of the organisations with these codes that LDAP knows.
    async fn organisations(
        &self,
        person: &Directory,
        codes: &BTreeSet<&str>,
    ) -> Result<Directory, LdapError> {
        if codes.is_empty() {
            return Ok(person.clone());
        }
        let mut draft = Draft::of(person);
        let one = |code: &&str| format!("({}={})", name::ORGANISATION_CODE, ldap_escape(*code));
        let filter = format!("(|{})", codes.iter().map(one).collect::<String>());
        let folder = format!("ou=Organisations,{}", self.base);
        let entries = self.search(&folder, Scope::OneLevel, &filter).await?;
        for (place, entry) in self.placed(entries) {
            // One whose days can't be read might be closed.
            put(&mut draft, place, &entry)?;
        }
        Ok(draft.into_directory())
    }

    /// Nothing, where there is no such base.
    async fn search(
        &self,
        base: &str,
        scope: Scope,
        filter: &str,
    ) -> Result<Vec<SearchEntry>, LdapError> {
        let columns = [sds::PERSON, sds::MEMBERSHIP, sds::ROLE, sds::ORGANISATION].concat();
        let mut attributes: Vec<&str> = columns.iter().map(|column| column.name).collect();
        attributes.push(name::OBJECT_CLASS);
        match self.connection.search(base, scope, filter, &attributes).await {
            Err(LdapError::Refused(NO_SUCH_OBJECT, _)) => Ok(Vec::new()),
            other => other,
        }
    }

    /// The entries that SDS has, with their places.
    fn placed(&self, entries: Vec<SearchEntry>) -> Vec<(Place, SearchEntry)> {
        let place = |entry: &SearchEntry| Dn::parse(&entry.dn).ok()?.place(&self.parsed_base);
        entries.into_iter().filter_map(|entry| Some((place(&entry)?, entry))).collect()
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(draft: &mut Draft, place: Place, entry: &SearchEntry) -> Result<(), LdapError> {
    let wrong = |reason: String| LdapError::Entry { dn: entry.dn.clone(), reason };
    let mut attributes = Attributes::default();
    for (name, values) in &entry.attrs {
        attributes.set(name, values);
    }
    // Values that are no text; each of these attributes was asked for, so each means something.
    if let Some(name) = entry.bin_attrs.keys().next() {
        return Err(wrong(format!("{name} is not UTF-8")));
    }
    let subject = Subject::At(place);
    draft
        .apply(&Directory::default(), &subject, &Action::Put(attributes))
        .map_err(|refused| wrong(first(refused)))?;
    Ok(())
}

fn first(refused: Refused) -> String {
    let told = |(attribute, reason): (Option<&str>, RefusalReason)| match attribute {
        Some(attribute) => format!("{attribute}: {reason}"),
        None => reason.to_string(),
    };
    refused.into_iter().next().map(told).unwrap_or_default()
}

fn depth(place: &Place) -> u8 {
    match place {
        Place::Folder => 0,
        Place::Organisation(_) | Place::Person(_) => 1,
        Place::BelowPerson { .. } => 2,
        Place::BelowMembership { .. } => 3,
    }
}

/// `noSuchObject` of RFC 4511.
const NO_SUCH_OBJECT: u32 = 32;

#[cfg(test)]
#[path = "../../tests/support/slapd.rs"]
pub(crate) mod slapd;
#[cfg(test)]
mod tests;
