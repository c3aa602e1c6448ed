//! The server's own pages, for users and administrators: who is at them.
//!
//! A browser signs in here as at any client, by the agent's proof, and then holds a cookie for a
//! quarter of an hour at the most. The cookie is nothing once the session is over: a pulled card
//! closes these pages too.

use std::{sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};
use wardkey_oidc::OAuthError;

use crate::{
    AuditEvent, Failed, Identity, InternalError,
    directory::Person,
    identity::event,
    oidc::{Provider, SignInPage, Transaction, refused},
    session::Session,
};

/// The server's own pages.
pub(crate) struct Console {
    provider: Arc<Provider>,
}

/// Who is at the pages.
pub(crate) struct Visitor {
    pub(crate) session: Session,
    pub(crate) person: Person,
    /// Whether the role of the session may administer.
    pub(crate) administers: bool,
}

impl Console {
    pub(crate) fn new(provider: Arc<Provider>) -> Self {
        Self { provider }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.provider.identity
    }

    /// Begins a sign-in that leads to one of the pages.
    pub(crate) async fn sign_in(&self, path: &str) -> Result<SignInPage, InternalError> {
        self.provider
            .begin_transaction(Transaction {
                client_id: CLIENT,
                client_name: "Identity Server",
                document: path.to_owned(),
                redirect_uri: "/",
                reauthenticate: false,
                select_role: false,
                silent: false,
                passkey: false,
                continues_at: CONTINUE,
            })
            .await
    }

    /// Ends a sign-in with the agent's proof: the cookie of the visit, and the page that it leads
    /// to. Without a proof it just ends.
    pub(crate) async fn finish(
        &self,
        transaction: &str,
        cookie: &str,
        proof: Option<&str>,
    ) -> Result<Option<(String, String)>, Failed<OAuthError>> {
        let (waiting, _) = self.provider.take(transaction, cookie).await?;
        let Some(proof) = proof else { return Ok(None) };
        let session = self.provider.proven(transaction, CLIENT, proof).await?;
        let identity = self.identity();
        let kept = identity.keep_from_idling(&session.id).await?;
        let session = kept.ok_or_else(|| refused("the session is over"))?;
        let (cookie, hash) = self.provider.secret()?;
        let until = identity.clock.now().plus(VISIT);
        identity.store.put_visit(&hash, &session.id, until).await?;
        identity.audit(event("visit", "ok", &session)).await?;
        Ok(Some((cookie, waiting.document)))
    }

    /// Who holds this cookie; `None`: nobody whose session is active.
    pub(crate) async fn visitor(&self, cookie: &str) -> Result<Option<Visitor>, InternalError> {
        let identity = self.identity();
        let now = identity.clock.now();
        let hash = Sha256::digest(cookie).into();
        let Some((session, until)) = identity.store.visit(&hash).await? else { return Ok(None) };
        let Some(session) = identity.store.session(&session).await? else { return Ok(None) };
        if now >= until || !session.is_active(now) {
            return Ok(None);
        }
        let Some(person) = identity.person(&session.uid).await? else { return Ok(None) };
        let administers = identity.administers(&session, &person);
        Ok(Some(Visitor { session, person, administers }))
    }

    /// Logs what an administrator is about to do, and to whom or what; what comes of it has an entry
    /// of its own.
    pub(crate) async fn log(
        &self,
        visitor: &Visitor,
        doing: String,
        target: Option<&str>,
    ) -> Result<(), InternalError> {
        let target = target.map(|text| text.chars().take(LONGEST_TARGET).collect());
        let event = AuditEvent { action: doing, target, ..event("", "asked", &visitor.session) };
        self.identity().audit(event).await
    }
}

/// The name of these pages towards the agent. No client can have it.
pub(crate) const CLIENT: &str = "wardkey-console";
/// Where their sign-in page sends the agent's proof.
pub(crate) const CONTINUE: &str = "/wardkey/console/continue";
/// Of what a form names.
const LONGEST_TARGET: usize = 256;
/// How long a visit lasts at the most.
pub(crate) const VISIT: Duration = Duration::from_secs(15 * 60);
