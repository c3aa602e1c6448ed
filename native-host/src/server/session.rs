use std::sync::{Mutex, MutexGuard, PoisonError};

use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::EncodePublicKey as _,
};
use serde::{Serialize, de::DeserializeOwned};
use wardkey_protocol::{
    ErrorCode, Fault,
    authorize_api::{self, AuthorizeClaims, AuthorizeRequestClaims},
    session_api::{Claims, PATH, PROOF_TYPE, ProofHeader, Refusal, Refused, Verb},
};
use wardkey_signatures::jws;

use super::ServerClient;
use crate::clock;

/// The session's own key, and the number of its last proof. The key lives as long as the session,
/// in this process alone.
pub struct SessionProver {
    key: SigningKey,
    session: String,
    counter: Mutex<Counter>,
}

#[derive(Default)]
struct Counter {
    last: u64,
    /// Why no proof is made at present: one waits to be handed in, and none may be ahead of it.
    closed: Option<ErrorCode>,
}

/// Why the server did not do what was asked for a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It refused.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// It could not be asked.
    #[error(transparent)]
    Server(#[from] Fault),
}

impl SessionProver {
    /// A fresh key; the session's id is not known before the server has named it.
    ///
    /// # Errors
    ///
    /// Where the system has no randomness.
    pub fn generate() -> Result<Self, Fault> {
        loop {
            let octets = zeroize::Zeroizing::new(
                clock::random::<32>().map_err(|_| Fault::new(ErrorCode::Internal))?,
            );
            // All but one in 2^32 are scalars of the curve.
            if let Ok(key) = SigningKey::from_slice(octets.as_slice()) {
                return Ok(Self { key, session: String::new(), counter: Mutex::default() });
            }
        }
    }

    /// The key's DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// `internal` where the key cannot be written, which a key of this curve can.
    pub fn spki(&self) -> Result<Vec<u8>, Fault> {
        let der = self.key.verifying_key().to_public_key_der();
        der.map(|der| der.into_vec()).map_err(|_| ErrorCode::Internal.into())
    }

    /// The prover of a session that the server has named.
    #[must_use]
    pub fn of_session(self, session: &str) -> Self {
        Self { session: session.to_owned(), ..self }
    }

    /// The session's id at the server.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// A proof for one `/authorize` transaction of the server that asked for it.
    ///
    /// # Errors
    ///
    /// `internal` where it cannot be written.
    pub fn authorize(&self, request: &AuthorizeRequestClaims) -> Result<String, Fault> {
        let claims = AuthorizeClaims {
            aud: request.iss.clone(),
            seq: self.next()?,
            transaction: request.transaction.clone(),
            client_id: request.client_id.clone(),
        };
        self.signed(authorize_api::PROOF_TYPE, &claims)
    }

    /// A proof that ends, locks or suspends the session, good for as long as the session is known:
    /// until it is [`heard`](Self::heard) no other is made. Whoever finds it can do no more with it
    /// than that.
    ///
    /// # Errors
    ///
    /// `internal` where it cannot be written.
    pub fn last_word(&self, server: &str, verb: Verb) -> Result<String, Fault> {
        let seq = {
            let mut counter = self.counter();
            counter.closed = Some(match verb {
                Verb::End => ErrorCode::SessionEnded,
                _ => ErrorCode::SessionLocked,
            });
            counter.last += 1;
            counter.last
        };
        let claims = Claims { aud: server.to_owned(), seq, verb, relying_party: None };
        self.signed(PROOF_TYPE, &claims)
    }

    /// The server has heard the last word; of a session that goes on being known there may be
    /// others now.
    pub fn heard(&self) {
        let mut counter = self.counter();
        if counter.closed != Some(ErrorCode::SessionEnded) {
            counter.closed = None;
        }
    }

    fn proof(
        &self,
        server: &str,
        verb: Verb,
        relying_party: Option<&str>,
    ) -> Result<String, Fault> {
        let claims = Claims {
            aud: server.to_owned(),
            seq: self.next()?,
            verb,
            relying_party: relying_party.map(str::to_owned),
        };
        self.signed(PROOF_TYPE, &claims)
    }

    fn next(&self) -> Result<u64, Fault> {
        let mut counter = self.counter();
        match counter.closed {
            Some(code) => Err(code.into()),
            None => {
                counter.last += 1;
                Ok(counter.last)
            }
        }
    }

    fn counter(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signed(&self, typ: &str, claims: &impl Serialize) -> Result<String, Fault> {
        let header =
            ProofHeader { alg: "ES256".to_owned(), typ: typ.to_owned(), kid: self.session.clone() };
        let internal = |_| Fault::new(ErrorCode::Internal);
        let header = serde_json::to_vec(&header).map_err(internal)?;
        let claims = serde_json::to_vec(claims).map_err(internal)?;
        let prepared = jws::prepare(&header, &claims);
        let signature: Signature = self.key.sign(prepared.to_be_signed());
        Ok(prepared.assemble(&signature.to_bytes()))
    }
}

impl ServerClient {
    /// Asks something for a session, proven by the session's own key.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub fn session_call<T: DeserializeOwned>(
        &self,
        prover: &SessionProver,
        verb: Verb,
        relying_party: Option<&str>,
    ) -> Result<T, SessionError> {
        let ask = || self.hand_in(&prover.proof(&self.policy.url, verb, relying_party)?);
        match ask() {
            // A proof of a later number may have been there before it.
            Err(SessionError::Refused(Refusal::ProofInvalid)) => ask(),
            settled => settled,
        }
    }

    /// Hands in a proof that was made before.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub fn hand_in<T: DeserializeOwned>(&self, proof: &str) -> Result<T, SessionError> {
        let answer = self.http.post_soon(PATH, JOSE, proof)?;
        let unreadable = |_| Fault::new(ErrorCode::ServerResponseInvalid);
        if answer.success {
            return Ok(serde_json::from_slice(&answer.body).map_err(unreadable)?);
        }
        let refused: Refused = serde_json::from_slice(&answer.body).map_err(unreadable)?;
        Err(SessionError::Refused(refused.error))
    }
}

const JOSE: &str = "application/jose";
