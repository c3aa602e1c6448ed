use std::time::Duration;

use super::{
    Store, StoreError, Unit, change,
    column::{millis, number, sha256, span, time, unsigned},
    read,
    unit::within,
};
use crate::{
    Timestamp,
    session::{Authenticator, Session, Sha256, State, StoredTicket},
};

/// What happens to a session's tickets when the session changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TicketChange {
    /// One more.
    Add(StoredTicket),
    /// All go.
    DropAll,
    /// Those of relying parties go; the session's own stays.
    DropChildren,
    /// They stay as they are.
    Keep,
    /// All go, and this is the session's own from now on.
    ReplaceAll(StoredTicket),
    /// The session's own goes, and this is it from now on; those of relying parties stay.
    ReplaceOwn(StoredTicket),
}

impl TicketChange {
    /// Whether tickets go.
    #[must_use]
    pub fn ends_some(&self) -> bool {
        !matches!(self, Self::Add(_) | Self::Keep)
    }
}

impl Store {
    /// The session with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let row: Option<Row> = read!(self, on => sqlx::query_as(
            "SELECT * FROM session WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(on)
        .await)?;
        row.map(Session::try_from).transpose()
    }

    /// The ticket with this hash and its session.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn session_of(
        &self,
        ticket: &Sha256,
    ) -> Result<Option<(StoredTicket, Session)>, StoreError> {
        let row: Option<TicketRow> = read!(self, on => sqlx::query_as(
            "SELECT session.*, ticket.hash, ticket.relying_party, ticket.issued \
             FROM ticket JOIN session ON session.id = ticket.session_id WHERE ticket.hash = $1",
        )
        .bind(ticket.as_slice())
        .fetch_optional(on)
        .await)?;
        row.map(TicketRow::read).transpose()
    }

    /// Sessions that have not ended as far as is stored, the newest first, at most `limit`: of
    /// one user, or of all.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sessions(
        &self,
        uid: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<Row> = match uid {
            Some(uid) => read!(self, on => sqlx::query_as(
                "SELECT * FROM session WHERE state <> 'ended' AND uid = $1 \
                 ORDER BY created DESC, id LIMIT $2",
            )
            .bind(uid)
            .bind(i64::from(limit))
            .fetch_all(on)
            .await)?,
            None => read!(self, on => sqlx::query_as(
                "SELECT * FROM session WHERE state <> 'ended' ORDER BY created DESC, id LIMIT $1",
            )
            .bind(i64::from(limit))
            .fetch_all(on)
            .await)?,
        };
        rows.into_iter().map(Session::try_from).collect()
    }

    /// The sessions that are active now, the newest first, at most `limit`: of the users whose id is
    /// of this pattern, in which `*` stands for any characters, or of all.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn active_sessions(
        &self,
        pattern: Option<&str>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let (uid, sql) = match pattern {
            None => (String::new(), active!("$1 = ''")),
            Some(pattern) if pattern.contains('*') => {
                (like(pattern), active!("uid LIKE $1 ESCAPE '\\'"))
            }
            Some(uid) => (uid.to_owned(), active!("uid = $1")),
        };
        let rows: Vec<Row> = read!(self, on => sqlx::query_as(sql)
            .bind(uid.as_str())
            .bind(millis(now))
            .bind(i64::from(limit))
            .fetch_all(on)
            .await)?;
        rows.into_iter().map(Session::try_from).collect()
    }

    /// How many sessions have not ended as far as is stored.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_sessions(&self) -> Result<u64, StoreError> {
        let row: (i64,) = read!(self, on => sqlx::query_as(
            "SELECT COUNT(*) FROM session WHERE state <> 'ended'",
        )
        .fetch_one(on)
        .await)?;
        unsigned(row.0, "count")
    }

    /// The users who have sessions that have not ended as far as is stored, from after this one on,
    /// in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn users_with_sessions(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let users: Vec<(String,)> = read!(self, on => sqlx::query_as(
            "SELECT DISTINCT uid FROM session WHERE state <> 'ended' AND uid > $1 \
             ORDER BY uid LIMIT $2",
        )
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(on)
        .await)?;
        Ok(users.into_iter().map(|(uid,)| uid).collect())
    }

    /// The ids of sessions whose stored state is behind the time: a lapsed lease, idleness, age.
    /// At most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn overdue_sessions(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let ids: Vec<(String,)> = read!(self, on => sqlx::query_as(
            "SELECT id FROM session WHERE state = 'active' AND lease_expires <= $1 \
             UNION SELECT id FROM session WHERE state <> 'ended' AND last_activity + idle <= $1 \
             UNION SELECT id FROM session WHERE state <> 'ended' AND max_expires <= $1 LIMIT $2",
        )
        .bind(millis(now))
        .bind(i64::from(limit))
        .fetch_all(on)
        .await)?;
        Ok(ids.into_iter().map(|(id,)| id).collect())
    }

    /// Removes challenges that expired before `now` and sessions, with all that is theirs, whose
    /// time was up before `forget`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sweep(&self, now: Timestamp, forget: Timestamp) -> Result<(), StoreError> {
        self.sweep_challenges(now).await?;
        change!(self, on => sqlx::query("DELETE FROM session WHERE max_expires < $1")
            .bind(millis(forget))
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }
}

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

/// The active sessions of these users: as [`Session::state_at`] says it.
macro_rules! active {
    ($users:literal) => {
        concat!(
            "SELECT * FROM session WHERE state = 'active' AND lease_expires > $2 AND ",
            "last_activity + idle > $2 AND max_expires > $2 AND ",
            $users,
            " ORDER BY created DESC, id LIMIT $3"
        )
    };
}

use active;

/// A pattern with `*` as one of SQL's, in which nothing else stands for anything.
fn like(pattern: &str) -> String {
    let mut like = String::with_capacity(pattern.len());
    for character in pattern.chars() {
        match character {
            '*' => like.push('%'),
            '%' | '_' | '\\' => like.extend(['\\', character]),
            _ => like.push(character),
        }
    }
    like
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    revision: i64,
    state: String,
    uid: String,
    authenticator: String,
    credential: Vec<u8>,
    role: Option<String>,
    session_key: Vec<u8>,
    last_sequence: i64,
    created: i64,
    authenticated: i64,
    last_activity: i64,
    max_expires: i64,
    idle: i64,
    lease_expires: i64,
}

#[derive(sqlx::FromRow)]
struct TicketRow {
    hash: Vec<u8>,
    relying_party: Option<String>,
    issued: i64,
    #[sqlx(flatten)]
    session: Row,
}

impl TicketRow {
    fn read(self) -> Result<(StoredTicket, Session), StoreError> {
        let session = Session::try_from(self.session)?;
        let ticket = StoredTicket {
            hash: sha256(self.hash, "hash")?,
            session: session.id.clone(),
            relying_party: self.relying_party,
            issued: time(self.issued, "issued")?,
        };
        Ok((ticket, session))
    }
}

impl TryFrom<Row> for Session {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let authenticator = Authenticator::from_name(&row.authenticator);
        Ok(Self {
            id: row.id,
            revision: unsigned(row.revision, "revision")?,
            state: State::from_name(&row.state).ok_or(StoreError::Corrupt("state"))?,
            uid: row.uid,
            authenticator: authenticator.ok_or(StoreError::Corrupt("authenticator"))?,
            credential: sha256(row.credential, "credential")?,
            role: row.role,
            session_key: row.session_key,
            last_sequence: unsigned(row.last_sequence, "last_sequence")?,
            created: time(row.created, "created")?,
            authenticated: time(row.authenticated, "authenticated")?,
            last_activity: time(row.last_activity, "last_activity")?,
            max_expires: time(row.max_expires, "max_expires")?,
            idle: Duration::from_millis(unsigned(row.idle, "idle")?),
            lease_expires: time(row.lease_expires, "lease_expires")?,
        })
    }
}
