use wardkey_oidc::OAuthError;

use super::{ClientRequest, Provider, TokenKind, hash};
use crate::Failed;

impl Provider {
    /// Revokes a token of the client that asks (RFC 7009): a refresh token with all that came of
    /// its grant, an access token alone. A token that is not known, or is another's, is no error.
    ///
    /// # Errors
    /// The OAuth error, or the server's trouble.
    pub async fn revoke(&self, request: &ClientRequest<'_>) -> Result<(), Failed<OAuthError>> {
        let client = self.caller(request).await?;
        let shown = request.parameters.required("token", "token is missing");
        let hash = hash(shown.map_err(Failed::Refused)?);
        let found = self.identity.store.token(&hash).await?;
        let Some((token, _)) = found.filter(|(token, _)| token.client == client.id) else {
            return Ok(());
        };
        match (token.kind, token.grant) {
            (TokenKind::Refresh, Some(grant)) => {
                let mut unit = self.identity.store.begin().await?;
                unit.revoke_grant(&grant, self.now()).await?;
                unit.commit().await?;
            }
            _ => self.identity.store.remove_token(&hash).await?,
        }
        Ok(())
    }
}
