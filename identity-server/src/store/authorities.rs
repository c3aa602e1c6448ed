use super::{
    Store, StoreError, Unit,
    column::{millis, unsigned},
    read,
    unit::within,
};
use crate::{Timestamp, session::Sha256};

/// An authority as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuthority {
    /// What it is for.
    pub kind: AuthorityKind,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
}

/// What an authority is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorityKind {
    /// Trusted: paths end at it.
    Anchor,
    /// Not trusted by itself: it may stand between a user's certificate and an anchor.
    Intermediate,
}

impl AuthorityKind {
    /// Its name in the store and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Intermediate => "intermediate",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Anchor, Self::Intermediate].into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Store {
    /// The number that rises with each change of the authorities.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn authorities_revision(&self) -> Result<u64, StoreError> {
        let row: (i64,) = read!(self, on => sqlx::query_as(
            "SELECT number FROM revision WHERE name = 'authorities'",
        )
        .fetch_one(on)
        .await)?;
        unsigned(row.0, "revision")
    }

    /// The authorities, in the order in which they were added.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn authorities(&self) -> Result<Vec<StoredAuthority>, StoreError> {
        let rows: Vec<(String, Vec<u8>)> = read!(self, on => sqlx::query_as(
            "SELECT kind, certificate FROM authority ORDER BY added, hash",
        )
        .fetch_all(on)
        .await)?;
        rows.into_iter()
            .map(|(kind, certificate)| {
                let kind = AuthorityKind::from_name(&kind);
                let kind = kind.ok_or(StoreError::Corrupt("authority's kind"))?;
                Ok(StoredAuthority { kind, certificate })
            })
            .collect()
    }
}

impl Unit {
    /// Keeps an authority, or changes what it is for.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_authority(
        &mut self,
        hash: &Sha256,
        authority: &StoredAuthority,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "INSERT INTO authority (hash, kind, certificate, added) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (hash) DO UPDATE SET kind = excluded.kind",
        )
        .bind(hash.as_slice())
        .bind(authority.kind.as_str())
        .bind(authority.certificate.as_slice())
        .bind(millis(at))
        .execute(on)
        .await
        .map(drop))?;
        self.raise_authorities().await
    }

    /// Removes an authority. `false`: there is none with this hash.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_authority(&mut self, hash: &Sha256) -> Result<bool, StoreError> {
        let removed = within!(self, on => sqlx::query("DELETE FROM authority WHERE hash = $1")
            .bind(hash.as_slice())
            .execute(on)
            .await
            .map(|done| done.rows_affected()))?;
        self.raise_authorities().await?;
        Ok(removed == 1)
    }

    async fn raise_authorities(&mut self) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "UPDATE revision SET number = number + 1 WHERE name = 'authorities'",
        )
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }
}
