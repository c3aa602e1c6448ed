//! Where the server keeps everything: SQLite in a file for one node, PostgreSQL for several.
//!
//! One text of SQL serves both. A [`Store`] answers questions and makes changes that stand alone;
//! a [`Unit`] makes several changes in one transaction, with what the audit log says of them.
//! Not found is `Ok(None)` or `Ok(false)`. One file for each kind of thing that is kept.

mod audit;
mod authorities;
mod certificates;
mod challenges;
mod column;
mod deliveries;
mod directory;
mod gather;
mod grants;
mod listeners;
mod migrations;
mod open;
mod passkeys;
mod registry;
mod relying_parties;
mod requests;
mod sessions;
mod unit;
mod visits;

use std::sync::Arc;

use gather::Gather;
use grants::TokenRow;
use sessions::TicketRow;
use sqlx::{PgPool, SqlitePool};

pub use authorities::{AuthorityKind, StoredAuthority};
pub use directory::{DirectoryEntry, EntryKind};
pub use grants::CodeUse;
pub use listeners::Listener;
pub use open::Database;
pub use passkeys::StoredPasskey;
pub use requests::{SignIn, WaitingRequest};
pub use sessions::TicketChange;
pub use unit::Unit;

/// A database, opened.
#[derive(Clone, Debug)]
pub struct Store {
    pool: Pool,
    tickets: Arc<Gather<TicketRow>>,
    tokens: Arc<Gather<TokenRow>>,
    chain: Arc<str>,
}

/// Where statements run.
#[derive(Clone, Debug)]
enum Pool {
    /// SQLite takes one writer at a time; who waits for it waits here, in order, and not in
    /// SQLite's busy loop.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

/// Runs a statement that reads, on whichever database it is.
macro_rules! read {
    ($store:expr, $on:ident => $run:expr) => {
        match &$store.pool {
            crate::store::Pool::Sqlite { readers: $on, .. } => $run,
            crate::store::Pool::Postgres($on) => $run,
        }
    };
}

/// Runs a statement that changes something and stands alone, on whichever database it is.
macro_rules! change {
    ($store:expr, $on:ident => $run:expr) => {
        match &$store.pool {
            crate::store::Pool::Sqlite { writer: $on, .. } => $run,
            crate::store::Pool::Postgres($on) => $run,
        }
    };
}

use {change, read};

/// The store failed; what it said is for the log, never for clients.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// What is stored can't be read.
    #[error("the stored {0} can't be read")]
    Corrupt(&'static str),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(Arc<sqlx::Error>),
    /// Something with this key is stored already.
    #[error("the key is in use")]
    Duplicate,
    /// The schema could not be brought up to date.
    #[error("the database's schema: {0}")]
    Schema(Arc<sqlx::migrate::MigrateError>),
}

impl Store {
    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        read!(self, on => sqlx::query("SELECT 1").execute(on).await.map(drop))?;
        Ok(())
    }

    /// Closes the database, when what is under way is done.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Schema(Arc::new(error))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(refused) if refused.is_unique_violation() => Self::Duplicate,
            _ => Self::Database(Arc::new(error)),
        }
    }
}

#[cfg(test)]
mod tests;
