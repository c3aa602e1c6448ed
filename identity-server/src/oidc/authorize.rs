use std::time::Duration;

use wardkey_oidc::{
    AuthorizationError, AuthorizationRequest, AuthorizationResponse, ErrorCode, OAuthError,
    Parameters, Prompt, PushedReference,
};
use webauthn_rs::prelude::PublicKeyCredential;

use super::{
    Grant, Provider, SignInPage, Terms, acr, hash,
    transaction::{Transaction, refused},
};
use crate::{AuditEvent, Failed, InternalError, identity::event, session::Session};

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

/// What the user shows at the page.
#[derive(Debug)]
pub enum Shown<'a> {
    /// The agent's proof.
    Proof(&'a str),
    /// A passkey's answer.
    Passkey(&'a PublicKeyCredential),
    /// The role chosen after a passkey's answer.
    Role(&'a str),
}

/// What the page gets for it.
#[derive(Debug)]
pub enum Finished {
    /// The user has to authenticate (again): the page asks the agent once more, with this.
    Again(Box<SignInPage>),
    /// An answer for the client, by way of the browser.
    Answer(AuthorizationResponse),
    /// The user has to choose one of these roles, as id and name, to go on with.
    Roles(Box<SignInPage>, Vec<(String, String)>),
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

    /// Ends a transaction with what the user shows; a passkey's answer that does not hold leaves it
    /// as it is.
    ///
    /// # Errors
    /// What is wrong with the transaction or with what is shown, which the page shows; or the
    /// server's trouble.
    pub async fn finish(
        &self,
        transaction: &str,
        cookie: &str,
        shown: Shown<'_>,
    ) -> Result<Finished, Failed<OAuthError>> {
        let proof = match shown {
            Shown::Proof(proof) => proof,
            Shown::Passkey(answer) => {
                return self.finish_with_passkey(transaction, cookie, answer).await;
            }
            Shown::Role(role) => return self.finish_with_role(transaction, cookie, role).await,
        };
        let (waiting, begun) = self.take(transaction, cookie).await?;
        let request: AuthorizationRequest = read(&waiting.document)?;
        let session = self.proven(transaction, &request.client_id, proof).await?;
        let now = self.now();
        let authenticated = session.authenticated;
        // Who has just authenticated for this very page has done so lately enough, however short
        // the time that is asked for (OpenID Connect Core, section 3.1.2.1: 0 is prompt=login).
        let since = now.since(authenticated);
        let just_now = authenticated >= begun && since <= JUST_NOW;
        let too_old = request
            .max_age
            .is_some_and(|seconds| since > Duration::from_secs(seconds) && !just_now);
        let not_again = request.prompt == Prompt::Login && authenticated < begun;
        if too_old || not_again {
            if request.prompt == Prompt::None {
                return Ok(self.refusal(&request, ErrorCode::LoginRequired, "too long ago"));
            }
            return Ok(Finished::Again(Box::new(self.page(&request, true).await?)));
        }
        if request.scope.tell_role() && session.role.is_none() {
            return Ok(self.refusal(&request, ErrorCode::AccessDenied, "no role was chosen"));
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
        let (waiting, _) = self.take(transaction, cookie).await?;
        let request: AuthorizationRequest = read(&waiting.document)?;
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

    pub(super) async fn page(
        &self,
        request: &AuthorizationRequest,
        reauthenticate: bool,
    ) -> Result<SignInPage, InternalError> {
        let client = self.registry.client(&request.client_id);
        let client = client.ok_or(InternalError::Answer("client".to_owned()))?;
        let select_role = request.asks_for_another_role();
        let needs_card = select_role && self.identity.rules.times.role_change_needs_card;
        self.begin_transaction(Transaction {
            client_id: &client.id,
            client_name: &client.name,
            document: stored(request)?,
            redirect_uri: &request.redirect_uri,
            reauthenticate: reauthenticate || needs_card,
            select_role,
            silent: request.prompt == Prompt::None,
            passkey: self.admits_passkey(request),
            continues_at: CONTINUE,
        })
        .await
    }

    /// Answers with a code. A sign-on is the user's doing, and keeps the session from idling.
    pub(super) async fn grant(
        &self,
        request: &AuthorizationRequest,
        session: &Session,
    ) -> Result<AuthorizationResponse, Failed<OAuthError>> {
        let kept = self.identity.keep_from_idling(&session.id).await?;
        let session = &kept.ok_or_else(|| refused("the session is over"))?;
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

pub(super) fn read(document: &str) -> Result<AuthorizationRequest, InternalError> {
    serde_json::from_str(document).map_err(|error| InternalError::Answer(error.to_string()))
}

/// Where the sign-in page of clients sends what the user shows.
const CONTINUE: &str = "/oidc/authorize/continue";
/// From the card's answer until the agent's proof arrives.
const JUST_NOW: Duration = Duration::from_secs(30);
/// From code to tokens; RFC 9700 and FAPI 2.0 have a minute at most.
const CODE: Duration = Duration::from_secs(60);
