use serde_json::json;
use wardkey_oidc::{IntrospectionResponse, OAuthError, Scopes};

use super::{ClientRequest, Provider, client_token::ClientToken, hash, token::works};
use crate::Failed;

impl Provider {
    /// Says what a token is (RFC 7662) to a client that it was issued to. One that does not work,
    /// is another's or nobody's gets the same answer.
    ///
    /// # Errors
    /// The OAuth error, or the server's trouble.
    #[tracing::instrument(skip_all)]
    pub async fn introspect(
        &self,
        request: &ClientRequest<'_>,
    ) -> Result<IntrospectionResponse, Failed<OAuthError>> {
        let client = self.caller(request).await?;
        let shown = request.parameters.required("token", "token is missing");
        let shown = shown.map_err(Failed::Refused)?;
        let nothing = IntrospectionResponse::default();
        let now = self.now();
        if let Some(token) = self.client_tokens.open(shown, now) {
            let own = token.client_id == client.id;
            return Ok(if own { self.of_client(token) } else { nothing });
        }
        let Some((token, grant, session)) = self.identity.store.token(&hash(shown)).await? else {
            return Ok(nothing);
        };
        let live = works(&grant, &session, now);
        if token.client != client.id || now >= token.expires || token.replaced.is_some() || !live {
            return Ok(nothing);
        }
        let seconds = |time: crate::Timestamp| time.millis() / 1000;
        let tells_role = Scopes::from(token.scope.clone()).tell_role();
        Ok(IntrospectionResponse {
            active: true,
            token_type: Some(token.token_type()),
            scope: Some(token.scope),
            client_id: Some(token.client),
            exp: Some(seconds(token.expires)),
            iat: Some(seconds(token.issued)),
            sub: Some(session.uid),
            iss: Some(self.issuer.clone()),
            sid: Some(session.id),
            acr: Some(grant.terms.acr),
            selected_roleid: grant.terms.role.filter(|_| tells_role),
            cnf: token.confirmation.map(|jkt| json!({ "jkt": jkt })),
        })
    }

    fn of_client(&self, token: ClientToken) -> IntrospectionResponse {
        IntrospectionResponse {
            active: true,
            token_type: Some(if token.jkt.is_some() { "DPoP" } else { "Bearer" }),
            scope: Some(token.scope),
            client_id: Some(token.client_id),
            exp: Some(token.exp),
            iat: Some(token.iat),
            iss: Some(self.issuer.clone()),
            cnf: token.jkt.map(|jkt| json!({ "jkt": jkt })),
            ..IntrospectionResponse::default()
        }
    }
}
