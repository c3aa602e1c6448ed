use super::{
    Store, StoreError, Unit,
    column::{number, unsigned},
    read,
    unit::within,
};

/// A person or an organisation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// What it is.
    pub kind: EntryKind,
    /// The user id, or the organisation's code.
    pub id: String,
    /// What is known, as JSON. `None`: it is gone.
    pub document: Option<String>,
}

/// What an entry of the directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// An organisation.
    Organisation,
    /// A person with all role profiles.
    Person,
}

impl EntryKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Person => "person",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Organisation, Self::Person].into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Store {
    /// The entries that changed after this revision, with the revision that they make up; from 0,
    /// everything.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn directory_since(
        &self,
        revision: u64,
    ) -> Result<(u64, Vec<DirectoryEntry>), StoreError> {
        let rows: Vec<(String, String, Option<String>, i64)> = read!(self, on => sqlx::query_as(
            "SELECT kind, id, document, revision FROM directory_entry WHERE revision > $1 \
             ORDER BY revision",
        )
        .bind(number(revision)?)
        .fetch_all(on)
        .await)?;
        let mut latest = revision;
        let mut entries = Vec::with_capacity(rows.len());
        for (kind, id, document, revision) in rows {
            latest = unsigned(revision, "revision")?;
            let kind = EntryKind::from_name(&kind).ok_or(StoreError::Corrupt("entry's kind"))?;
            entries.push(DirectoryEntry { kind, id, document });
        }
        Ok((latest, entries))
    }
}

impl Unit {
    /// Keeps these entries as one revision of the directory. No other unit does meanwhile.
    /// `false`: the directory is no longer at the revision `base`, and nothing was kept.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_directory(
        &mut self,
        base: u64,
        entries: &[DirectoryEntry],
    ) -> Result<bool, StoreError> {
        self.lock("directory").await?;
        let raised: Option<(i64,)> = within!(self, on => sqlx::query_as(
            "UPDATE revision SET number = number + 1 WHERE name = 'directory' AND number = $1 \
             RETURNING number",
        )
        .bind(number(base)?)
        .fetch_optional(on)
        .await)?;
        let Some((revision,)) = raised else { return Ok(false) };
        for entry in entries {
            within!(self, on => sqlx::query(
                "INSERT INTO directory_entry (kind, id, document, revision) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (kind, id) \
                 DO UPDATE SET document = excluded.document, revision = excluded.revision",
            )
            .bind(entry.kind.as_str())
            .bind(entry.id.as_str())
            .bind(entry.document.as_deref())
            .bind(revision)
            .execute(on)
            .await
            .map(drop))?;
        }
        Ok(true)
    }
}
