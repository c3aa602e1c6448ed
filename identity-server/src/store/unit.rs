use sqlx::{Postgres, Sqlite};

use super::{Pool, Store, StoreError};

/// Several changes that happen together or not at all. One that is dropped happens not.
#[must_use = "nothing happens before it is committed"]
pub struct Unit {
    pub(super) transaction: Transaction,
    pub(super) chain: std::sync::Arc<str>,
}

pub(super) enum Transaction {
    Postgres(sqlx::Transaction<'static, Postgres>),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

/// Runs a statement in a unit, on whichever database it is.
macro_rules! within {
    ($unit:expr, $on:ident => $run:expr) => {
        match &mut $unit.transaction {
            crate::store::unit::Transaction::Postgres(transaction) => {
                let $on = &mut **transaction;
                $run
            }
            crate::store::unit::Transaction::Sqlite(transaction) => {
                let $on = &mut **transaction;
                $run
            }
        }
    };
}

pub(super) use within;

impl Store {
    /// Begins several changes.
    ///
    /// # Errors
    /// [`StoreError`] when the database has no connection to give.
    pub async fn begin(&self) -> Result<Unit, StoreError> {
        let transaction = match &self.pool {
            Pool::Sqlite { writer, .. } => {
                Transaction::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pool::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        };
        Ok(Unit { transaction, chain: self.chain.clone() })
    }
}

impl Unit {
    /// Makes the changes; when this returns they outlast a killed process.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; whether the changes were made is not known then.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.transaction {
            Transaction::Postgres(transaction) => transaction.commit().await?,
            Transaction::Sqlite(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Waits until no other unit, on any node, holds the lock of this name; this unit holds it
    /// until its end. SQLite has one unit at a time in any case.
    pub(super) async fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        use sha2::{Digest as _, Sha256};
        if let Transaction::Postgres(transaction) = &mut self.transaction {
            let digest: [u8; 32] = Sha256::digest(name).into();
            let [a, b, c, d, e, f, g, h, ..] = digest;
            let number = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(number)
                .execute(&mut **transaction)
                .await?;
        }
        Ok(())
    }
}
