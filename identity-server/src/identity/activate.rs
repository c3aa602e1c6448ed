use sha2::{Digest as _, Sha256};
use wardkey_protocol::session_api::LOGIN_LABEL;
use wardkey_spine::{ActivateRequest, ActivateResponse, LoginIdentity};

use super::{Identity, InternalError};
use crate::session::StoredChallenge;

impl Identity {
    /// Begins a login: a challenge that works once, within the configured time.
    ///
    /// The challenge has the Spine's shape: 20 random octets, the time in milliseconds as 8
    /// octets, 20 random octets. The signature ties it to the transaction.
    ///
    /// # Errors
    /// [`InternalError`] when the server fails.
    #[tracing::instrument(skip_all)]
    pub async fn activate(
        &self,
        request: &ActivateRequest,
    ) -> Result<ActivateResponse, InternalError> {
        let now = self.clock.now();
        let (head, tail): ([u8; 20], [u8; 20]) = (self.octets()?, self.octets()?);
        let challenge = [&head[..], &now.millis().to_be_bytes(), &tail].concat();
        let transaction = request.log_session_id.as_str();
        let signature = self.sign_challenge(&challenge, transaction)?;
        self.store
            .put_challenge(&StoredChallenge {
                hash: Sha256::digest(&challenge).into(),
                signature: Sha256::digest(&signature).into(),
                transaction: transaction.to_owned(),
                expires: now.plus(self.rules.times.challenge()),
            })
            .await?;
        Ok(ActivateResponse {
            challenge,
            signature,
            log_session_id: request.log_session_id.clone(),
            reply_url: self.address("/login/authvalidate"),
            error_url: self.error_url(),
            server_ip: String::new(),
            app_url: request.app_url.clone(),
            gas_version: GAS_VERSION.to_owned(),
            download_gac_url: String::new(),
            latest_gac_version: String::new(),
            login: Some(LoginIdentity {
                server: self.rules.server.as_str().to_owned(),
                label: LOGIN_LABEL.to_owned(),
            }),
        })
    }

    /// Where people go whose login failed.
    pub(super) fn error_url(&self) -> String {
        self.address("/login/error")
    }

    /// An address of this server.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.rules.server)
    }

    /// The label keeps the signature from passing for one over an assertion, whose octets begin
    /// with `<`.
    fn sign_challenge(
        &self,
        challenge: &[u8],
        transaction: &str,
    ) -> Result<Vec<u8>, InternalError> {
        let message = [CHALLENGE_LABEL, challenge, transaction.as_bytes()].concat();
        self.rules.assertion_key.sign(&message)
    }
}

/// The version that the Spine's server stated last.
pub(super) const GAS_VERSION: &str = "5.2.7";
const CHALLENGE_LABEL: &[u8] = b"wardkey-challenge:1\0";
