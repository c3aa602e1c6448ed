mod row;

use row::{GrantRow, GrantSessionRow};

pub(super) use row::TokenRow;

use super::{
    Store, StoreError, Unit, change,
    column::{millis, time},
    read,
    unit::within,
};
use crate::{
    Timestamp,
    oidc::{Grant, StoredToken},
    session::{Session, Sha256},
};

/// What came of presenting a code.
#[allow(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeUse {
    /// Its first use, in time.
    First(Grant),
    /// It was used before; the grant is named so that it can be revoked.
    Again(String),
    /// Nobody has such a code, or it is too old.
    Unknown,
}

impl Store {
    /// The token with this hash, with its grant and session.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn token(
        &self,
        hash: &Sha256,
    ) -> Result<Option<(StoredToken, Grant, Session)>, StoreError> {
        self.tokens.find(hash).await
    }

    /// Whose sign-in a code is of, used or not; `None`: nobody has such a code.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn user_of_code(&self, hash: &Sha256) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = read!(self, on => sqlx::query_as(
            "SELECT session.uid FROM code JOIN oidc_grant ON oidc_grant.id = code.grant_id \
             JOIN session ON session.id = oidc_grant.session_id WHERE code.hash = $1",
        )
        .bind(hash.as_slice())
        .fetch_optional(on)
        .await)?;
        Ok(row.map(|(uid,)| uid))
    }

    /// Keeps that this was used, until the time. `false`: it was used already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn use_once(&self, hash: &Sha256, until: Timestamp) -> Result<bool, StoreError> {
        let kept = change!(self, on => sqlx::query(
            "INSERT INTO replay (hash, until) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
        )
        .bind(hash.as_slice())
        .bind(millis(until))
        .execute(on)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(kept == 1)
    }

    /// Keeps that a client's own token was revoked, until it is over.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_revoked_token(&self, id: &str, expires: Timestamp) -> Result<(), StoreError> {
        change!(self, on => sqlx::query(
            "INSERT INTO revoked_token (id, expires) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(millis(expires))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// The clients' own tokens that were revoked and are not over, with when they are.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn revoked_tokens(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows: Vec<(String, i64)> = read!(self, on => sqlx::query_as(
            "SELECT id, expires FROM revoked_token WHERE expires > $1",
        )
        .bind(millis(now))
        .fetch_all(on)
        .await)?;
        rows.into_iter().map(|(id, expires)| Ok((id, time(expires, "expires")?))).collect()
    }

    /// Removes a token.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_token(&self, hash: &Sha256) -> Result<(), StoreError> {
        change!(self, on => sqlx::query("DELETE FROM token WHERE hash = $1")
            .bind(hash.as_slice())
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes what expired before `now`: requests under way, codes, tokens, uses.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sweep_grants(&self, now: Timestamp) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM pushed_request WHERE expires < $1",
            "DELETE FROM sign_in WHERE expires < $1",
            "DELETE FROM token WHERE expires < $1",
            "DELETE FROM replay WHERE until < $1",
            "DELETE FROM revoked_token WHERE expires < $1",
        ] {
            change!(self, on => sqlx::query(sql).bind(millis(now)).execute(on).await.map(drop))?;
        }
        Ok(())
    }
}

impl Unit {
    /// A grant with its session.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn grant(&mut self, id: &str) -> Result<Option<(Grant, Session)>, StoreError> {
        let row: Option<GrantSessionRow> = within!(self, on => sqlx::query_as(
            "SELECT session.*, oidc_grant.id AS grant_id, oidc_grant.session_id, \
             oidc_grant.client, oidc_grant.terms, oidc_grant.made, oidc_grant.revoked \
             FROM oidc_grant JOIN session ON session.id = oidc_grant.session_id \
             WHERE oidc_grant.id = $1",
        )
        .bind(id)
        .fetch_optional(on)
        .await)?;
        row.map(|row| Ok((row.grant.try_into()?, row.session.try_into()?))).transpose()
    }

    /// Removes all that a client was ever given.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_grants_of(&mut self, client: &str) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM oidc_grant WHERE client = $1",
            "DELETE FROM pushed_request WHERE client = $1",
            "DELETE FROM sign_in WHERE client = $1",
        ] {
            within!(self, on => sqlx::query(sql).bind(client).execute(on).await.map(drop))?;
        }
        Ok(())
    }

    /// Keeps a new grant with the code that stands for it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_grant(
        &mut self,
        grant: &Grant,
        code: &Sha256,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let terms =
            serde_json::to_string(&grant.terms).map_err(|_| StoreError::Corrupt("terms"))?;
        within!(self, on => sqlx::query(
            "INSERT INTO oidc_grant (id, session_id, client, terms, made, revoked) \
             VALUES ($1, $2, $3, $4, $5, NULL)",
        )
        .bind(grant.id.as_str())
        .bind(grant.session.as_str())
        .bind(grant.client.as_str())
        .bind(terms.as_str())
        .bind(millis(grant.made))
        .execute(on)
        .await
        .map(drop))?;
        within!(self, on => sqlx::query(
            "INSERT INTO code (hash, grant_id, expires, used) VALUES ($1, $2, $3, NULL)",
        )
        .bind(code.as_slice())
        .bind(grant.id.as_str())
        .bind(millis(expires))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Uses a code up.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn use_code(&mut self, hash: &Sha256, now: Timestamp) -> Result<CodeUse, StoreError> {
        let first: Option<(String,)> = within!(self, on => sqlx::query_as(
            "UPDATE code SET used = $2 WHERE hash = $1 AND used IS NULL AND expires > $2 \
             RETURNING grant_id",
        )
        .bind(hash.as_slice())
        .bind(millis(now))
        .fetch_optional(on)
        .await)?;
        let Some((grant,)) = first else {
            let used: Option<(String,)> = within!(self, on => sqlx::query_as(
                "SELECT grant_id FROM code WHERE hash = $1 AND used IS NOT NULL",
            )
            .bind(hash.as_slice())
            .fetch_optional(on)
            .await)?;
            return Ok(used.map_or(CodeUse::Unknown, |(grant,)| CodeUse::Again(grant)));
        };
        let row: GrantRow = within!(self, on => sqlx::query_as(
            "SELECT id AS grant_id, session_id, client, terms, made, revoked FROM oidc_grant \
             WHERE id = $1",
        )
        .bind(grant.as_str())
        .fetch_one(on)
        .await)?;
        Ok(CodeUse::First(row.try_into()?))
    }

    /// Keeps a token.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_token(&mut self, token: &StoredToken) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "INSERT INTO token (hash, kind, grant_id, client, scope, confirmation, issued, \
             expires, replaced) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)",
        )
        .bind(token.hash.as_slice())
        .bind(token.kind.as_str())
        .bind(token.grant.as_str())
        .bind(token.client.as_str())
        .bind(token.scope.as_str())
        .bind(token.confirmation.as_deref())
        .bind(millis(token.issued))
        .bind(millis(token.expires))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Marks a refresh token as replaced. `false`: it was already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn replace_token(
        &mut self,
        hash: &Sha256,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let replaced = within!(self, on => sqlx::query(
            "UPDATE token SET replaced = $2 WHERE hash = $1 AND replaced IS NULL",
        )
        .bind(hash.as_slice())
        .bind(millis(now))
        .execute(on)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(replaced == 1)
    }

    /// Revokes a grant: none of its codes and tokens works any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn revoke_grant(&mut self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "UPDATE oidc_grant SET revoked = $2 WHERE id = $1 AND revoked IS NULL",
        )
        .bind(id)
        .bind(millis(now))
        .execute(on)
        .await
        .map(drop))?;
        within!(self, on => sqlx::query("DELETE FROM token WHERE grant_id = $1")
            .bind(id)
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The clients that hold grants of a session.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn clients_of(&mut self, session: &str) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = within!(self, on => sqlx::query_as(
            "SELECT DISTINCT client FROM oidc_grant WHERE session_id = $1 ORDER BY client",
        )
        .bind(session)
        .fetch_all(on)
        .await)?;
        Ok(rows.into_iter().map(|(client,)| client).collect())
    }
}
