use crate::{
    oidc::{Grant, StoredToken, TokenKind},
    session::Session,
    store::{
        StoreError,
        column::{sha256, time},
        gather,
        sessions::Row as SessionRow,
    },
};

macro_rules! tokens {
    ($($hashes:tt)*) => {
        concat!(
            "SELECT session.*, oidc_grant.id AS grant_id, oidc_grant.session_id, ",
            "oidc_grant.client, oidc_grant.terms, oidc_grant.made, oidc_grant.revoked, ",
            "token.hash, token.kind, token.scope, token.confirmation, token.issued, ",
            "token.expires, token.replaced ",
            "FROM token JOIN oidc_grant ON oidc_grant.id = token.grant_id ",
            "JOIN session ON session.id = oidc_grant.session_id WHERE token.hash ",
            $($hashes)*
        )
    };
}

#[derive(sqlx::FromRow)]
pub(super) struct GrantRow {
    grant_id: String,
    session_id: String,
    client: String,
    terms: String,
    made: i64,
    revoked: Option<i64>,
}

#[derive(sqlx::FromRow)]
pub(super) struct GrantSessionRow {
    #[sqlx(flatten)]
    pub grant: GrantRow,
    #[sqlx(flatten)]
    pub session: SessionRow,
}

#[derive(sqlx::FromRow)]
pub(in crate::store) struct TokenRow {
    #[sqlx(flatten)]
    grant: GrantRow,
    #[sqlx(flatten)]
    session: SessionRow,
    hash: Vec<u8>,
    kind: String,
    scope: String,
    confirmation: Option<String>,
    issued: i64,
    expires: i64,
    replaced: Option<i64>,
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.grant_id,
            session: row.session_id,
            client: row.client,
            terms: serde_json::from_str(&row.terms).map_err(|_| StoreError::Corrupt("terms"))?,
            made: time(row.made, "made")?,
            revoked: row.revoked.map(|at| time(at, "revoked")).transpose()?,
        })
    }
}

impl gather::Row for TokenRow {
    type Found = (StoredToken, Grant, Session);

    const ONE: &'static str = tokens!("= $1");
    const SOME: &'static str = tokens!(gather::sixteen!());

    fn hash(&self) -> &[u8] {
        &self.hash
    }

    fn read(self) -> Result<Self::Found, StoreError> {
        let (grant, session) = (Grant::try_from(self.grant)?, Session::try_from(self.session)?);
        let token = StoredToken {
            hash: sha256(self.hash, "hash")?,
            kind: TokenKind::from_name(&self.kind).ok_or(StoreError::Corrupt("kind"))?,
            grant: grant.id.clone(),
            client: grant.client.clone(),
            scope: self.scope,
            confirmation: self.confirmation,
            issued: time(self.issued, "issued")?,
            expires: time(self.expires, "expires")?,
            replaced: self.replaced.map(|at| time(at, "replaced")).transpose()?,
        };
        Ok((token, grant, session))
    }
}
