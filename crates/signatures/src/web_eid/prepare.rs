use base64ct::{Base64, Encoding as _};
use wardkey_crypto::{KeyKind, SignatureAlgorithm};

use super::{FORMAT, Token, WebEidError, signed_octets};
use crate::{SigningInput, jws};

/// A token that waits for the card's signature.
#[derive(Clone, Debug)]
pub struct Prepared {
    signed: Vec<u8>,
    algorithm: SignatureAlgorithm,
}

/// Lays out the token of one origin and nonce for a login key that signs with this algorithm.
///
/// The origin has to come from the browser. `http` is admitted for this machine's own names, which
/// only a development policy lets through to here.
///
/// # Errors
/// [`WebEidError`] when origin, nonce or algorithm do not serve.
pub fn prepare(
    origin: &str,
    nonce: &str,
    algorithm: SignatureAlgorithm,
) -> Result<Prepared, WebEidError> {
    jws::algorithm_name(algorithm).ok_or(WebEidError::AlgorithmRefused)?;
    let signed = signed_octets(origin, nonce, algorithm)?;
    if SigningInput::readings(&signed) != [SigningInput::WebEid] {
        return Err(WebEidError::Foreign);
    }
    Ok(Prepared { signed, algorithm })
}

impl Prepared {
    /// The octets to sign, 64 or 96: the card signs their hash.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.signed
    }

    /// How to sign them.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The token; `signature` is RSA's as it is, ECDSA's as `r || s`, `certificate_der` the
    /// signer's certificate, and `app_version` says which program made it.
    ///
    /// # Errors
    /// [`WebEidError::SignatureInvalid`] when the signature has not the shape of its algorithm.
    pub fn assemble(
        &self,
        signature: &[u8],
        certificate_der: &[u8],
        app_version: &str,
    ) -> Result<Token, WebEidError> {
        let shaped = match self.algorithm.key_kind() {
            KeyKind::Rsa => !signature.is_empty(),
            _ => signature.len() == self.signed.len(),
        };
        if !shaped {
            return Err(WebEidError::SignatureInvalid);
        }
        let algorithm = jws::algorithm_name(self.algorithm).ok_or(WebEidError::AlgorithmRefused)?;
        Ok(Token {
            unverified_certificate: Base64::encode_string(certificate_der),
            algorithm: algorithm.to_owned(),
            signature: Base64::encode_string(signature),
            format: FORMAT.to_owned(),
            app_version: Some(app_version.to_owned()),
        })
    }
}
