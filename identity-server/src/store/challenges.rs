use super::{
    Store, StoreError, change,
    column::{millis, sha256, time},
};
use crate::{
    Timestamp,
    session::{Sha256, StoredChallenge},
};

impl Store {
    /// Keeps a new challenge.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when it is kept already, or another when the database fails.
    pub async fn put_challenge(&self, challenge: &StoredChallenge) -> Result<(), StoreError> {
        change!(self, on => sqlx::query(
            "INSERT INTO challenge (hash, signature, transaction_id, expires) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(challenge.hash.as_slice())
        .bind(challenge.signature.as_slice())
        .bind(challenge.transaction.as_str())
        .bind(millis(challenge.expires))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Gives a challenge to the first who asks, and removes it, expired or not.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn take_challenge(
        &self,
        hash: &Sha256,
    ) -> Result<Option<StoredChallenge>, StoreError> {
        let row: Option<Row> = change!(self, on => sqlx::query_as(
            "DELETE FROM challenge WHERE hash = $1 \
             RETURNING hash, signature, transaction_id, expires",
        )
        .bind(hash.as_slice())
        .fetch_optional(on)
        .await)?;
        row.map(StoredChallenge::try_from).transpose()
    }

    /// Removes challenges that expired before `now`.
    pub(super) async fn sweep_challenges(&self, now: Timestamp) -> Result<(), StoreError> {
        change!(self, on => sqlx::query("DELETE FROM challenge WHERE expires < $1")
            .bind(millis(now))
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    hash: Vec<u8>,
    signature: Vec<u8>,
    transaction_id: String,
    expires: i64,
}

impl TryFrom<Row> for StoredChallenge {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            hash: sha256(row.hash, "hash")?,
            signature: sha256(row.signature, "signature")?,
            transaction: row.transaction_id,
            expires: time(row.expires, "expires")?,
        })
    }
}
