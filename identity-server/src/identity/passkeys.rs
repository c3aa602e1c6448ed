//! Passkeys (WebAuthn): registered after a card sign-in, and then another way to sign in. They
//! never make content commitments.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tracing::info;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder,
};

use super::{Failed, Identity, InternalError};
use crate::{
    AuditEvent,
    delivery::EndCause,
    directory::Person,
    session::{Authenticator, Session},
    store::StoredPasskey,
};

/// Why nothing is done with a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasskeyRefusal {
    /// Passkeys are registered only after a sign-in with a card.
    #[error("sign in with your smartcard to change your passkeys")]
    CardRequired,
    /// What the authenticator said does not hold, or is for something else.
    #[error("the passkey's answer does not hold")]
    Invalid,
    /// The name is empty or too long.
    #[error("a passkey has a name of 1 to 64 characters")]
    Name,
    /// The server's address is none that passkeys can be for.
    #[error("this server has no passkeys")]
    Unavailable,
    /// The passkey is not registered, or its user may not log in.
    #[error("this passkey is not known here")]
    Unknown,
    /// What was begun took too long, or was ended before.
    #[error("this took too long; begin anew")]
    TooLate,
    /// The passkey signs in too often.
    #[error("too many logins of this passkey")]
    TooOften,
}

impl Identity {
    /// What a browser needs to make a new passkey for the user of a session (the members of
    /// `PublicKeyCredentialCreationOptionsJSON`), under a name that ends it.
    ///
    /// # Errors
    /// [`PasskeyRefusal`] unless the session was opened with a card.
    pub async fn begin_passkey(
        &self,
        session: &Session,
        person: &Person,
    ) -> Result<(String, Value), Failed<PasskeyRefusal>> {
        let webauthn = self.webauthn()?;
        if session.authenticator != Authenticator::Card {
            return Err(Failed::Refused(PasskeyRefusal::CardRequired));
        }
        let mut known = Vec::new();
        for stored in self.store.passkeys(&session.uid).await? {
            known.push(read::<Passkey>(&stored.document)?.cred_id().clone());
        }
        let user = &person.user;
        let (options, state) = webauthn
            .start_passkey_registration(
                self.handle(&user.uid),
                &user.uid,
                &user.display_name(),
                Some(known),
            )
            .map_err(|error| invalid(&error))?;
        let mut options = json!(options.public_key);
        // Nobody types a user id to sign in, so that the passkey has to know its own.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        let ceremony = self.new_id()?;
        let document = written(&(&session.id, state))?;
        self.store.put_ceremony(&ceremony, &document, self.clock.now().plus(PATIENCE)).await?;
        Ok((ceremony, options))
    }

    /// Registers the passkey that a browser made.
    ///
    /// # Errors
    /// [`PasskeyRefusal`] when it was made for something else, or took too long.
    pub async fn register_passkey(
        &self,
        session: &Session,
        ceremony: &str,
        name: &str,
        made: &RegisterPublicKeyCredential,
    ) -> Result<(), Failed<PasskeyRefusal>> {
        let name = name.trim();
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
            return Err(Failed::Refused(PasskeyRefusal::Name));
        }
        let now = self.clock.now();
        let document = self.store.take_ceremony(ceremony, now).await?;
        let document = document.ok_or(Failed::Refused(PasskeyRefusal::TooLate))?;
        let (for_session, state): (String, PasskeyRegistration) = read(&document)?;
        if for_session != session.id {
            return Err(Failed::Refused(PasskeyRefusal::Invalid));
        }
        let passkey = self.webauthn()?.finish_passkey_registration(made, &state);
        let passkey = passkey.map_err(|error| invalid(&error))?;
        let stored = StoredPasskey {
            id: Sha256::digest(passkey.cred_id()).into(),
            uid: session.uid.clone(),
            name: name.to_owned(),
            document: written(&passkey)?,
            registered: now,
            last_used: None,
        };
        let mut unit = self.store.begin().await?;
        if !unit.put_passkey(&stored).await? {
            return Err(Failed::Refused(PasskeyRefusal::Invalid));
        }
        unit.audit(now, trail("passkey_add", session, &stored.id)).await?;
        Ok(unit.commit().await?)
    }

    /// Removes a passkey of a session's user; the sessions that it opened end.
    ///
    /// # Errors
    /// [`PasskeyRefusal::Unknown`] when the user has none like it.
    pub async fn remove_passkey(
        &self,
        session: &Session,
        id: &[u8; 32],
    ) -> Result<(), Failed<PasskeyRefusal>> {
        let mut unit = self.store.begin().await?;
        if !unit.remove_passkey(&session.uid, id).await? {
            return Err(Failed::Refused(PasskeyRefusal::Unknown));
        }
        unit.audit(self.clock.now(), trail("passkey_remove", session, id)).await?;
        unit.commit().await?;
        Ok(self.end_sessions_of_credential(&session.uid, id).await?)
    }

    /// What a browser needs to sign in with a passkey (the members of
    /// `PublicKeyCredentialRequestOptionsJSON`); `ceremony` names what it is for.
    pub(crate) async fn ask_passkey(
        &self,
        ceremony: &str,
    ) -> Result<Value, Failed<PasskeyRefusal>> {
        let asked = self.webauthn()?.start_discoverable_authentication();
        let (options, state) = asked.map_err(|error| invalid(&error))?;
        let document = written(&state)?;
        self.store.put_ceremony(ceremony, &document, self.clock.now().plus(PATIENCE)).await?;
        Ok(json!(options.public_key))
    }

    /// Opens a session for a passkey's answer.
    pub(crate) async fn passkey_session(
        &self,
        ceremony: &str,
        answer: &PublicKeyCredential,
    ) -> Result<(Session, Person), Failed<PasskeyRefusal>> {
        let judged = self.judge_passkey(ceremony, answer).await;
        let outcome = if judged.is_ok() { "ok" } else { "passkey_refused" };
        metrics::counter!("wardkey_logins_total", "outcome" => outcome).increment(1);
        let (stored, document, person) = match judged {
            Ok(judged) => judged,
            Err(Failed::Refused(refusal)) => {
                info!(%refusal, "passkey refused");
                let action = "passkey_login".to_owned();
                let outcome = format!("{refusal:?}");
                self.audit(AuditEvent { action, outcome, ..AuditEvent::default() }).await?;
                return Err(Failed::Refused(refusal));
            }
            Err(internal) => return Err(internal),
        };
        let session = self.new_session(&person, Authenticator::Passkey, stored.id, None)?;
        let now = session.created;
        let mut unit = self.store.begin().await?;
        let ended = self.make_room(&mut unit, &session.uid, now).await?;
        unit.put_session(&session, None).await?;
        unit.use_passkey(&stored.id, &document, now).await?;
        unit.audit(now, trail("passkey_login", &session, &stored.id)).await?;
        unit.commit().await?;
        self.ended(EndCause::Destroyed, ended);
        Ok((session, person))
    }

    async fn judge_passkey(
        &self,
        ceremony: &str,
        answer: &PublicKeyCredential,
    ) -> Result<(StoredPasskey, String, Person), Failed<PasskeyRefusal>> {
        let now = self.clock.now();
        let document = self.store.take_ceremony(ceremony, now).await?;
        let document = document.ok_or(Failed::Refused(PasskeyRefusal::TooLate))?;
        let state: DiscoverableAuthentication = read(&document)?;
        let unknown = || Failed::Refused(PasskeyRefusal::Unknown);
        let id = Sha256::digest(answer.get_credential_id()).into();
        let stored = self.store.passkey(&id).await?.ok_or_else(unknown)?;
        let webauthn = self.webauthn()?;
        let named = webauthn.identify_discoverable_authentication(answer);
        let (handle, _) = named.map_err(|error| invalid(&error))?;
        if handle != self.handle(&stored.uid) {
            return Err(unknown());
        }
        let mut passkey: Passkey = read(&stored.document)?;
        let result = webauthn
            .finish_discoverable_authentication(answer, state, &[DiscoverableKey::from(&passkey)])
            .map_err(|error| invalid(&error))?;
        if !result.user_verified() {
            return Err(Failed::Refused(PasskeyRefusal::Invalid));
        }
        if self.limits.login(&stored.id).is_err() {
            return Err(Failed::Refused(PasskeyRefusal::TooOften));
        }
        passkey.update_credential(&result);
        let person = self.person(&stored.uid).await?.ok_or_else(unknown)?;
        if person.offered(now).is_empty() {
            return Err(unknown());
        }
        let document = written(&passkey)?;
        Ok((stored, document, person))
    }

    fn webauthn(&self) -> Result<&Webauthn, Failed<PasskeyRefusal>> {
        self.webauthn.as_ref().ok_or(Failed::Refused(PasskeyRefusal::Unavailable))
    }

    /// What a passkey knows its user by: nothing that says who it is, also to those who try all user
    /// ids.
    fn handle(&self, uid: &str) -> Uuid {
        let derived = self.rules.wrapping.derive(&format!("wardkey-passkey-user:1 {uid}"));
        let mut handle = [0; 16];
        for (octet, derived) in handle.iter_mut().zip(derived.iter()) {
            *octet = *derived;
        }
        Uuid::from_bytes(handle)
    }
}

/// The relying party of this server's passkeys. `None`: its address has no domain.
pub(super) fn relying_party(server: &wardkey_protocol::Origin) -> Option<Webauthn> {
    let address = Url::parse(server.as_str()).ok()?;
    let domain = address.domain()?.to_owned();
    WebauthnBuilder::new(&domain, &address).ok()?.rp_name("Wardkey").build().ok()
}

fn trail(action: &str, session: &Session, id: &[u8; 32]) -> AuditEvent {
    AuditEvent {
        certificate: Some(base16ct::lower::encode_string(id)),
        ..super::event(action, "ok", session)
    }
}

fn invalid(error: &dyn std::fmt::Display) -> Failed<PasskeyRefusal> {
    info!(%error, "a passkey's answer does not hold");
    Failed::Refused(PasskeyRefusal::Invalid)
}

fn written<T: Serialize>(value: &T) -> Result<String, InternalError> {
    serde_json::to_string(value).map_err(|error| InternalError::Answer(error.to_string()))
}

fn read<T: DeserializeOwned>(document: &str) -> Result<T, InternalError> {
    serde_json::from_str(document).map_err(|error| InternalError::Answer(error.to_string()))
}

/// For the user, who may have to find a key or a telephone.
const PATIENCE: Duration = Duration::from_secs(300);
const LONGEST_NAME: usize = 64;
