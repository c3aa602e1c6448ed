use std::{path::Path, time::Duration};

use sqlx::{
    Row as _, SqlitePool,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};

use super::{Store, StoreError, TicketChange};
use crate::{
    AuditEntry, AuditEvent, Timestamp,
    session::{Session, Sha256, State, StoredChallenge, StoredTicket},
};

/// A store in an SQLite file; several processes may use it at once.
#[derive(Clone, Debug)]
pub struct SqliteStore(SqlitePool);

impl SqliteStore {
    /// Opens the file, which is made, readable by its owner only, where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be opened or is something else.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path).map_err(sqlx::Error::Io)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(options)
            .await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
        Ok(Self(pool))
    }

    /// Closes the file, when what is under way is done.
    pub async fn close(&self) {
        self.0.close().await;
    }

    async fn last_audit(&self) -> Result<Option<AuditEntry>, StoreError> {
        let row = sqlx::query("SELECT * FROM audit ORDER BY number DESC LIMIT 1")
            .fetch_optional(&self.0)
            .await?;
        row.map(|row| audit_entry(&row)).transpose()
    }
}

impl Store for SqliteStore {
    async fn put_challenge(&self, challenge: &StoredChallenge) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO challenge (hash, signature, transaction_id, expires) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(challenge.hash.as_slice())
        .bind(challenge.signature.as_slice())
        .bind(&challenge.transaction)
        .bind(stored(challenge.expires))
        .execute(&self.0)
        .await
        .map_err(duplicate)?;
        Ok(())
    }

    async fn take_challenge(&self, hash: &Sha256) -> Result<Option<StoredChallenge>, StoreError> {
        let row = sqlx::query("DELETE FROM challenge WHERE hash = $1 RETURNING *")
            .bind(hash.as_slice())
            .fetch_optional(&self.0)
            .await?;
        row.map(|row| {
            Ok(StoredChallenge {
                hash: sha256(&row, "hash")?,
                signature: sha256(&row, "signature")?,
                transaction: row.try_get("transaction_id")?,
                expires: time(&row, "expires")?,
            })
        })
        .transpose()
    }

    async fn register_certificate(
        &self,
        uid: &str,
        certificate: &Sha256,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        sqlx::query(
            "INSERT INTO certificate (hash, uid, registered) VALUES ($1, $2, $3) \
             ON CONFLICT (hash) DO NOTHING",
        )
        .bind(certificate.as_slice())
        .bind(uid)
        .bind(stored(at))
        .execute(&self.0)
        .await?;
        self.is_registered(uid, certificate).await
    }

    async fn is_registered(&self, uid: &str, certificate: &Sha256) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM certificate WHERE hash = $1 AND uid = $2")
            .bind(certificate.as_slice())
            .bind(uid)
            .fetch_optional(&self.0)
            .await?;
        Ok(row.is_some())
    }

    async fn put_session(
        &self,
        session: &Session,
        ticket: &StoredTicket,
    ) -> Result<(), StoreError> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO session (id, revision, state, uid, certificate, role, session_key, \
             last_sequence, created, authenticated, last_activity, max_expires, idle, \
             lease_expires) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(&session.id)
        .bind(number(session.revision)?)
        .bind(session.state.as_str())
        .bind(&session.uid)
        .bind(session.certificate.as_slice())
        .bind(session.role.as_deref())
        .bind(session.session_key.as_slice())
        .bind(number(session.last_sequence)?)
        .bind(stored(session.created))
        .bind(stored(session.authenticated))
        .bind(stored(session.last_activity))
        .bind(stored(session.max_expires))
        .bind(idle(session))
        .bind(stored(session.lease_expires))
        .execute(&mut *transaction)
        .await
        .map_err(duplicate)?;
        insert_ticket(&mut transaction, ticket).await?;
        Ok(transaction.commit().await?)
    }

    async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query("SELECT * FROM session WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.0)
            .await?;
        row.map(|row| session(&row)).transpose()
    }

    async fn session_of(
        &self,
        ticket: &Sha256,
    ) -> Result<Option<(StoredTicket, Session)>, StoreError> {
        let row = sqlx::query(
            "SELECT session.*, ticket.hash, ticket.relying_party, ticket.issued \
             FROM ticket JOIN session ON session.id = ticket.session_id WHERE ticket.hash = $1",
        )
        .bind(ticket.as_slice())
        .fetch_optional(&self.0)
        .await?;
        row.map(|row| {
            let session = session(&row)?;
            let ticket = StoredTicket {
                hash: sha256(&row, "hash")?,
                session: session.id.clone(),
                relying_party: row.try_get("relying_party")?,
                issued: time(&row, "issued")?,
            };
            Ok((ticket, session))
        })
        .transpose()
    }

    async fn replace_session(
        &self,
        session: &Session,
        change: &TicketChange,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let changed = sqlx::query(
            "UPDATE session SET revision = $3, state = $4, role = $5, session_key = $6, \
             last_sequence = $7, authenticated = $8, last_activity = $9, lease_expires = $10 \
             WHERE id = $1 AND revision = $2",
        )
        .bind(&session.id)
        .bind(number(session.revision)?)
        .bind(number(session.revision + 1)?)
        .bind(session.state.as_str())
        .bind(session.role.as_deref())
        .bind(session.session_key.as_slice())
        .bind(number(session.last_sequence)?)
        .bind(stored(session.authenticated))
        .bind(stored(session.last_activity))
        .bind(stored(session.lease_expires))
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if changed == 0 {
            return Ok(false);
        }
        let drop = match change {
            TicketChange::Keep | TicketChange::Add(_) => None,
            TicketChange::DropAll | TicketChange::ReplaceAll(_) => {
                Some("DELETE FROM ticket WHERE session_id = $1")
            }
            TicketChange::DropChildren => {
                Some("DELETE FROM ticket WHERE session_id = $1 AND relying_party IS NOT NULL")
            }
        };
        if let Some(drop) = drop {
            sqlx::query(drop).bind(&session.id).execute(&mut *transaction).await?;
        }
        if let TicketChange::Add(ticket) | TicketChange::ReplaceAll(ticket) = change {
            insert_ticket(&mut transaction, ticket).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn sweep(&self, now: Timestamp, forget: Timestamp) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM challenge WHERE expires < $1")
            .bind(stored(now))
            .execute(&self.0)
            .await?;
        sqlx::query("DELETE FROM session WHERE max_expires < $1")
            .bind(stored(forget))
            .execute(&self.0)
            .await?;
        Ok(())
    }

    /// Two who append at once make the same number; one of them finds it taken and goes on from
    /// there.
    async fn append_audit(
        &self,
        at: Timestamp,
        event: AuditEvent,
    ) -> Result<AuditEntry, StoreError> {
        for _ in 0..AUDIT_ATTEMPTS {
            let entry = AuditEntry::following(self.last_audit().await?.as_ref(), at, event.clone());
            let AuditEvent { action, outcome, uid, role, session, certificate, relying_party } =
                &entry.event;
            let appended = sqlx::query(
                "INSERT INTO audit (number, at, action, outcome, uid, role, session_id, \
                 certificate, relying_party, previous, hash) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                 ON CONFLICT (number) DO NOTHING",
            )
            .bind(number(entry.number)?)
            .bind(stored(at))
            .bind(action)
            .bind(outcome)
            .bind(uid.as_deref())
            .bind(role.as_deref())
            .bind(session.as_deref())
            .bind(certificate.as_deref())
            .bind(relying_party.as_deref())
            .bind(entry.previous.as_slice())
            .bind(entry.hash.as_slice())
            .execute(&self.0)
            .await?
            .rows_affected();
            if appended == 1 {
                return Ok(entry);
            }
        }
        Err(StoreError::Contended)
    }

    async fn audit_after(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query("SELECT * FROM audit WHERE number > $1 ORDER BY number LIMIT $2")
            .bind(number(after)?)
            .bind(i64::from(limit))
            .fetch_all(&self.0)
            .await?;
        rows.iter().map(audit_entry).collect()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.0).await?;
        Ok(())
    }
}

async fn insert_ticket(
    transaction: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
    ticket: &StoredTicket,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ticket (hash, session_id, relying_party, issued) VALUES ($1, $2, $3, $4)",
    )
    .bind(ticket.hash.as_slice())
    .bind(&ticket.session)
    .bind(ticket.relying_party.as_deref())
    .bind(stored(ticket.issued))
    .execute(&mut **transaction)
    .await
    .map_err(duplicate)?;
    Ok(())
}

fn session(row: &SqliteRow) -> Result<Session, StoreError> {
    let state: String = row.try_get("state")?;
    Ok(Session {
        id: row.try_get("id")?,
        revision: unsigned(row, "revision")?,
        state: State::from_name(&state).ok_or(StoreError::Corrupt("state"))?,
        uid: row.try_get("uid")?,
        certificate: sha256(row, "certificate")?,
        role: row.try_get("role")?,
        session_key: row.try_get("session_key")?,
        last_sequence: unsigned(row, "last_sequence")?,
        created: time(row, "created")?,
        authenticated: time(row, "authenticated")?,
        last_activity: time(row, "last_activity")?,
        max_expires: time(row, "max_expires")?,
        idle: Duration::from_millis(unsigned(row, "idle")?),
        lease_expires: time(row, "lease_expires")?,
    })
}

fn audit_entry(row: &SqliteRow) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        number: unsigned(row, "number")?,
        at: time(row, "at")?,
        event: AuditEvent {
            action: row.try_get("action")?,
            outcome: row.try_get("outcome")?,
            uid: row.try_get("uid")?,
            role: row.try_get("role")?,
            session: row.try_get("session_id")?,
            certificate: row.try_get("certificate")?,
            relying_party: row.try_get("relying_party")?,
        },
        previous: sha256(row, "previous")?,
        hash: sha256(row, "hash")?,
    })
}

/// Times lie below 2^63 milliseconds until the year 292 million.
fn stored(time: Timestamp) -> i64 {
    i64::try_from(time.millis()).unwrap_or(i64::MAX)
}

fn idle(session: &Session) -> i64 {
    i64::try_from(session.idle.as_millis()).unwrap_or(i64::MAX)
}

/// The database's numbers are signed: a bit pattern above them is refused, not wrapped.
fn number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt("number"))
}

fn unsigned(row: &SqliteRow, column: &'static str) -> Result<u64, StoreError> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|_| StoreError::Corrupt(column))
}

fn time(row: &SqliteRow, column: &'static str) -> Result<Timestamp, StoreError> {
    unsigned(row, column).map(Timestamp::from_millis)
}

fn sha256(row: &SqliteRow, column: &'static str) -> Result<Sha256, StoreError> {
    let octets: Vec<u8> = row.try_get(column)?;
    octets.try_into().map_err(|_| StoreError::Corrupt(column))
}

fn duplicate(error: sqlx::Error) -> StoreError {
    match error.as_database_error() {
        Some(error) if error.is_unique_violation() => StoreError::Duplicate,
        _ => StoreError::Database(error),
    }
}

/// Before SQLite makes the file: its journals take over the file's mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

const AUDIT_ATTEMPTS: usize = 64;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_CONNECTIONS: u32 = 8;
