use std::time::Duration;

use subtle::ConstantTimeEq as _;
use wardkey_crypto::SignatureAlgorithm;
use wardkey_oidc::{
    Algorithm, AuthorizationError, AuthorizationRequest, AuthorizationResponse, Client, ErrorCode,
    OAuthError, Parameters, Prompt, PushedReference,
};
use wardkey_protocol::authorize_api::{
    AGENT_AUDIENCE, AuthorizeClaims, AuthorizeRequestClaims, PROOF_TYPE, REQUEST_TYPE,
};
use wardkey_signatures::jws::{Expected, Pending, Unverified};

use super::{Grant, Provider, Terms, acr, hash};
use crate::{
    AuditEvent, Failed, InternalError,
    identity::event,
    session::{Session, State},
    store::{SignIn, WaitingRequest},
};

/// What a request for authorization gets.
#[derive(Debug)]
pub enum Begun {
    /// An answer for the client, by way of the browser.
    Answer(AuthorizationResponse),
    /// The page that asks the agent for a proof.
    Page(Box<SignInPage>),
    /// A page that says what is wrong: there is nowhere to send the user.
    Wrong(OAuthError),
}

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
}

/// What the page gets for the agent's proof.
#[derive(Debug)]
pub enum Finished {
    /// The user has to authenticate (again): the page asks the agent once more, with this.
    Again(Box<SignInPage>),
    /// An answer for the client, by way of the browser.
    Answer(AuthorizationResponse),
}

impl Provider {
    /// Begins an authorization (OpenID Connect Core, section 3.1.2).
    ///
    /// # Errors
    /// The server's trouble.
    pub async fn authorize(&self, parameters: &Parameters) -> Result<Begun, InternalError> {
        let request = match self.requested(parameters).await {
            Ok(request) => request,
            Err(Failed::Internal(error)) => return Err(error),
            Err(Failed::Refused(refusal)) => {
                return Ok(match refusal.response(&self.issuer) {
                    Some(answer) => Begun::Answer(answer),
                    None => Begun::Wrong(refusal.error().clone()),
                });
            }
        };
        let again = request.prompt == Prompt::Login;
        Ok(Begun::Page(Box::new(self.page(&request, again).await?)))
    }

    /// Ends a transaction with the agent's proof.
    ///
    /// # Errors
    /// What is wrong with the transaction or the proof, which the page shows; or the server's
    /// trouble.
    pub async fn finish(
        &self,
        transaction: &str,
        cookie: &str,
        proof: &str,
    ) -> Result<Finished, Failed<OAuthError>> {
        let (request, begun) = self.take(transaction, cookie).await?;
        let claimed = self.proven(proof).await?;
        let (session, claims) = claimed;
        let right = claims.aud == self.identity.rules.server.as_str()
            && claims.transaction == transaction
            && claims.client_id == request.client_id;
        if !right {
            return Err(refused("the agent's proof is for something else"));
        }
        let now = self.now();
        if session.state_at(now) != State::Active {
            return Err(refused("the session is over"));
        }
        let authenticated = session.authenticated;
        let too_old = request
            .max_age
            .is_some_and(|seconds| now.since(authenticated) > Duration::from_secs(seconds));
        let not_again = request.prompt == Prompt::Login && authenticated < begun;
        if too_old || not_again {
            if request.prompt == Prompt::None {
                return Ok(self.refusal(&request, ErrorCode::LoginRequired, "too long ago"));
            }
            return Ok(Finished::Again(Box::new(self.page(&request, true).await?)));
        }
        if !acr(&session).satisfies(&request.acr_values) {
            let code = ErrorCode::UnmetAuthenticationRequirements;
            return Ok(self.refusal(&request, code, "signed in in another way"));
        }
        let client = self.registry.client(&request.client_id);
        let client = client.ok_or_else(|| refused("the client is gone"))?;
        if !acr(&session).satisfies(&client.accepted_acr()) {
            let code = ErrorCode::UnmetAuthenticationRequirements;
            return Ok(self.refusal(&request, code, "the client does not accept this sign-in"));
        }
        Ok(Finished::Answer(self.grant(&request, &session).await?))
    }

    /// Ends a transaction without a proof: the user or the agent would not.
    ///
    /// # Errors
    /// What is wrong with the transaction; or the server's trouble.
    pub async fn decline(
        &self,
        transaction: &str,
        cookie: &str,
    ) -> Result<Finished, Failed<OAuthError>> {
        let (request, _) = self.take(transaction, cookie).await?;
        Ok(match request.prompt {
            Prompt::None => self.refusal(&request, ErrorCode::LoginRequired, "not signed in"),
            _ => self.refusal(&request, ErrorCode::AccessDenied, "the sign-in was cancelled"),
        })
    }

    /// The request, pushed before or in the parameters.
    async fn requested(
        &self,
        parameters: &Parameters,
    ) -> Result<AuthorizationRequest, Failed<AuthorizationError>> {
        let shown = |error| Failed::Refused(AuthorizationError::Shown(error));
        let id = parameters.required("client_id", "client_id is missing").map_err(shown)?;
        let unknown = OAuthError::client("no such client");
        let client = self.registry.client(id).ok_or_else(|| shown(unknown))?;
        let Some(reference) = parameters.get("request_uri") else {
            return AuthorizationRequest::read(parameters, &client, false).map_err(Failed::Refused);
        };
        let reference = PushedReference::read(reference).map_err(shown)?;
        let pushed = self.identity.store.take_pushed_request(&hash(reference.as_str())).await?;
        let pushed = pushed
            .filter(|pushed| pushed.client == client.id && self.now() < pushed.expires)
            .ok_or_else(|| {
                let code = ErrorCode::InvalidRequestUri;
                shown(OAuthError::new(code, "request_uri is not known, used or too old"))
            })?;
        Ok(read(&pushed.document)?)
    }

    async fn page(
        &self,
        request: &AuthorizationRequest,
        reauthenticate: bool,
    ) -> Result<SignInPage, InternalError> {
        let (cookie, cookie_hash) = self.secret()?;
        let transaction = self.identity.new_id()?;
        let now = self.now();
        let client = self.registry.client(&request.client_id);
        let client = client.ok_or(InternalError::Answer("client".to_owned()))?;
        let sign_in = SignIn {
            id: transaction.clone(),
            cookie: cookie_hash,
            request: WaitingRequest {
                client: request.client_id.clone(),
                document: stored(request)?,
                expires: now.plus(PATIENCE),
            },
        };
        self.identity.store.put_sign_in(&sign_in).await?;
        Ok(SignInPage {
            request: self.agent_request(&client, &transaction, request, reauthenticate)?,
            transaction,
            cookie,
            client_name: client.name.clone(),
            redirect_uri: request.redirect_uri.clone(),
            silent: request.prompt == Prompt::None,
        })
    }

    fn agent_request(
        &self,
        client: &Client,
        transaction: &str,
        request: &AuthorizationRequest,
        reauthenticate: bool,
    ) -> Result<String, InternalError> {
        let now = self.seconds();
        let claims = AuthorizeRequestClaims {
            iss: self.identity.rules.server.as_str().to_owned(),
            aud: AGENT_AUDIENCE.to_owned(),
            iat: now,
            exp: now + PATIENCE.as_secs(),
            transaction: transaction.to_owned(),
            client_id: client.id.clone(),
            client_name: client.name.clone(),
            reauthenticate,
            select_role: request.asks_for_another_role(),
        };
        let registered = self.registry.current();
        registered
            .keys
            .sign(&claims, Algorithm::Es256, REQUEST_TYPE, now)
            .map_err(|error| InternalError::Answer(error.to_string()))
    }

    /// The request of a transaction, which is over with this, and when it began.
    async fn take(
        &self,
        transaction: &str,
        cookie: &str,
    ) -> Result<(AuthorizationRequest, crate::Timestamp), Failed<OAuthError>> {
        let over = || refused("the sign-in took too long, or was ended before");
        let store = &self.identity.store;
        let sign_in = store.sign_in(transaction).await?.ok_or_else(over)?;
        let same: bool = sign_in.cookie[..].ct_eq(&hash(cookie)[..]).into();
        if !same {
            return Err(refused("the sign-in was begun in another browser"));
        }
        if !store.remove_sign_in(transaction).await? || self.now() >= sign_in.request.expires {
            return Err(over());
        }
        let begun = sign_in.request.expires.minus(PATIENCE);
        Ok((read(&sign_in.request.document)?, begun))
    }

    /// The session whose key made this proof, and what the proof says.
    async fn proven(&self, proof: &str) -> Result<(Session, AuthorizeClaims), Failed<OAuthError>> {
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
        let claims = serde_json::from_slice(&verified.payload).map_err(|_| invalid())?;
        Ok((session, claims))
    }

    async fn grant(
        &self,
        request: &AuthorizationRequest,
        session: &Session,
    ) -> Result<AuthorizationResponse, Failed<OAuthError>> {
        let now = self.now();
        let (code, code_hash) = self.secret()?;
        let grant = Grant {
            id: self.identity.new_id()?,
            session: session.id.clone(),
            client: request.client_id.clone(),
            terms: Terms {
                scope: request.scope.to_string(),
                redirect_uri: request.redirect_uri.clone(),
                code_challenge: request.code_challenge.as_str().to_owned(),
                nonce: request.nonce.clone(),
                dpop_jkt: request.dpop_jkt.clone(),
                auth_time: session.authenticated.millis() / 1000,
                acr: acr(session).as_str().to_owned(),
                role: session.role.clone(),
            },
            made: now,
            revoked: None,
        };
        let mut unit = self.identity.store.begin().await?;
        unit.put_grant(&grant, &code_hash, now.plus(CODE)).await?;
        let relying_party = Some(request.client_id.clone());
        unit.audit(now, AuditEvent { relying_party, ..event("authorize", "ok", session) }).await?;
        unit.commit().await?;
        Ok(request.granted(&code, &self.issuer))
    }

    fn refusal(
        &self,
        request: &AuthorizationRequest,
        code: ErrorCode,
        what: &'static str,
    ) -> Finished {
        let error = request.refused(OAuthError::new(code, what));
        // A checked request has an address to go back to.
        Finished::Answer(error.response(&self.issuer).unwrap_or_else(|| AuthorizationResponse {
            redirect_uri: request.redirect_uri.clone(),
            response_mode: request.response_mode,
            parameters: vec![("error", code.as_str().to_owned())],
        }))
    }
}

/// A request as it waits.
pub(super) fn stored(request: &AuthorizationRequest) -> Result<String, InternalError> {
    serde_json::to_string(request).map_err(|error| InternalError::Answer(error.to_string()))
}

fn read(document: &str) -> Result<AuthorizationRequest, InternalError> {
    serde_json::from_str(document).map_err(|error| InternalError::Answer(error.to_string()))
}

fn refused(what: &'static str) -> Failed<OAuthError> {
    Failed::Refused(OAuthError::new(ErrorCode::AccessDenied, what))
}

/// From code to tokens; RFC 9700 and FAPI 2.0 have a minute at most.
const CODE: Duration = Duration::from_secs(60);
/// For the user, who may have to find the card.
const PATIENCE: Duration = Duration::from_secs(600);
