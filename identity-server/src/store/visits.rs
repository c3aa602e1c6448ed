use super::{
    Store, StoreError, change,
    column::{millis, time},
    read,
};
use crate::{Timestamp, session::Sha256};

impl Store {
    /// Keeps that the browser with this cookie is at the server's own pages, for a session.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_visit(
        &self,
        cookie: &Sha256,
        session: &str,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        change!(self, on => sqlx::query(
            "INSERT INTO visit (cookie, session_id, expires) VALUES ($1, $2, $3)",
        )
        .bind(cookie.as_slice())
        .bind(session)
        .bind(millis(expires))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// The session that a browser visits for, and until when.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn visit(&self, cookie: &Sha256) -> Result<Option<(String, Timestamp)>, StoreError> {
        let row: Option<(String, i64)> = read!(self, on => sqlx::query_as(
            "SELECT session_id, expires FROM visit WHERE cookie = $1",
        )
        .bind(cookie.as_slice())
        .fetch_optional(on)
        .await)?;
        row.map(|(session, expires)| Ok((session, time(expires, "expires")?))).transpose()
    }

    /// Removes visits that expired before `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sweep_visits(&self, now: Timestamp) -> Result<(), StoreError> {
        change!(self, on => sqlx::query("DELETE FROM visit WHERE expires < $1")
            .bind(millis(now))
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }
}
