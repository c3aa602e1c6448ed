use super::{
    Store, StoreError, Unit, change,
    column::{millis, sha256, time},
    read,
    unit::within,
};
use crate::{Timestamp, session::Sha256};

/// A passkey as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPasskey {
    /// The SHA-256 of its credential id.
    pub id: Sha256,
    /// The user whose it is.
    pub uid: String,
    /// The user's name for it.
    pub name: String,
    /// The public key with its counter, JSON.
    pub document: String,
    /// When it was registered.
    pub registered: Timestamp,
    /// When it signed in last.
    pub last_used: Option<Timestamp>,
}

impl Store {
    /// The passkey of this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn passkey(&self, id: &Sha256) -> Result<Option<StoredPasskey>, StoreError> {
        let row: Option<Row> = read!(self, on => sqlx::query_as(
            "SELECT id, uid, name, document, registered, last_used FROM passkey WHERE id = $1",
        )
        .bind(id.as_slice())
        .fetch_optional(on)
        .await)?;
        row.map(StoredPasskey::try_from).transpose()
    }

    /// The passkeys of a user, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn passkeys(&self, uid: &str) -> Result<Vec<StoredPasskey>, StoreError> {
        let rows: Vec<Row> = read!(self, on => sqlx::query_as(
            "SELECT id, uid, name, document, registered, last_used FROM passkey WHERE uid = $1 \
             ORDER BY registered, id",
        )
        .bind(uid)
        .fetch_all(on)
        .await)?;
        rows.into_iter().map(StoredPasskey::try_from).collect()
    }

    /// Keeps what is under way with a passkey, once under this name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_ceremony(
        &self,
        id: &str,
        document: &str,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        change!(self, on => sqlx::query(
            "INSERT INTO ceremony (id, document, expires) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO UPDATE SET document = excluded.document, \
             expires = excluded.expires",
        )
        .bind(id)
        .bind(document)
        .bind(millis(expires))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Gives what is under way to the first who asks, and removes it. `None`: nothing is, or it
    /// took too long.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn take_ceremony(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let row: Option<(String, i64)> = change!(self, on => sqlx::query_as(
            "DELETE FROM ceremony WHERE id = $1 RETURNING document, expires",
        )
        .bind(id)
        .fetch_optional(on)
        .await)?;
        Ok(row.filter(|(_, expires)| millis(now) < *expires).map(|(document, _)| document))
    }

    /// Removes what was under way until before `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sweep_ceremonies(&self, now: Timestamp) -> Result<(), StoreError> {
        change!(self, on => sqlx::query("DELETE FROM ceremony WHERE expires < $1")
            .bind(millis(now))
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }
}

impl Unit {
    /// Keeps a new passkey. `false`: there is one of its id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_passkey(&mut self, passkey: &StoredPasskey) -> Result<bool, StoreError> {
        let kept = within!(self, on => sqlx::query(
            "INSERT INTO passkey (id, uid, name, document, registered) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
        )
        .bind(passkey.id.as_slice())
        .bind(passkey.uid.as_str())
        .bind(passkey.name.as_str())
        .bind(passkey.document.as_str())
        .bind(millis(passkey.registered))
        .execute(on)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(kept == 1)
    }

    /// Keeps that a passkey was used, with its counter.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn use_passkey(
        &mut self,
        id: &Sha256,
        document: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "UPDATE passkey SET document = $2, last_used = $3 WHERE id = $1",
        )
        .bind(id.as_slice())
        .bind(document)
        .bind(millis(at))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Removes every passkey of a user.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_passkeys_of(&mut self, uid: &str) -> Result<(), StoreError> {
        within!(self, on => sqlx::query("DELETE FROM passkey WHERE uid = $1")
            .bind(uid)
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes a passkey of a user. `false`: the user has none of this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_passkey(&mut self, uid: &str, id: &Sha256) -> Result<bool, StoreError> {
        let removed = within!(self, on => sqlx::query(
            "DELETE FROM passkey WHERE id = $1 AND uid = $2",
        )
        .bind(id.as_slice())
        .bind(uid)
        .execute(on)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(removed == 1)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Vec<u8>,
    uid: String,
    name: String,
    document: String,
    registered: i64,
    last_used: Option<i64>,
}

impl TryFrom<Row> for StoredPasskey {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: sha256(row.id, "passkey")?,
            uid: row.uid,
            name: row.name,
            document: row.document,
            registered: time(row.registered, "registered")?,
            last_used: row.last_used.map(|at| time(at, "last use")).transpose()?,
        })
    }
}
