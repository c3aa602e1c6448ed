use std::{
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    Connection as _,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Pool, Store, StoreError, gather::Gather, migrations};

/// Which database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// An SQLite file, of one node; several processes of that node may use it at once.
    File(PathBuf),
    /// A PostgreSQL server, as `postgres://user@host:port/name`. Passwords are better left to
    /// `~/.pgpass` or the environment, where PostgreSQL's own clients look for them too.
    Postgres(String),
}

impl Database {
    /// What a configuration says: an address of PostgreSQL, or a file's path from `folder`.
    #[must_use]
    pub fn parse(text: &str, folder: &Path) -> Self {
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            Self::Postgres(text.to_owned())
        } else {
            Self::File(folder.join(text))
        }
    }
}

impl Store {
    /// Opens the database and brings its schema up to date. A file is made, readable by its owner
    /// only, where there is none. `chain` names this node's chain of the audit log.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be opened or is something else.
    pub async fn open(database: &Database, chain: &str) -> Result<Self, StoreError> {
        let pool = match database {
            Database::File(path) => file(path).await?,
            Database::Postgres(address) => postgres(address).await?,
        };
        match &pool {
            Pool::Sqlite { writer, .. } => migrations::sqlite().run(writer).await?,
            Pool::Postgres(pool) => migrations::postgres().run(pool).await?,
        }
        Ok(Self::over(pool, chain))
    }

    pub(super) fn over(pool: Pool, chain: &str) -> Self {
        let (tickets, tokens) = (Gather::new(pool.clone()), Gather::new(pool.clone()));
        Self { pool, tickets, tokens, chain: Arc::from(chain) }
    }
}

/// What was acknowledged is on the disk: a killed process or machine loses none of it.
async fn file(path: &Path) -> Result<Pool, StoreError> {
    create_private(path).map_err(sqlx::Error::Io)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("cache_size", CACHE)
        .busy_timeout(TIMEOUT);
    let pool = |connections| {
        let pool = SqlitePoolOptions::new().max_connections(connections).acquire_timeout(TIMEOUT);
        // A file does not hang up, and to ask costs as much as a session check.
        let pool = pool.test_before_acquire(false);
        // On a full disk SQLite itself rolls back, and SQLx, which counts, can't any more: such a
        // connection would never begin anything again.
        let pool = pool.before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        });
        pool.connect_with(options.clone())
    };
    Ok(Pool::Sqlite { writer: pool(1).await?, readers: pool(READERS).await? })
}

async fn postgres(address: &str) -> Result<Pool, StoreError> {
    let options = PgConnectOptions::from_str(address)?.application_name("wardkey-identity");
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(TIMEOUT);
    // Whether the server is still there is a question over the network as each other is; a connection
    // that was in use just now is not asked, and fails once where the server has gone since.
    let pool = pool.test_before_acquire(false).before_acquire(|connection, meta| {
        Box::pin(async move {
            if meta.idle_for >= FRESH {
                connection.ping().await?;
            }
            Ok(true)
        })
    });
    Ok(Pool::Postgres(pool.connect_with(options).await?))
}

/// Before SQLite makes the file: its journals take over the file's mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Of each connection, in SQLite's way to say KiB: what is asked for most of a million sessions.
const CACHE: &str = "-8000";
const CONNECTIONS: u32 = 16;
const FRESH: Duration = Duration::from_secs(1);
const READERS: u32 = 4;
const TIMEOUT: Duration = Duration::from_secs(5);
