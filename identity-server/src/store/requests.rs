use super::{
    Store, StoreError, change,
    column::{millis, sha256, time},
    read,
};
use crate::{Timestamp, session::Sha256};

/// A request for authorization that waits: pushed by its client, or while the user signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRequest {
    /// The client.
    pub client: String,
    /// The request, as JSON.
    pub document: String,
    /// When it is too late.
    pub expires: Timestamp,
}

/// A sign-in under way in a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Names it towards agents; no credential.
    pub id: String,
    /// The SHA-256 of the cookie that its browser holds.
    pub cookie: Sha256,
    /// What it is for.
    pub request: WaitingRequest,
}

impl Store {
    /// Keeps a pushed request under the hash of its reference.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_pushed_request(
        &self,
        reference: &Sha256,
        request: &WaitingRequest,
    ) -> Result<(), StoreError> {
        change!(self, on => sqlx::query(
            "INSERT INTO pushed_request (hash, client, document, expires) VALUES ($1, $2, $3, $4)",
        )
        .bind(reference.as_slice())
        .bind(request.client.as_str())
        .bind(request.document.as_str())
        .bind(millis(request.expires))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Gives a pushed request to the first who asks, and removes it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn take_pushed_request(
        &self,
        reference: &Sha256,
    ) -> Result<Option<WaitingRequest>, StoreError> {
        let row: Option<Row> = change!(self, on => sqlx::query_as(
            "DELETE FROM pushed_request WHERE hash = $1 RETURNING client, document, expires",
        )
        .bind(reference.as_slice())
        .fetch_optional(on)
        .await)?;
        row.map(WaitingRequest::try_from).transpose()
    }

    /// Keeps a sign-in.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_sign_in(&self, sign_in: &SignIn) -> Result<(), StoreError> {
        change!(self, on => sqlx::query(
            "INSERT INTO sign_in (id, cookie, client, document, expires) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(sign_in.id.as_str())
        .bind(sign_in.cookie.as_slice())
        .bind(sign_in.request.client.as_str())
        .bind(sign_in.request.document.as_str())
        .bind(millis(sign_in.request.expires))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// The sign-in of this name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sign_in(&self, id: &str) -> Result<Option<SignIn>, StoreError> {
        let row: Option<SignInRow> = read!(self, on => sqlx::query_as(
            "SELECT id, cookie, client, document, expires FROM sign_in WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(on)
        .await)?;
        row.map(SignIn::try_from).transpose()
    }

    /// Ends a sign-in. `false`: it was over already, so that of two who end it one does.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_sign_in(&self, id: &str) -> Result<bool, StoreError> {
        let removed = change!(self, on => sqlx::query("DELETE FROM sign_in WHERE id = $1")
            .bind(id)
            .execute(on)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(removed == 1)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    client: String,
    document: String,
    expires: i64,
}

#[derive(sqlx::FromRow)]
struct SignInRow {
    id: String,
    cookie: Vec<u8>,
    #[sqlx(flatten)]
    request: Row,
}

impl TryFrom<Row> for WaitingRequest {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let expires = time(row.expires, "expires")?;
        Ok(Self { client: row.client, document: row.document, expires })
    }
}

impl TryFrom<SignInRow> for SignIn {
    type Error = StoreError;

    fn try_from(row: SignInRow) -> Result<Self, StoreError> {
        let cookie = sha256(row.cookie, "cookie")?;
        Ok(Self { id: row.id, cookie, request: row.request.try_into()? })
    }
}
