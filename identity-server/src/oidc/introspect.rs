use serde_json::json;
use wardkey_oidc::{IntrospectionResponse, OAuthError};

use super::{ClientRequest, Provider, hash, token::works};
use crate::Failed;

impl Provider {
    /// Says what a token is (RFC 7662) to a client that it was issued to. One that does not work,
    /// is another's or nobody's gets the same answer.
    ///
    /// # Errors
    /// The OAuth error, or the server's trouble.
    pub async fn introspect(
        &self,
        request: &ClientRequest<'_>,
    ) -> Result<IntrospectionResponse, Failed<OAuthError>> {
        let client = self.caller(request).await?;
        let shown = request.parameters.required("token", "token is missing");
        let shown = shown.map_err(Failed::Refused)?;
        let nothing = IntrospectionResponse::default();
        let Some((token, granted)) = self.identity.store.token(&hash(shown)).await? else {
            return Ok(nothing);
        };
        let now = self.now();
        let live = granted.as_ref().is_none_or(|(grant, session)| works(grant, session, now));
        if token.client != client.id || now >= token.expires || token.replaced.is_some() || !live {
            return Ok(nothing);
        }
        let seconds = |time: crate::Timestamp| time.millis() / 1000;
        let (grant, session) = granted.unzip();
        Ok(IntrospectionResponse {
            active: true,
            token_type: Some(token.token_type()),
            scope: Some(token.scope),
            client_id: Some(token.client),
            exp: Some(seconds(token.expires)),
            iat: Some(seconds(token.issued)),
            sub: session.as_ref().map(|session| session.uid.clone()),
            iss: Some(self.issuer.clone()),
            sid: session.map(|session| session.id),
            acr: grant.as_ref().map(|grant| grant.terms.acr.clone()),
            selected_roleid: grant.and_then(|grant| grant.terms.role),
            cnf: token.confirmation.map(|jkt| json!({ "jkt": jkt })),
        })
    }
}
