use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use wardkey_crypto::SignatureAlgorithm;
use wardkey_pki::Certificate;
use wardkey_spine::{
    Ticket, UnixTime, UserId,
    assertion::{
        AssertionId, Authentication, Mode, Person, ResponseFrame, Role, RoleAssertion,
        write_refusal,
    },
};
use zeroize::Zeroizing;

use super::{Failed, Identity, InternalError, TicketRefusal, event};
use crate::{RoleProfile, Timestamp};

/// The key that signs assertions, with its certificate.
pub struct AssertionKey {
    key: KeyPair,
    certificate: Certificate,
}

/// Why an assertion key can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssertionKeyError {
    /// The certificate can't be read.
    #[error("the certificate of the assertion key can't be read")]
    Certificate,
    /// The key is not RSA in PKCS#8 PEM.
    #[error("the assertion key is not an RSA key in PKCS#8 PEM")]
    Key,
    /// The certificate is for another key.
    #[error("the certificate is not that of the assertion key")]
    Mismatch,
}

impl AssertionKey {
    /// Reads the key and its certificate, both PEM.
    ///
    /// # Errors
    /// [`AssertionKeyError`] when one can't be read or they do not belong together.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, AssertionKeyError> {
        let (label, der) = der::pem::decode_vec(key.as_bytes())
            .map(|(label, der)| (label, Zeroizing::new(der)))
            .map_err(|_| AssertionKeyError::Key)?;
        if label != "PRIVATE KEY" {
            return Err(AssertionKeyError::Key);
        }
        let key = KeyPair::from_pkcs8(&der).map_err(|_| AssertionKeyError::Key)?;
        let certificate =
            Certificate::from_pem(certificate).map_err(|_| AssertionKeyError::Certificate)?;
        let spki = key.public_key().as_der().map_err(|_| AssertionKeyError::Key)?;
        if spki.as_ref() != certificate.spki() {
            return Err(AssertionKeyError::Mismatch);
        }
        Ok(Self { key, certificate })
    }

    /// The public key, as relying parties verify with it: a DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        self.certificate.spki()
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 over these octets.
    pub(crate) fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, InternalError> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        // The randomness blinds; it is no part of the signature.
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut signature)
            .map_err(|_| InternalError::Key)?;
        Ok(signature)
    }
}

impl Identity {
    /// The signed RoleAssertion of an active session with a role, as a SAML 1.1 response for the
    /// client at `address`. A relying party's ticket gets one that names the relying party and
    /// holds no ticket.
    ///
    /// # Errors
    /// [`TicketRefusal`], or the server's trouble.
    #[tracing::instrument(skip_all)]
    pub async fn assertion(
        &self,
        ticket: Ticket,
        address: &str,
    ) -> Result<Vec<u8>, Failed<TicketRefusal>> {
        let (stored, session) = self.active::<TicketRefusal>(&ticket).await?;
        let role = session.role.as_deref().ok_or(Failed::Refused(TicketRefusal::RoleRequired))?;
        // A user or role that the directory no longer has, or has closed, gives no assertion.
        let person =
            self.person(&session.uid).await?.ok_or(Failed::Refused(TicketRefusal::NoSession))?;
        let (user, offered) = (&person.user, person.offered(self.clock.now()));
        if !offered.iter().any(|profile| profile.id == role) {
            return Err(Failed::Refused(TicketRefusal::NoSession));
        }
        let uid =
            UserId::parse(&user.uid).map_err(|_| InternalError::Answer("user id".to_owned()))?;
        let now = spine_time(self.clock.now());
        let assertion = RoleAssertion {
            id: self.assertion_id()?,
            issuer: self.rules.server.as_str().to_owned(),
            issued_at: now,
            not_before: now.minus(VALID_BEFORE_SECONDS),
            not_on_or_after: now.plus(VALID_AFTER_SECONDS),
            audience: stored.relying_party.clone(),
            person: Person {
                cn: user.common_name(),
                uid,
                practitioner_code: user.practitioner_code.clone(),
                session_role: role.to_owned(),
                mode: Some(if self.rules.training { Mode::Training } else { Mode::Live }),
            },
            roles: offered.into_iter().map(spine_role).collect(),
        };
        let authentication = match stored.relying_party {
            Some(_) => None,
            None => Some(Authentication {
                id: self.assertion_id()?,
                at: spine_time(session.authenticated),
                ticket,
                ip_address: address.to_owned(),
            }),
        };
        let frame = ResponseFrame {
            id: self.assertion_id()?,
            recipient: address.to_owned(),
            authentication,
        };
        let answer = |error| InternalError::Answer(format!("{error}"));
        let prepared =
            assertion.prepare(&frame, SignatureAlgorithm::RsaPkcs1Sha256).map_err(answer)?;
        let key = &self.rules.assertion_key;
        let signature = key.sign(prepared.to_be_signed())?;
        let mut trail = event("assertion", "ok", &session);
        trail.relying_party = assertion.audience;
        self.audit(trail).await?;
        Ok(prepared.assemble(&signature, Some(key.certificate.der())))
    }

    /// The response for a ticket that yields no assertion.
    ///
    /// # Errors
    /// [`InternalError`] when the server fails.
    pub fn assertion_refusal(
        &self,
        refusal: TicketRefusal,
        address: &str,
    ) -> Result<String, InternalError> {
        let (id, now) = (self.assertion_id()?, spine_time(self.clock.now()));
        write_refusal(&id, now, address, &refusal.to_string())
            .map_err(|error| InternalError::Answer(error.to_string()))
    }

    fn assertion_id(&self) -> Result<AssertionId, InternalError> {
        Ok(AssertionId::generate(&self.octets()?))
    }
}

fn spine_role(role: &RoleProfile) -> Role {
    Role {
        org_code: role.organisation_code.clone(),
        organisation: role.organisation.clone(),
        job_role: role.job_role_name().to_string(),
        job_role_code: role.job_role_code.clone(),
        role_profile: role.id.clone(),
        areas_of_work: role.areas_of_work.clone(),
        area_of_work_codes: role.area_of_work_codes.clone(),
        work_groups: role.work_groups.clone(),
        work_group_codes: role.work_group_codes.clone(),
        business_functions: role.business_functions.clone(),
        business_function_codes: role.business_function_codes.clone(),
    }
}

fn spine_time(time: Timestamp) -> UnixTime {
    UnixTime::from_seconds(time.millis() / 1000)
}

/// As in the Spine's samples of 2018: from 3 minutes before to 1 minute after.
const VALID_BEFORE_SECONDS: u64 = 180;
const VALID_AFTER_SECONDS: u64 = 60;
