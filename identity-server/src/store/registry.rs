use super::{
    Store, StoreError, Unit,
    column::{millis, unsigned},
    read,
    unit::within,
};
use crate::{Timestamp, registry::WrappedKey};

impl Store {
    /// The number that rises with each change of the registry.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn registry_revision(&self) -> Result<u64, StoreError> {
        let row: (i64,) = read!(self, on => sqlx::query_as(
            "SELECT number FROM revision WHERE name = 'registry'",
        )
        .fetch_one(on)
        .await)?;
        unsigned(row.0, "revision")
    }

    /// The registrations of clients, each as JSON.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn clients(&self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = read!(self, on => sqlx::query_as(
            "SELECT document FROM client ORDER BY id",
        )
        .fetch_all(on)
        .await)?;
        Ok(rows.into_iter().map(|(document,)| document).collect())
    }

    /// The server's own keys, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn signing_keys(&self) -> Result<Vec<WrappedKey>, StoreError> {
        let rows: Vec<(String, String, Vec<u8>, i64)> = read!(self, on => sqlx::query_as(
            "SELECT id, algorithm, wrapped, made FROM signing_key ORDER BY made, id",
        )
        .fetch_all(on)
        .await)?;
        rows.into_iter()
            .map(|(id, algorithm, wrapped, made)| {
                let made = Timestamp::from_millis(unsigned(made, "made")?);
                Ok(WrappedKey { id, algorithm, wrapped, made })
            })
            .collect()
    }
}

impl Unit {
    /// Removes keys that were made before this time.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sweep_signing_keys(&mut self, before: Timestamp) -> Result<(), StoreError> {
        within!(self, on => sqlx::query("DELETE FROM signing_key WHERE made < $1")
            .bind(millis(before))
            .execute(on)
            .await
            .map(drop))?;
        self.raise_registry().await
    }

    /// Registers a client, or changes its registration.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_client(&mut self, id: &str, document: &str) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "INSERT INTO client (id, document) VALUES ($1, $2) \
             ON CONFLICT (id) DO UPDATE SET document = excluded.document",
        )
        .bind(id)
        .bind(document)
        .execute(on)
        .await
        .map(drop))?;
        self.raise_registry().await
    }

    /// Removes a client. `false`: there is none of this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_client(&mut self, id: &str) -> Result<bool, StoreError> {
        let removed = within!(self, on => sqlx::query("DELETE FROM client WHERE id = $1")
            .bind(id)
            .execute(on)
            .await
            .map(|done| done.rows_affected()))?;
        self.raise_registry().await?;
        Ok(removed == 1)
    }

    /// Keeps a key of the server, unless another of its algorithm was made at this time or later
    /// (by another node). No other unit does meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_signing_key(&mut self, key: &WrappedKey) -> Result<bool, StoreError> {
        self.lock("signing keys").await?;
        let newer: (i64,) = within!(self, on => sqlx::query_as(
            "SELECT COUNT(*) FROM signing_key WHERE algorithm = $1 AND made >= $2",
        )
        .bind(key.algorithm.as_str())
        .bind(millis(key.made) - SAME_TIME)
        .fetch_one(on)
        .await)?;
        if newer.0 > 0 {
            return Ok(false);
        }
        within!(self, on => sqlx::query(
            "INSERT INTO signing_key (id, purpose, algorithm, wrapped, made) \
             VALUES ($1, 'oidc', $2, $3, $4)",
        )
        .bind(key.id.as_str())
        .bind(key.algorithm.as_str())
        .bind(key.wrapped.as_slice())
        .bind(millis(key.made))
        .execute(on)
        .await
        .map(drop))?;
        self.raise_registry().await?;
        Ok(true)
    }

    async fn raise_registry(&mut self) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "UPDATE revision SET number = number + 1 WHERE name = 'registry'",
        )
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }
}

/// Two nodes that start together make one key between them: within this many milliseconds.
const SAME_TIME: i64 = 60_000;
