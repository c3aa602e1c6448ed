use std::{sync::Arc, time::Duration};

use super::{
    AssociatedOrganisation, Date, Directory, KeptDirectory, LdapDirectory, LdapError,
    OrganisationMembership, RoleProfile, User,
};
use crate::Timestamp;

/// Where the server learns who people are.
pub enum People {
    /// From its own database.
    Kept(KeptDirectory),
    /// From a directory that is asked as needed.
    Ldap(Box<LdapDirectory>),
}

/// A person whom the directory knows, and what it knows of the organisations.
#[derive(Clone, Debug)]
pub struct Person {
    directory: Arc<Directory>,
    /// The person.
    pub user: User,
}

impl People {
    /// The person with this user id. `None`: nobody has it.
    ///
    /// # Errors
    /// [`LdapError`] when the directory does not say.
    pub async fn person(&self, uid: &str) -> Result<Option<Person>, LdapError> {
        let directory = match self {
            Self::Kept(kept) => kept.current(),
            Self::Ldap(ldap) => ldap.user(uid).await?,
        };
        let user = directory.user(uid).cloned();
        Ok(user.map(|user| Person { directory, user }))
    }
}

impl People {
    /// Whether what was known of people at `then` may be another now without anybody's saying so: a
    /// day began, on which roles close, or a directory elsewhere was last asked some time ago.
    #[must_use]
    pub fn may_differ(&self, then: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Kept(_) => Date::of(then) != Date::of(now),
            Self::Ldap(_) => now.since(then) >= ASKED_AGAIN_AFTER,
        }
    }
}

impl Person {
    /// The roles that the person can work in now: see [`Directory::offered`].
    #[must_use]
    pub fn offered(&self, now: Timestamp) -> Vec<&RoleProfile> {
        self.directory.offered(&self.user, now)
    }

    /// The memberships that are open now: see [`Directory::memberships`].
    #[must_use]
    pub fn memberships(&self, now: Timestamp) -> Vec<&OrganisationMembership> {
        self.directory.memberships(&self.user, now)
    }

    /// Every organisation that the person belongs to now: see [`Directory::associated`].
    #[must_use]
    pub fn associated(&self, now: Timestamp) -> Vec<AssociatedOrganisation> {
        self.directory.associated(&self.user, now)
    }
}

/// Who has left a directory elsewhere keeps a session for so long.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(300);
