use std::sync::Arc;

use super::{Directory, KeptDirectory, LdapDirectory, LdapError, RoleProfile, User};
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

impl Person {
    /// The roles that the person can work in now: see [`Directory::offered`].
    #[must_use]
    pub fn offered(&self, now: Timestamp) -> Vec<&RoleProfile> {
        self.directory.offered(&self.user, now)
    }
}
