use base64ct::{Base64, Encoding as _};
use wardkey_crypto::{KeyKind, Obligation, SignatureAlgorithm};
use wardkey_pki::{self as pki, Certificate, PathRequest, Purpose, Revocation, UnixTime};

use super::{Token, WebEidError, signed_octets};
use crate::jws;

/// What a relying party holds a token against: its own origin and nonce, and whom it trusts.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The relying party's own origin, in its ASCII form.
    pub origin: &'a str,
    /// The nonce that it gave out and has just taken back, as the text it was.
    pub nonce: &'a str,
    /// Whom it trusts.
    pub anchors: Vec<Certificate>,
    /// Certificates that may stand between the signer's and an anchor.
    pub intermediates: Vec<Certificate>,
    /// What it knows about revocation.
    pub revocation: Revocation,
    /// The time.
    pub now: UnixTime,
}

/// A token in order but for public-key operations.
#[derive(Debug)]
#[must_use = "nothing is verified before the obligations are answered"]
pub struct Pending {
    obligations: Vec<Obligation>,
    path: pki::Pending,
    certificate: Certificate,
}

/// A token that holds: the certificate's key answered this nonce for this origin, and the
/// certificate is valid for login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The signer's certificate.
    pub certificate: Certificate,
    /// The age in seconds of the oldest revocation list that decided. `None`: none did.
    pub revocation_age: Option<u64>,
}

/// Checks a token. That the nonce is used once, and soon, is for the caller.
///
/// # Errors
/// [`WebEidError`] when origin or nonce can't have been signed, the certificate can't be read, or
/// the algorithm is not the one that goes with its key.
pub fn verify(token: &Token, expected: Expected<'_>) -> Result<Pending, WebEidError> {
    let certificate =
        Certificate::from_der(&token.certificate_der()?).map_err(|_| WebEidError::Certificate)?;
    let signature = own_signature(token, &certificate, expected.origin, expected.nonce)?;
    let path = PathRequest::new(
        certificate.clone(),
        expected.anchors,
        expected.now,
        Purpose::Login,
        expected.revocation,
    )
    .with_intermediates(expected.intermediates)
    .start();
    let mut obligations = vec![signature];
    obligations.extend_from_slice(path.obligations());
    Ok(Pending { obligations, path, certificate })
}

/// The token's own signature, by the certificate's key over origin and nonce.
///
/// # Errors
/// [`WebEidError`] when the algorithm is not the one that goes with the key, or the rest can't be.
pub(super) fn own_signature(
    token: &Token,
    certificate: &Certificate,
    origin: &str,
    nonce: &str,
) -> Result<Obligation, WebEidError> {
    let kind = certificate.key_kind().ok_or(WebEidError::Certificate)?;
    let algorithm = SignatureAlgorithm::for_key(kind);
    if jws::algorithm_name(algorithm) != Some(token.algorithm.as_str()) {
        return Err(WebEidError::AlgorithmRefused);
    }
    let message = signed_octets(origin, nonce, algorithm)?;
    let signature = Base64::decode_vec(&token.signature).map_err(|_| WebEidError::Malformed)?;
    // `r || s`: as long as the two hashes, but on P-521.
    let length = if kind == KeyKind::EcP521 { 132 } else { message.len() };
    if kind != KeyKind::Rsa && signature.len() != length {
        return Err(WebEidError::SignatureInvalid);
    }
    Ok(Obligation {
        algorithm,
        spki: certificate.spki().to_vec(),
        message,
        signature,
        issued: false,
    })
}

impl Pending {
    /// The public-key operations to answer: the token's signature first, then those of the
    /// certificate's path.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The conclusion, given one answer for each obligation, in their order.
    ///
    /// # Errors
    /// [`WebEidError::SignatureInvalid`], or [`WebEidError::Path`] for what is wrong with the
    /// certificate.
    pub fn conclude(self, answers: &[bool]) -> Result<VerifiedToken, WebEidError> {
        let Some((&true, path)) = answers.split_first() else {
            return Err(WebEidError::SignatureInvalid);
        };
        let report = self.path.conclude(path);
        report.outcome()?;
        let revocation_age = report.revocation_age();
        Ok(VerifiedToken { certificate: self.certificate, revocation_age })
    }

    /// The conclusion, the obligations answered by native code.
    ///
    /// # Errors
    /// As [`Pending::conclude`].
    #[cfg(feature = "native")]
    pub fn discharge(self) -> Result<VerifiedToken, WebEidError> {
        let answers: Vec<bool> = self.obligations.iter().map(Obligation::discharge).collect();
        self.conclude(&answers)
    }
}
