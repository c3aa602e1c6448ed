use super::{Store, StoreError, Unit, change, unit::within};
use crate::session::Sha256;

/// Who wants to know when a session ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The SHA-256 of the ticket that it was added with.
    pub ticket: Sha256,
    /// Where it listens.
    pub url: String,
    /// The session.
    pub session: String,
    /// The ticket, wrapped.
    pub wrapped: Vec<u8>,
}

impl Store {
    /// Keeps a listener; again is fine. `false`: the session has as many as it may have.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn add_listener(&self, listener: &Listener, most: u32) -> Result<bool, StoreError> {
        let added = change!(self, on => sqlx::query(
            "INSERT INTO listener (ticket, url, session_id, wrapped) \
             SELECT $1, $2, $3, $4 WHERE \
             (SELECT COUNT(*) FROM listener WHERE session_id = $3 \
              AND NOT (ticket = $1 AND url = $2)) < $5 \
             ON CONFLICT (ticket, url) DO UPDATE SET wrapped = excluded.wrapped",
        )
        .bind(listener.ticket.as_slice())
        .bind(listener.url.as_str())
        .bind(listener.session.as_str())
        .bind(listener.wrapped.as_slice())
        .bind(i64::from(most))
        .execute(on)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(added == 1)
    }
}

impl Unit {
    /// Takes the listeners of a session out, as address and wrapped ticket.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn take_listeners(
        &mut self,
        session: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let taken = within!(self, on => sqlx::query_as(
            "DELETE FROM listener WHERE session_id = $1 RETURNING url, wrapped",
        )
        .bind(session)
        .fetch_all(on)
        .await)?;
        Ok(taken)
    }

    /// Takes those out whose ticket is gone, as address and wrapped ticket.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn take_listeners_without_ticket(
        &mut self,
        session: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let taken = within!(self, on => sqlx::query_as(
            "DELETE FROM listener WHERE session_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM ticket WHERE ticket.hash = listener.ticket) \
             RETURNING url, wrapped",
        )
        .bind(session)
        .fetch_all(on)
        .await)?;
        Ok(taken)
    }
}
