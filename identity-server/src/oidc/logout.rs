use wardkey_oidc::{LogoutRequest, LogoutToken, OAuthError, Parameters};

use super::Provider;
use crate::{Failed, InternalError, delivery::EndCause};

/// What came of a request to end a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedOut {
    /// Where the user goes now; `None`: a page says that it is done.
    pub destination: Option<String>,
    /// Whether a session was ended.
    pub ended: bool,
}

impl Provider {
    /// Ends the session that an ID token of ours names (OpenID Connect RP-Initiated Logout).
    /// Without one nothing is ended: a link on any page could ask for it.
    ///
    /// # Errors
    /// The OAuth error, or the server's trouble.
    pub async fn end_session(
        &self,
        parameters: &Parameters,
    ) -> Result<LoggedOut, Failed<OAuthError>> {
        let registered = self.registry.current();
        let request = LogoutRequest::read(parameters, &registered.keys, &self.issuer)
            .map_err(Failed::Refused)?;
        let client = request.client_id.as_ref().and_then(|id| self.registry.client(id));
        let destination = request.destination(client.as_deref()).map_err(Failed::Refused)?;
        let ended = match &request.hint {
            Some(hint) => {
                let session = self.identity.store.session(&hint.sid).await?;
                match session.filter(|session| session.uid == hint.sub) {
                    Some(session) => self.identity.end(&session.id, EndCause::Logout).await?,
                    None => false,
                }
            }
            None => false,
        };
        Ok(LoggedOut { destination, ended })
    }

    /// A logout token for a client, with where it goes; `None`: the client wants none.
    pub(crate) fn logout_token(
        &self,
        client: &str,
        uid: &str,
        session: &str,
    ) -> Result<Option<(String, String)>, InternalError> {
        let registered = self.registry.current();
        let Some(client) = registered.clients.get(client) else { return Ok(None) };
        let Some(address) = &client.backchannel_logout_uri else { return Ok(None) };
        let (now, jti) = (self.seconds(), self.identity.new_id()?);
        let token = LogoutToken::new(&self.issuer, &client.id, uid, session, &jti, now);
        let algorithm = client.id_token_algorithm();
        let token = registered
            .keys
            .sign(&token, algorithm, LogoutToken::TYPE, now)
            .map_err(|error| InternalError::Answer(error.to_string()))?;
        Ok(Some((address.clone(), token)))
    }
}
