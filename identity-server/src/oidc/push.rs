use std::time::Duration;

use wardkey_oidc::{AuthorizationError, AuthorizationRequest, OAuthError, PushedReference};

use super::{ClientRequest, Provider, hash};
use crate::{Failed, store::WaitingRequest};

impl Provider {
    /// Takes a request that a client pushes (RFC 9126); gives its reference, and for how many
    /// seconds it counts.
    ///
    /// # Errors
    /// The OAuth error, or the server's trouble.
    pub async fn push(
        &self,
        request: &ClientRequest<'_>,
    ) -> Result<(PushedReference, u64), Failed<OAuthError>> {
        let client = self.caller(request).await?;
        let key = self.proven_key(request.dpop, "POST", request.path, None).await?;
        if request.parameters.get("request_uri").is_some() {
            let what = "a pushed request has no request_uri";
            return Err(Failed::Refused(OAuthError::request(what)));
        }
        let checked = AuthorizationRequest::read(request.parameters, &client, true);
        let mut pushed = checked.map_err(|error| {
            Failed::Refused(match error {
                AuthorizationError::Shown(error) | AuthorizationError::Returned { error, .. } => {
                    error
                }
            })
        })?;
        if let Some(key) = key {
            // RFC 9449, section 10.1: the proof says what the parameter would.
            if pushed.dpop_jkt.as_ref().is_some_and(|named| *named != key) {
                let what = "dpop_jkt is not the key of the proof";
                return Err(Failed::Refused(OAuthError::request(what)));
            }
            pushed.dpop_jkt = Some(key);
        }
        let (name, _) = self.secret()?;
        let reference = PushedReference::of(&name);
        let waiting = WaitingRequest {
            client: client.id.clone(),
            document: super::authorize::stored(&pushed)?,
            expires: self.now().plus(COUNTS_FOR),
        };
        self.identity.store.put_pushed_request(&hash(reference.as_str()), &waiting).await?;
        Ok((reference, COUNTS_FOR.as_secs()))
    }
}

/// RFC 9126, section 2.2, has 5 to 600 seconds.
const COUNTS_FOR: Duration = Duration::from_secs(60);
