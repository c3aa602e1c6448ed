//! Timestamps for signatures, of the authority that policy names.

use std::{sync::Arc, time::Duration};

use wardkey_crypto::Hash;
use wardkey_pki::Certificate;
use wardkey_protocol::{ErrorCode, Fault};
use wardkey_revocation::vouched_for;
use wardkey_signatures::{
    VerifyOptions,
    file::claimed_certificates,
    timestamp::{self, TimestampRequest},
};

use super::{Agent, batch::TimeBound, certificate};
use crate::{clock, interrupt::Interrupt, policy::ServerPolicy, server::ask_timestamp_authority};

/// A timestamp authority.
pub struct Authority {
    url: String,
    anchors: Vec<Certificate>,
    patience: Duration,
}

/// The timestamps of one batch, which are asked for one after the other.
pub struct Stamps<'a> {
    agent: &'a Agent,
    authority: &'a Authority,
    time: &'a TimeBound,
    interrupt: Arc<Interrupt>,
    /// It was raised while the card signed: what is signed already is still stamped.
    was_raised: bool,
    /// Why there was no timestamp; nobody is asked again.
    refused: Option<Fault>,
}

impl<'a> Stamps<'a> {
    /// Before the first.
    pub fn new(
        agent: &'a Agent,
        authority: &'a Authority,
        time: &'a TimeBound,
        interrupt: Arc<Interrupt>,
    ) -> Self {
        let was_raised = interrupt.cause().is_some();
        Self { agent, authority, time, interrupt, was_raised, refused: None }
    }

    /// A token over these octets, DER, verified.
    ///
    /// # Errors
    ///
    /// `timestamp_unavailable` with the reason, for all that follow too; `timeout` when the batch
    /// has had its time; the cause of an interrupt.
    pub fn token(&mut self, over: &[u8]) -> Result<Vec<u8>, Fault> {
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        match self.interrupt.cause() {
            // A card has done its part when it is pulled now.
            None | Some(ErrorCode::CardRemoved) => {}
            Some(_) if self.was_raised => {}
            Some(cause) => return Err(cause.into()),
        }
        if self.time.is_over() {
            return Err(ErrorCode::Timeout.into());
        }
        let token = self.authority.token(self.agent, over);
        self.refused = token.as_ref().err().cloned();
        token
    }
}

impl Authority {
    /// The one that policy names.
    ///
    /// # Errors
    ///
    /// `timestamp_unavailable` where it names none, `policy_invalid` for what can't be read.
    pub fn of(policy: &ServerPolicy) -> Result<Self, Fault> {
        let url = policy.timestamp_authority.clone();
        let url = url.ok_or_else(|| unavailable("the policy names no authority"))?;
        Ok(Self {
            url,
            anchors: certificate::from_files(&policy.timestamp_anchors)?,
            patience: PATIENCE,
        })
    }

    fn token(&self, agent: &Agent, over: &[u8]) -> Result<Vec<u8>, Fault> {
        let refused = |error: timestamp::TimestampError| unavailable(&error.to_string());
        let nonce = clock::random().map_err(|_| ErrorCode::Internal)?;
        let request = TimestampRequest::over(over, Hash::Sha256, nonce).map_err(refused)?;
        let answer = ask_timestamp_authority(&self.url, &request.to_der(), self.patience)
            .map_err(|error| unavailable(&error))?;
        let token = request.token(&answer).map_err(refused)?.to_vec();
        let claimed = claimed_certificates(&token);
        let known: Vec<&Certificate> = self.anchors.iter().collect();
        let issued = vouched_for(&known, &claimed);
        let issuers = [known, claimed.iter().collect()].concat();
        let gathered = agent.revocation.gather_among(issued, &issuers, clock::now());
        let options = VerifyOptions {
            anchors: Vec::new(),
            intermediates: claimed.clone(),
            timestamp_anchors: self.anchors.clone(),
            crls: gathered.lists,
            required_policies: Vec::new(),
            time: clock::now(),
            ocsp_answers: gathered.answers,
            legacy_sha1: false,
            legacy_rsa_1024: false,
        };
        timestamp::verify(&token, over, &options).map_err(refused)?;
        Ok(token)
    }
}

fn unavailable(reason: &str) -> Fault {
    Fault::new(ErrorCode::TimestampUnavailable).with("reason", reason)
}

/// How long an authority has for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
