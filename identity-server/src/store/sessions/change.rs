use super::{Row, TicketChange};
use crate::{
    session::{Session, StoredTicket},
    store::{
        StoreError, Unit,
        column::{millis, number, span},
        unit::within,
    },
};

impl Unit {
    /// The session with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn session(&mut self, id: &str) -> Result<Option<Session>, StoreError> {
        let row: Option<Row> = within!(self, on => sqlx::query_as(
            "SELECT * FROM session WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(on)
        .await)?;
        row.map(Session::try_from).transpose()
    }

    /// Keeps a new session with its own ticket.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when there is one of its id, or another when the database fails.
    pub async fn put_session(
        &mut self,
        session: &Session,
        ticket: Option<&StoredTicket>,
    ) -> Result<(), StoreError> {
        let (revision, sequence) = (number(session.revision)?, number(session.last_sequence)?);
        within!(self, on => sqlx::query(
            "INSERT INTO session (id, revision, state, uid, authenticator, credential, role, \
             session_key, last_sequence, created, authenticated, last_activity, max_expires, \
             idle, lease_expires) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        )
        .bind(session.id.as_str())
        .bind(revision)
        .bind(session.state.as_str())
        .bind(session.uid.as_str())
        .bind(session.authenticator.as_str())
        .bind(session.credential.as_slice())
        .bind(session.role.as_deref())
        .bind(session.session_key.as_slice())
        .bind(sequence)
        .bind(millis(session.created))
        .bind(millis(session.authenticated))
        .bind(millis(session.last_activity))
        .bind(millis(session.max_expires))
        .bind(span(session.idle))
        .bind(millis(session.lease_expires))
        .execute(on)
        .await
        .map(drop))?;
        match ticket {
            Some(ticket) => self.put_ticket(ticket).await,
            None => Ok(()),
        }
    }

    /// Stores a changed session over the one of the same revision, raises that, and changes the
    /// session's tickets. `false`, and nothing changed: the revision is not the stored one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn replace_session(
        &mut self,
        session: &Session,
        change: &TicketChange,
    ) -> Result<bool, StoreError> {
        let (revision, next) = (number(session.revision)?, number(session.revision + 1)?);
        let sequence = number(session.last_sequence)?;
        let replaced = within!(self, on => sqlx::query(
            "UPDATE session SET revision = $3, state = $4, role = $5, session_key = $6, \
             last_sequence = $7, authenticated = $8, last_activity = $9, lease_expires = $10 \
             WHERE id = $1 AND revision = $2",
        )
        .bind(session.id.as_str())
        .bind(revision)
        .bind(next)
        .bind(session.state.as_str())
        .bind(session.role.as_deref())
        .bind(session.session_key.as_slice())
        .bind(sequence)
        .bind(millis(session.authenticated))
        .bind(millis(session.last_activity))
        .bind(millis(session.lease_expires))
        .execute(on)
        .await
        .map(|done| done.rows_affected()))?;
        if replaced == 0 {
            return Ok(false);
        }
        let gone = match change {
            TicketChange::Keep | TicketChange::Add(_) => None,
            TicketChange::DropAll | TicketChange::ReplaceAll(_) => {
                Some("DELETE FROM ticket WHERE session_id = $1")
            }
            TicketChange::DropChildren => {
                Some("DELETE FROM ticket WHERE session_id = $1 AND relying_party IS NOT NULL")
            }
            TicketChange::ReplaceOwn(_) => {
                Some("DELETE FROM ticket WHERE session_id = $1 AND relying_party IS NULL")
            }
        };
        if let Some(gone) = gone {
            within!(self, on => sqlx::query(gone)
                .bind(session.id.as_str())
                .execute(on)
                .await
                .map(drop))?;
        }
        match change {
            TicketChange::Add(ticket)
            | TicketChange::ReplaceAll(ticket)
            | TicketChange::ReplaceOwn(ticket) => self.put_ticket(ticket).await?,
            TicketChange::DropAll | TicketChange::DropChildren | TicketChange::Keep => {}
        }
        Ok(true)
    }

    /// The user's sessions that have not ended as far as is stored, the oldest first; no other
    /// unit opens or counts sessions of this user until this one ends.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn lock_sessions_of(&mut self, uid: &str) -> Result<Vec<Session>, StoreError> {
        self.lock(&format!("sessions of {uid}")).await?;
        let rows: Vec<Row> = within!(self, on => sqlx::query_as(
            "SELECT * FROM session WHERE state <> 'ended' AND uid = $1 ORDER BY created, id",
        )
        .bind(uid)
        .fetch_all(on)
        .await)?;
        rows.into_iter().map(Session::try_from).collect()
    }

    async fn put_ticket(&mut self, ticket: &StoredTicket) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "INSERT INTO ticket (hash, session_id, relying_party, issued) VALUES ($1, $2, $3, $4)",
        )
        .bind(ticket.hash.as_slice())
        .bind(ticket.session.as_str())
        .bind(ticket.relying_party.as_deref())
        .bind(millis(ticket.issued))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }
}
