use base64ct::{Base64, Encoding as _};

use super::{
    authorization::{Ask, Authorization, LONGEST},
    sign_algo,
    wire::CredentialInfo,
};
use crate::{CardCertificate, CardError, KeyId, PasscodeState, SignMechanism, Token, TokenId};

/// One key of a user at a service.
pub struct Credential {
    pub id: String,
    description: String,
    certificate: CardCertificate,
    /// `key/algo`.
    pub algo: Vec<String>,
    /// How many signatures one authorisation is for at the most.
    pub multisign: usize,
    /// What it takes to use it, or why it can't be used.
    pub authorization: Result<Authorization, CardError>,
}

impl Credential {
    /// # Errors
    ///
    /// [`CardError::ServiceResponseInvalid`] where there is no certificate to be read.
    pub fn read(id: &str, info: CredentialInfo, admit_scal1: bool) -> Result<Self, CardError> {
        let invalid = |reason| CardError::ServiceResponseInvalid(format!("{METHOD}: {reason}"));
        let encoded = info.cert.certificates.first().ok_or_else(|| invalid("no certificate"))?;
        let encoded: String = encoded.split_ascii_whitespace().collect();
        let der = Base64::decode_vec(&encoded).map_err(|_| invalid("certificate"))?;
        let key = KeyId(id.as_bytes().to_vec());
        let certificate = CardCertificate::read(key, der).ok_or_else(|| invalid("certificate"))?;
        let bound = info.scal.as_deref() == Some("2");
        let authorization = match info.cert.status.as_deref() {
            Some(status @ ("expired" | "revoked" | "suspended")) => {
                Err(CardError::CertificateEnded { status: status.to_owned() })
            }
            _ if info.key.status != "enabled" => Err(CardError::PasscodeBlocked),
            _ if !bound && !admit_scal1 => Err(CardError::ServiceUnsupported(
                "its authorisation is not bound to what is signed (SCAL 1)".to_owned(),
            )),
            _ => Authorization::read(&info.auth),
        };
        Ok(Self {
            id: id.to_owned(),
            description: info.description.unwrap_or_default().chars().take(LONGEST).collect(),
            certificate,
            algo: info.key.algo,
            multisign: info.multisign.max(1),
            authorization,
        })
    }

    /// The credential as a token of its own.
    pub fn token(&self, service: &str, user: &str) -> Token {
        let asks = self.authorization.as_ref().map(|needed| needed.asks().count());
        let passcode = PasscodeState {
            blocked: matches!(self.authorization, Err(CardError::PasscodeBlocked)),
            min_length: 1,
            max_length: u8::MAX,
            pin_pad: asks == Ok(0),
            ..PasscodeState::default()
        };
        Token {
            id: TokenId(self.id.clone()),
            reader: service.to_owned(),
            label: self.description.clone(),
            serial: format!("{service}/{user}"),
            manufacturer: String::new(),
            certificates: vec![self.certificate.clone()],
            passcode,
        }
    }

    pub fn asks(&self) -> Vec<Ask> {
        self.authorization.iter().flat_map(Authorization::asks).cloned().collect()
    }

    pub fn mechanisms(&self) -> Vec<SignMechanism> {
        sign_algo::mechanisms(self.certificate.algorithm, &self.algo)
    }

    /// In bytes, of each of the two numbers of an ECDSA signature; `None` for RSA.
    pub fn curve_length(&self) -> Option<usize> {
        use crate::KeyAlgorithm::{EcP256, EcP384, EcP521};
        match self.certificate.algorithm {
            EcP256 => Some(32),
            EcP384 => Some(48),
            EcP521 => Some(66),
            _ => None,
        }
    }
}

const METHOD: &str = "credentials/info";
