use std::time::Duration;

use wardkey_oidc::{
    Acr, Assurance, Client, CodeChallenge, ErrorCode, IdToken, OAuthError, Scopes, TokenGrant,
    TokenRequest, TokenResponse, half_hash,
};

use super::{
    ClientRequest, Grant, Provider, StoredToken, TokenKind, client_token::ClientToken, hash,
};
use crate::{
    AuditEvent, Failed, InternalError, Timestamp,
    identity::event,
    session::Session,
    store::{CodeUse, Unit},
};

/// Tokens to give, not given before the unit is committed.
struct Issue<'a> {
    client: &'a Client,
    grant: &'a Grant,
    session: &'a Session,
    scope: Scopes,
    confirmation: Option<String>,
    /// How sure the registration is of who the user is.
    identity_assurance: u8,
}

impl Provider {
    /// Gives tokens (RFC 6749, section 3.2).
    ///
    /// # Errors
    /// The OAuth error, or the server's trouble.
    #[tracing::instrument(skip_all)]
    pub async fn token(
        &self,
        request: &ClientRequest<'_>,
    ) -> Result<TokenResponse, Failed<OAuthError>> {
        let client = self.caller(request).await?;
        let asked = TokenRequest::read(request.parameters, &client).map_err(Failed::Refused)?;
        let key = self.proven_key(request.dpop, "POST", request.path, None).await?;
        if client.dpop_bound && key.is_none() {
            let code = ErrorCode::InvalidDpopProof;
            let error = OAuthError::new(code, "tokens of this client need a DPoP proof");
            return Err(Failed::Refused(error));
        }
        let answer = match asked.grant {
            TokenGrant::AuthorizationCode { code, redirect_uri, code_verifier } => {
                self.by_code(&client, code, redirect_uri, code_verifier, key).await?
            }
            TokenGrant::ClientCredentials { scope } => self.by_credentials(&client, &scope, key)?,
            TokenGrant::RefreshToken { refresh_token, scope } => {
                self.by_refresh(&client, refresh_token, scope, key).await?
            }
            _ => {
                let code = ErrorCode::UnsupportedGrantType;
                return Err(Failed::Refused(OAuthError::new(code, "not served")));
            }
        };
        Ok(answer)
    }

    async fn by_code(
        &self,
        client: &Client,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
        key: Option<String>,
    ) -> Result<TokenResponse, Failed<OAuthError>> {
        let now = self.now();
        let hash = hash(code);
        // Before the unit, which holds a connection and, with SQLite, every other writer up: the
        // directory may be asked over the network.
        let user = self.identity.store.user_of_code(&hash).await?;
        let identity_assurance = match user {
            Some(uid) => self.identity.id_assurance_level(&uid).await?,
            None => 0,
        };
        let mut unit = self.identity.store.begin().await?;
        let grant = match unit.use_code(&hash, now).await? {
            CodeUse::First(grant) => grant,
            CodeUse::Unknown => return Err(invalid("the code is not known, or too old")),
            CodeUse::Again(grant) => {
                // Somebody has what is not theirs: nobody keeps anything (RFC 9700, 4.13).
                return self.revoke_for(unit, &grant, "code_reused").await;
            }
        };
        // Whoever presents a code uses it up, right or wrong.
        let session = unit.session(&grant.session).await?;
        let checked = check_code(client, &grant, redirect_uri, verifier, key.as_deref());
        let live = || session.filter(|session| works(&grant, session, now));
        let session = match checked.and_then(|()| live().ok_or(invalid("the session is over"))) {
            Ok(session) => session,
            Err(refusal) => {
                unit.commit().await?;
                return Err(refusal);
            }
        };
        let scope = Scopes::from(grant.terms.scope.clone());
        let confirmation = key;
        let (grant, session) = (&grant, &session);
        let issue = Issue { client, grant, session, scope, confirmation, identity_assurance };
        let answer = self.issue(&mut unit, &issue, None, now).await?;
        let relying_party = Some(client.id.clone());
        unit.audit(now, AuditEvent { relying_party, ..event("token", "ok", session) }).await?;
        unit.commit().await?;
        Ok(answer)
    }

    async fn by_refresh(
        &self,
        client: &Client,
        refresh_token: &str,
        scope: Option<Scopes>,
        key: Option<String>,
    ) -> Result<TokenResponse, Failed<OAuthError>> {
        let now = self.now();
        let found = self.identity.store.token(&hash(refresh_token)).await?;
        let Some((token, grant, session)) = found else {
            return Err(invalid("the refresh token is not known, or over"));
        };
        let right = token.kind == TokenKind::Refresh && token.client == client.id;
        if !right || now >= token.expires || !works(&grant, &session, now) {
            return Err(invalid("the refresh token is not known, or over"));
        }
        if token.confirmation != key && token.confirmation.is_some() {
            return Err(invalid("the refresh token is bound to another key"));
        }
        let given = Scopes::from(grant.terms.scope.clone());
        let scope = scope.unwrap_or_else(|| given.clone());
        if !scope.are_within(&given) {
            let code = ErrorCode::InvalidScope;
            return Err(Failed::Refused(OAuthError::new(code, "more than was given")));
        }
        let identity_assurance = self.identity.id_assurance_level(&session.uid).await?;
        let mut unit = self.identity.store.begin().await?;
        let kept = if client.rotates_refresh_tokens() {
            if !unit.replace_token(&token.hash, now).await? {
                return self.revoke_for(unit, &grant.id, "refresh_token_reused").await;
            }
            None
        } else {
            Some(refresh_token.to_owned())
        };
        let (grant, session) = (&grant, &session);
        let confirmation = key;
        let issue = Issue { client, grant, session, scope, confirmation, identity_assurance };
        let answer = self.issue(&mut unit, &issue, kept, now).await?;
        unit.commit().await?;
        Ok(answer)
    }

    fn by_credentials(
        &self,
        client: &Client,
        scope: &Scopes,
        confirmation: Option<String>,
    ) -> Result<TokenResponse, InternalError> {
        let now = self.seconds();
        let token_type = if confirmation.is_some() { "DPoP" } else { "Bearer" };
        let token = ClientToken {
            jti: self.identity.new_id()?,
            client_id: client.id.clone(),
            scope: scope.to_string(),
            jkt: confirmation,
            iat: now,
            exp: now + ACCESS.as_secs(),
        };
        let sealed = self.client_tokens.seal(&token);
        Ok(TokenResponse {
            access_token: sealed.ok_or_else(|| InternalError::Answer("token".to_owned()))?,
            token_type,
            expires_in: ACCESS.as_secs(),
            scope: token.scope,
            refresh_token: None,
            id_token: None,
        })
    }

    /// Puts new tokens of a grant into the unit. `kept`: the refresh token goes on.
    async fn issue(
        &self,
        unit: &mut Unit,
        issue: &Issue<'_>,
        kept: Option<String>,
        now: Timestamp,
    ) -> Result<TokenResponse, InternalError> {
        let (access_token, access_hash) = self.secret()?;
        let expires = now.plus(ACCESS).min(issue.session.max_expires);
        let access = StoredToken {
            hash: access_hash,
            kind: TokenKind::Access,
            grant: issue.grant.id.clone(),
            client: issue.client.id.clone(),
            scope: issue.scope.to_string(),
            confirmation: issue.confirmation.clone(),
            issued: now,
            expires,
            replaced: None,
        };
        unit.put_token(&access).await?;
        let refreshes = issue.client.grant_types.contains(&wardkey_oidc::GrantType::RefreshToken);
        let refresh_token = match kept {
            Some(kept) => Some(kept),
            None if refreshes => {
                let (refresh_token, hash) = self.secret()?;
                // It ends with the session.
                let expires = issue.session.max_expires;
                let kind = TokenKind::Refresh;
                unit.put_token(&StoredToken { hash, kind, expires, ..access.clone() }).await?;
                Some(refresh_token)
            }
            None => None,
        };
        Ok(TokenResponse {
            id_token: Some(self.id_token(issue, &access_token, now)?),
            token_type: access.token_type(),
            expires_in: expires.since(now).as_secs(),
            scope: access.scope,
            access_token,
            refresh_token,
        })
    }

    fn id_token(
        &self,
        issue: &Issue<'_>,
        access_token: &str,
        now: Timestamp,
    ) -> Result<String, InternalError> {
        let terms = &issue.grant.terms;
        let now = now.millis() / 1000;
        let algorithm = issue.client.id_token_algorithm();
        let acr =
            Acr::from_claim(&terms.acr).ok_or_else(|| InternalError::Answer("acr".to_owned()))?;
        let claims = IdToken {
            iss: self.issuer.clone(),
            sub: issue.session.uid.clone(),
            aud: issue.client.id.clone(),
            azp: issue.client.id.clone(),
            exp: now + ID_TOKEN.as_secs(),
            iat: now,
            auth_time: terms.auth_time,
            nonce: terms.nonce.clone(),
            at_hash: Some(half_hash(access_token, algorithm)),
            acr: String::new(),
            amr: Vec::new(),
            sid: issue.session.id.clone(),
            id_assurance_level: 0,
            authentication_assurance_level: 0,
            selected_roleid: terms.role.clone().filter(|_| issue.scope.tell_role()),
            uid: issue.session.uid.clone(),
        };
        let assurance =
            Assurance { identity: issue.identity_assurance, authentication: acr.level() };
        let registered = self.registry.current();
        registered
            .keys
            .sign(&claims.authenticated(acr, assurance), algorithm, IdToken::TYPE, now)
            .map_err(|error| InternalError::Answer(error.to_string()))
    }

    /// Revokes a grant whose code or refresh token was used twice.
    async fn revoke_for<T>(
        &self,
        mut unit: Unit,
        grant: &str,
        outcome: &str,
    ) -> Result<T, Failed<OAuthError>> {
        let now = self.now();
        unit.revoke_grant(grant, now).await?;
        if let Some((grant, session)) = unit.grant(grant).await? {
            let relying_party = Some(grant.client);
            let trail = AuditEvent { relying_party, ..event("token", outcome, &session) };
            unit.audit(now, trail).await?;
        }
        unit.commit().await?;
        Err(invalid("used before; nothing of it works any more"))
    }
}

fn check_code(
    client: &Client,
    grant: &Grant,
    redirect_uri: &str,
    verifier: &str,
    key: Option<&str>,
) -> Result<(), Failed<OAuthError>> {
    let terms = &grant.terms;
    if grant.client != client.id {
        return Err(invalid("a code of another client"));
    }
    if terms.redirect_uri != redirect_uri {
        return Err(invalid("redirect_uri is not where the code went"));
    }
    if !CodeChallenge::stored(&terms.code_challenge).is_met_by(verifier) {
        return Err(invalid("code_verifier is not the challenge's"));
    }
    if terms.dpop_jkt.as_deref().is_some_and(|bound| Some(bound) != key) {
        return Err(invalid("the code is bound to another key"));
    }
    Ok(())
}

/// Whether tokens of a grant work: not revoked, the session active, in the role of then.
pub(super) fn works(grant: &Grant, session: &Session, now: Timestamp) -> bool {
    grant.revoked.is_none() && session.is_active(now) && session.role == grant.terms.role
}

impl StoredToken {
    /// `Bearer`, or `DPoP` where it is bound to a key.
    #[must_use]
    pub fn token_type(&self) -> &'static str {
        if self.confirmation.is_some() { "DPoP" } else { "Bearer" }
    }
}

fn invalid(what: &'static str) -> Failed<OAuthError> {
    Failed::Refused(OAuthError::new(ErrorCode::InvalidGrant, what))
}

const ACCESS: Duration = Duration::from_secs(3600);
const ID_TOKEN: Duration = Duration::from_secs(3600);
