use super::{Store, StoreError, change, column::millis, read};
use crate::{Timestamp, session::Sha256};

impl Store {
    /// Registers a login certificate for a user; again is fine, for another user is not.
    /// `false`: it is another user's.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn register_certificate(
        &self,
        uid: &str,
        certificate: &Sha256,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        change!(self, on => sqlx::query(
            "INSERT INTO certificate (hash, uid, registered) VALUES ($1, $2, $3) \
             ON CONFLICT (hash) DO NOTHING",
        )
        .bind(certificate.as_slice())
        .bind(uid)
        .bind(millis(at))
        .execute(on)
        .await
        .map(drop))?;
        self.is_registered(uid, certificate).await
    }

    /// Whether this certificate is registered for this user.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_registered(&self, uid: &str, certificate: &Sha256) -> Result<bool, StoreError> {
        let found: Option<(String,)> = read!(self, on => sqlx::query_as(
            "SELECT uid FROM certificate WHERE hash = $1 AND uid = $2",
        )
        .bind(certificate.as_slice())
        .bind(uid)
        .fetch_optional(on)
        .await)?;
        Ok(found.is_some())
    }
}
