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
        let shown = shown.map_err(Failed::Refused)?;
        let store = &self.identity.store;
        if let Some(token) = self.client_tokens.open(shown, self.now()) {
            if token.client_id == client.id {
                self.client_tokens.revoke(&token, store).await?;
            }
            return Ok(());
        }
        let hash = hash(shown);
        let found = store.token(&hash).await?;
        let Some((token, ..)) = found.filter(|(token, ..)| token.client == client.id) else {
            return Ok(());
        };
        match token.kind {
            TokenKind::Refresh => {
                let mut unit = store.begin().await?;
                unit.revoke_grant(&token.grant, self.now()).await?;
                unit.commit().await?;
            }
            TokenKind::Access => store.remove_token(&hash).await?,
        }
        Ok(())
    }
}
