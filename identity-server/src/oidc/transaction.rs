//! A sign-in in a browser, from its page to the agent's proof: of a client's user, or at the
//! server's own pages.

use std::time::Duration;

use subtle::ConstantTimeEq as _;
use wardkey_crypto::SignatureAlgorithm;
use wardkey_oidc::{Algorithm, ErrorCode, OAuthError};
use wardkey_protocol::authorize_api::{
    AGENT_AUDIENCE, AuthorizeClaims, AuthorizeRequestClaims, PROOF_TYPE, REQUEST_TYPE,
};
use wardkey_signatures::jws::{Expected, Pending, Unverified};

use super::{Provider, hash};
use crate::{
    Failed, InternalError, Timestamp,
    session::{Session, State},
    store::{SignIn, WaitingRequest},
};

/// What the sign-in page is made of.
#[derive(Clone, Debug)]
pub struct SignInPage {
    /// Names the transaction.
    pub transaction: String,
    /// The cookie that binds it to this browser.
    pub cookie: String,
    /// The request for the agent, signed.
    pub request: String,
    /// The client's name, for people.
    pub client_name: String,
    /// Where the answer will go, which the page may post a form to.
    pub redirect_uri: String,
    /// Nothing may be asked of the user.
    pub silent: bool,
    /// A passkey will do.
    pub passkey: bool,
    /// Where the page sends what the user shows.
    pub continues_at: &'static str,
}

/// Who wants a sign-in, and what is asked of the user.
pub(crate) struct Transaction<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) client_name: &'a str,
    /// What to go on with, JSON.
    pub(crate) document: String,
    pub(crate) redirect_uri: &'a str,
    pub(crate) reauthenticate: bool,
    pub(crate) select_role: bool,
    pub(crate) silent: bool,
    pub(crate) passkey: bool,
    pub(crate) continues_at: &'static str,
}

impl Provider {
    /// Begins a sign-in.
    pub(crate) async fn begin_transaction(
        &self,
        wanted: Transaction<'_>,
    ) -> Result<SignInPage, InternalError> {
        let (cookie, cookie_hash) = self.secret()?;
        let transaction = self.identity.new_id()?;
        let request = self.agent_request(&transaction, &wanted)?;
        let sign_in = SignIn {
            id: transaction.clone(),
            cookie: cookie_hash,
            request: WaitingRequest {
                client: wanted.client_id.to_owned(),
                document: wanted.document,
                expires: self.now().plus(PATIENCE),
            },
        };
        self.identity.store.put_sign_in(&sign_in).await?;
        Ok(SignInPage {
            transaction,
            cookie,
            request,
            client_name: wanted.client_name.to_owned(),
            redirect_uri: wanted.redirect_uri.to_owned(),
            silent: wanted.silent,
            passkey: wanted.passkey,
            continues_at: wanted.continues_at,
        })
    }

    fn agent_request(
        &self,
        transaction: &str,
        wanted: &Transaction<'_>,
    ) -> Result<String, InternalError> {
        let now = self.seconds();
        let claims = AuthorizeRequestClaims {
            iss: self.identity.rules.server.as_str().to_owned(),
            aud: AGENT_AUDIENCE.to_owned(),
            iat: now,
            exp: now + PATIENCE.as_secs(),
            transaction: transaction.to_owned(),
            client_id: wanted.client_id.to_owned(),
            client_name: wanted.client_name.to_owned(),
            reauthenticate: wanted.reauthenticate,
            select_role: wanted.select_role,
        };
        let registered = self.registry.current();
        registered
            .keys
            .sign(&claims, Algorithm::Es256, REQUEST_TYPE, now)
            .map_err(|error| InternalError::Answer(error.to_string()))
    }

    /// What a transaction waits with, which is over with this, and when it began.
    pub(crate) async fn take(
        &self,
        transaction: &str,
        cookie: &str,
    ) -> Result<(WaitingRequest, Timestamp), Failed<OAuthError>> {
        let waiting = self.waiting(transaction, cookie).await?;
        if !self.identity.store.remove_sign_in(transaction).await? {
            return Err(over());
        }
        let begun = waiting.expires.minus(PATIENCE);
        Ok((waiting, begun))
    }

    /// What a transaction waits with, which goes on.
    pub(crate) async fn waiting(
        &self,
        transaction: &str,
        cookie: &str,
    ) -> Result<WaitingRequest, Failed<OAuthError>> {
        let sign_in = self.identity.store.sign_in(transaction).await?.ok_or_else(over)?;
        let same: bool = sign_in.cookie[..].ct_eq(&hash(cookie)[..]).into();
        if !same {
            return Err(refused("the sign-in was begun in another browser"));
        }
        if self.now() >= sign_in.request.expires {
            return Err(over());
        }
        Ok(sign_in.request)
    }

    /// The active session whose key made this proof for this transaction and client.
    pub(crate) async fn proven(
        &self,
        transaction: &str,
        client: &str,
        proof: &str,
    ) -> Result<Session, Failed<OAuthError>> {
        let invalid = || refused("the agent's proof does not hold");
        let expected =
            Expected { algorithm: SignatureAlgorithm::EcdsaP256Sha256, typ: Some(PROOF_TYPE) };
        let unverified = Unverified::read(proof, &expected).map_err(|_| invalid())?;
        let id = unverified.kid().ok_or_else(invalid)?.to_owned();
        let session = self.identity.store.session(&id).await?.ok_or_else(invalid)?;
        let verified = unverified
            .verify(&session.session_key)
            .and_then(Pending::discharge)
            .map_err(|_| invalid())?;
        let claims: AuthorizeClaims =
            serde_json::from_slice(&verified.payload).map_err(|_| invalid())?;
        let right = claims.aud == self.identity.rules.server.as_str()
            && claims.transaction == transaction
            && claims.client_id == client;
        if !right {
            return Err(refused("the agent's proof is for something else"));
        }
        match session.state_at(self.now()) {
            State::Active => Ok(session),
            _ => Err(refused("the session is over")),
        }
    }
}

fn over() -> Failed<OAuthError> {
    refused("the sign-in took too long, or was ended before")
}

pub(crate) fn refused(what: &'static str) -> Failed<OAuthError> {
    Failed::Refused(OAuthError::new(ErrorCode::AccessDenied, what))
}

/// For the user, who may have to find the card.
const PATIENCE: Duration = Duration::from_secs(600);
