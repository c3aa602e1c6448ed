use wardkey_oidc::{ErrorCode, OAuthError, Scopes, UserInfo};

use super::{ENDPOINTS, Provider, TokenKind, hash, token::works};
use crate::Failed;

impl Provider {
    /// What an access token opens of its user (OpenID Connect Core, section 5.3).
    ///
    /// # Errors
    /// The OAuth error, or the server's trouble.
    #[tracing::instrument(skip_all)]
    pub async fn userinfo(
        &self,
        method: &str,
        authorization: Option<&str>,
        dpop: Option<&str>,
    ) -> Result<UserInfo, Failed<OAuthError>> {
        let refused = || {
            let code = ErrorCode::InvalidToken;
            Failed::Refused(OAuthError::new(code, "the access token is not known, or over"))
        };
        let (scheme, shown) =
            authorization.and_then(|value| value.split_once(' ')).ok_or_else(refused)?;
        let found = self.identity.store.token(&hash(shown)).await?;
        let Some((token, grant, session)) = found else { return Err(refused()) };
        let now = self.now();
        let right =
            token.kind == TokenKind::Access && scheme.eq_ignore_ascii_case(token.token_type());
        if !right || now >= token.expires || !works(&grant, &session, now) {
            return Err(refused());
        }
        if let Some(bound) = &token.confirmation {
            let key = self.proven_key(dpop, method, ENDPOINTS.userinfo, Some(shown)).await?;
            if key.as_ref() != Some(bound) {
                let code = ErrorCode::InvalidDpopProof;
                let what = "the access token is bound to another key";
                return Err(Failed::Refused(OAuthError::new(code, what)));
            }
        }
        let person = self.identity.claims_of(&session.uid).await?.ok_or_else(refused)?;
        let scopes = Scopes::from(token.scope);
        Ok(UserInfo::of(&person, grant.terms.role.as_deref(), &scopes))
    }
}
