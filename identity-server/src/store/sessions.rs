mod change;
mod row;

pub(super) use row::{Row, TicketRow};

use super::{
    Store, StoreError, change,
    column::{millis, unsigned},
    read,
};
use crate::{
    Timestamp,
    session::{Session, Sha256, StoredTicket},
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
        self.tickets.find(ticket).await
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
