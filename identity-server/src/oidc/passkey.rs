//! Signing in with a passkey in place of a card, for clients that accept it: each authorization
//! needs an answer of its own.

use std::time::Duration;

use serde_json::Value;
use wardkey_oidc::{Acr, AuthorizationRequest, ErrorCode, OAuthError, Prompt};
use webauthn_rs::prelude::PublicKeyCredential;

use super::{Finished, Provider, authorize::read, transaction::refused};
use crate::{Failed, PasskeyRefusal, TicketRefusal, session::Session};

impl Provider {
    /// What the browser needs to ask a passkey for its answer.
    ///
    /// # Errors
    /// What is wrong with the transaction, or that it takes no passkey.
    pub async fn ask_passkey(
        &self,
        transaction: &str,
        cookie: &str,
    ) -> Result<Value, Failed<OAuthError>> {
        let waiting = self.waiting(transaction, cookie).await?;
        if !self.admits_passkey(&read(&waiting.document)?) {
            return Err(unmet());
        }
        self.identity.ask_passkey(transaction).await.map_err(told)
    }

    /// Whether a passkey is enough for this request and its client.
    pub(super) fn admits_passkey(&self, request: &AuthorizationRequest) -> bool {
        let client = self.registry.client(&request.client_id);
        request.prompt != Prompt::None
            && Acr::Aal2Any.satisfies(&request.acr_values)
            && client.is_some_and(|client| Acr::Aal2Any.satisfies(&client.accepted_acr()))
    }

    /// Ends a transaction with a passkey's answer, or goes on to the choice of a role.
    pub(super) async fn finish_with_passkey(
        &self,
        transaction: &str,
        cookie: &str,
        answer: &PublicKeyCredential,
    ) -> Result<Finished, Failed<OAuthError>> {
        let waiting = self.waiting(transaction, cookie).await?;
        let request: AuthorizationRequest = read(&waiting.document)?;
        if !self.admits_passkey(&request) {
            return Err(unmet());
        }
        let opened = self.identity.passkey_session(transaction, answer).await;
        let (session, person) = opened.map_err(told)?;
        self.take(transaction, cookie).await?;
        if session.role.is_some() {
            return Ok(Finished::Answer(self.grant(&request, &session).await?));
        }
        let page = self.page(&request, false).await?;
        let until = self.now().plus(CHOICE);
        self.identity.store.put_ceremony(&page.transaction, &session.id, until).await?;
        let offered = person.offered(self.now());
        let named = |role: &crate::RoleProfile| {
            (role.id.clone(), format!("{}, {}", role.job_role[2], role.organisation))
        };
        Ok(Finished::Roles(Box::new(page), offered.into_iter().map(named).collect()))
    }

    /// Ends a transaction with the role that the user of a passkey chose. The passkey has just
    /// answered for this very authorization, so that nobody is asked once more.
    pub(super) async fn finish_with_role(
        &self,
        transaction: &str,
        cookie: &str,
        role: &str,
    ) -> Result<Finished, Failed<OAuthError>> {
        let (waiting, _) = self.take(transaction, cookie).await?;
        let request: AuthorizationRequest = read(&waiting.document)?;
        if !self.admits_passkey(&request) {
            return Err(unmet());
        }
        let session = self.chosen(transaction, role).await?;
        Ok(Finished::Answer(self.grant(&request, &session).await?))
    }

    /// The session of a passkey, in the role that its user chose.
    async fn chosen(&self, transaction: &str, role: &str) -> Result<Session, Failed<OAuthError>> {
        let over = || refused("choosing took too long");
        let id = self.identity.store.take_ceremony(transaction, self.now()).await?;
        let id = id.ok_or_else(over)?;
        let session = self.identity.store.session(&id).await?.ok_or_else(over)?;
        self.identity.choose_role(&session, role).await.map_err(|failed| match failed {
            Failed::Refused(TicketRefusal::RoleUnknown) => refused("not a role of this user"),
            Failed::Refused(_) => over(),
            Failed::Internal(trouble) => Failed::Internal(trouble),
        })
    }
}

fn unmet() -> Failed<OAuthError> {
    let code = ErrorCode::UnmetAuthenticationRequirements;
    Failed::Refused(OAuthError::new(code, "a passkey is not enough for this application"))
}

fn told(failed: Failed<PasskeyRefusal>) -> Failed<OAuthError> {
    match failed {
        Failed::Internal(trouble) => Failed::Internal(trouble),
        Failed::Refused(PasskeyRefusal::Unavailable) => refused("this server has no passkeys"),
        Failed::Refused(PasskeyRefusal::TooOften) => refused("too many logins of this passkey"),
        Failed::Refused(_) => refused("this passkey does not sign in here"),
    }
}

/// For the user to choose a role.
const CHOICE: Duration = Duration::from_secs(300);
