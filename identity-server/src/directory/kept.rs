//! The directory that the server keeps itself: in the database, so that all nodes have the same,
//! and in memory, so that no request waits for it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use super::{Change, Directory, Edit, Import, Mode, NobodyLeft, User};
use crate::{
    AuditEvent, Timestamp,
    store::{DirectoryEntry, EntryKind, Store, StoreError},
};

/// The directory in the database, kept current.
pub struct KeptDirectory {
    store: Store,
    current: RwLock<Known>,
    changed: Mutex<BTreeSet<String>>,
}

/// The directory as of some revision.
#[derive(Clone, Default)]
struct Known {
    revision: u64,
    directory: Arc<Directory>,
}

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// Others changed the directory again and again meanwhile.
    #[error("the directory is being changed by others")]
    Contended,
    /// The changes can't be meant.
    #[error(transparent)]
    NobodyLeft(#[from] NobodyLeft),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl KeptDirectory {
    /// Reads the directory of this database.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be read.
    pub async fn open(store: Store) -> Result<Self, StoreError> {
        let this = Self { store, current: RwLock::default(), changed: Mutex::default() };
        this.refresh().await?;
        Ok(this)
    }

    /// What is known now.
    #[must_use]
    pub fn current(&self) -> Arc<Directory> {
        self.known().directory
    }

    /// Whether the database never held anybody.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.known().revision == 0
    }

    /// Reads anew what this node, another node or a command has changed.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be read.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let known = self.known();
        let (revision, entries) = self.store.directory_since(known.revision).await?;
        if entries.is_empty() {
            return Ok(());
        }
        let mut directory = Directory::clone(&known.directory);
        let (mut people, mut organisations) = (BTreeSet::new(), BTreeSet::new());
        for entry in entries {
            let changed = match entry.kind {
                EntryKind::Organisation => &mut organisations,
                EntryKind::Person => &mut people,
            };
            changed.insert(entry.id.clone());
            directory.apply(read(entry)?);
        }
        // Roles close with their organisation.
        let at = |user: &&User| {
            user.roles.iter().any(|role| organisations.contains(&role.organisation_code))
        };
        people.extend(directory.users().filter(at).map(|user| user.uid.clone()));
        self.changed().extend(people);
        let directory = Arc::new(directory);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Of two who read at once the one with more stays.
        if revision > current.revision {
            *current = Known { revision, directory };
        }
        Ok(())
    }

    /// The user ids of people whose entries, or organisations, have changed since this was asked
    /// last.
    #[must_use]
    pub fn take_changed(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.changed())
    }

    /// Puts user ids back that [`KeptDirectory::take_changed`] gave.
    pub fn put_back_changed(&self, uids: BTreeSet<String>) {
        self.changed().extend(uids);
    }

    /// Takes changes over, all or none, and logs each; with `dry_run` it only tells.
    ///
    /// # Errors
    /// [`KeepError`], and nothing is changed then. What is refused is no error: the report says it.
    pub async fn import(
        &self,
        changes: &[Change],
        mode: Mode,
        dry_run: bool,
        now: Timestamp,
    ) -> Result<Import, KeepError> {
        for _ in 0..ATTEMPTS {
            let known = self.known();
            let import = Import::plan(&known.directory, changes, mode)?;
            if dry_run || import.edits.is_empty() {
                return Ok(import);
            }
            if self.keep(known.revision, &import.edits, now).await? {
                return Ok(import);
            }
            self.refresh().await?;
        }
        Err(KeepError::Contended)
    }

    /// Fills a new database with these people. `false`: it is not new.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn seed(&self, with: &Directory, now: Timestamp) -> Result<bool, StoreError> {
        let organisations = with.organisations().cloned().map(Edit::PutOrganisation);
        let people = with.users().cloned().map(|user| Edit::PutPerson(Box::new(user)));
        let edits: Vec<Edit> = organisations.chain(people).collect();
        Ok(!edits.is_empty() && self.keep(0, &edits, now).await?)
    }

    /// `false`: the directory is no longer at this revision.
    async fn keep(&self, base: u64, edits: &[Edit], now: Timestamp) -> Result<bool, StoreError> {
        let mut entries = Vec::with_capacity(edits.len());
        for edit in edits {
            entries.push(written(edit)?);
        }
        let mut unit = self.store.begin().await?;
        if !unit.put_directory(base, &entries).await? {
            return Ok(false);
        }
        for edit in edits {
            if let Edit::DeletePerson(uid) = edit {
                // Whoever gets the user id next has none of these.
                unit.remove_certificates_of(uid).await?;
                unit.remove_passkeys_of(uid).await?;
            }
            unit.audit(now, trail(edit)).await?;
        }
        unit.commit().await?;
        self.refresh().await?;
        Ok(true)
    }

    fn changed(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> Known {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(entry: DirectoryEntry) -> Result<Edit, StoreError> {
    let corrupt = |_| StoreError::Corrupt("directory entry");
    Ok(match (entry.kind, entry.document) {
        (EntryKind::Organisation, None) => Edit::DeleteOrganisation(entry.id),
        (EntryKind::Organisation, Some(document)) => {
            Edit::PutOrganisation(serde_json::from_str(&document).map_err(corrupt)?)
        }
        (EntryKind::Person, None) => Edit::DeletePerson(entry.id),
        (EntryKind::Person, Some(document)) => {
            Edit::PutPerson(serde_json::from_str(&document).map_err(corrupt)?)
        }
    })
}

fn written(edit: &Edit) -> Result<DirectoryEntry, StoreError> {
    let corrupt = |_| StoreError::Corrupt("directory entry");
    let (kind, id, document) = match edit {
        Edit::DeleteOrganisation(code) => (EntryKind::Organisation, code.clone(), None),
        Edit::DeletePerson(uid) => (EntryKind::Person, uid.clone(), None),
        Edit::PutOrganisation(organisation) => {
            let document = serde_json::to_string(organisation).map_err(corrupt)?;
            (EntryKind::Organisation, organisation.code.to_string(), Some(document))
        }
        Edit::PutPerson(user) => {
            let document = serde_json::to_string(user).map_err(corrupt)?;
            (EntryKind::Person, user.uid.clone(), Some(document))
        }
    };
    Ok(DirectoryEntry { kind, id, document })
}

fn trail(edit: &Edit) -> AuditEvent {
    let (action, uid) = match edit {
        Edit::DeleteOrganisation(_) => ("directory_delete_organisation", None),
        Edit::DeletePerson(uid) => ("directory_delete_person", Some(uid.clone())),
        Edit::PutOrganisation(_) => ("directory_put_organisation", None),
        Edit::PutPerson(user) => ("directory_put_person", Some(user.uid.clone())),
    };
    AuditEvent { action: action.to_owned(), outcome: "ok".to_owned(), uid, ..AuditEvent::default() }
}

const ATTEMPTS: usize = 16;
