use super::{
    Store, StoreError, Unit,
    column::{millis, sha256},
    read,
    unit::within,
};
use crate::{Timestamp, session::Sha256};

impl Store {
    /// [`Unit::register_certificate`] in a unit of its own.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn register_certificate(
        &self,
        uid: &str,
        certificate: &Sha256,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut unit = self.begin().await?;
        let registered = unit.register_certificate(uid, certificate, at).await?;
        unit.commit().await?;
        Ok(registered)
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

    /// The login certificates of a user.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn certificates(&self, uid: &str) -> Result<Vec<Sha256>, StoreError> {
        let rows: Vec<(Vec<u8>,)> = read!(self, on => sqlx::query_as(
            "SELECT hash FROM certificate WHERE uid = $1 ORDER BY registered, hash",
        )
        .bind(uid)
        .fetch_all(on)
        .await)?;
        rows.into_iter().map(|(hash,)| sha256(hash, "certificate")).collect()
    }
}

impl Unit {
    /// Registers a login certificate for a user; again is fine, for another user is not.
    /// `false`: it is another user's.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn register_certificate(
        &mut self,
        uid: &str,
        certificate: &Sha256,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        within!(self, on => sqlx::query(
            "INSERT INTO certificate (hash, uid, registered) VALUES ($1, $2, $3) \
             ON CONFLICT (hash) DO NOTHING",
        )
        .bind(certificate.as_slice())
        .bind(uid)
        .bind(millis(at))
        .execute(on)
        .await
        .map(drop))?;
        let owner: Option<(String,)> = within!(self, on => sqlx::query_as(
            "SELECT uid FROM certificate WHERE hash = $1",
        )
        .bind(certificate.as_slice())
        .fetch_optional(on)
        .await)?;
        Ok(owner.is_some_and(|(owner,)| owner == uid))
    }

    /// Removes every login certificate of a user.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_certificates_of(&mut self, uid: &str) -> Result<(), StoreError> {
        within!(self, on => sqlx::query("DELETE FROM certificate WHERE uid = $1")
            .bind(uid)
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes a login certificate; gives its user. `None`: it is not registered.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_certificate(
        &mut self,
        certificate: &Sha256,
    ) -> Result<Option<String>, StoreError> {
        let removed: Option<(String,)> = within!(self, on => sqlx::query_as(
            "DELETE FROM certificate WHERE hash = $1 RETURNING uid",
        )
        .bind(certificate.as_slice())
        .fetch_optional(on)
        .await)?;
        Ok(removed.map(|(uid,)| uid))
    }
}
