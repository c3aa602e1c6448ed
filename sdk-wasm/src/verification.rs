//! The verification of signatures in a page: everything but the public-key operations, which the
//! page's own cryptography answers.

mod algorithm;
mod options;
mod sources;

use serde::Serialize;
use wardkey_crypto::Obligation;
use wardkey_pki::{Certificate, UnixTime};
use wardkey_signatures::{
    Document, VerifyOptions, cades, eps,
    file::{self, claimed_certificates},
    jades, jws, pades, raw, web_eid, xades,
};

pub use algorithm::Algorithm;
pub use options::{InputError, Options};
pub use sources::{Source, sources};
pub use wardkey_signatures::file::Pending;

/// A bare signature, as a page has it.
#[derive(Clone, Copy, Debug)]
pub struct RawSignature<'a> {
    /// The document's octets.
    pub document: &'a [u8],
    /// RSA as it is, ECDSA as `r || s`.
    pub signature: &'a [u8],
    /// The JOSE name of the algorithm, such as `RS256`.
    pub algorithm: &'a str,
    /// The signer's certificate, DER.
    pub certificate: &'a [u8],
    /// When it was made, in seconds since 1970, as far as the verifier knows.
    pub signed_at: Option<u64>,
}

/// One signature for the page's cryptography to verify; octets are base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// The algorithm, by WebCrypto's names.
    #[serde(flatten)]
    pub algorithm: Algorithm,
    /// The public key, DER SubjectPublicKeyInfo.
    pub spki: String,
    /// What was signed.
    pub message: String,
    /// RSA as it is, ECDSA as `r || s`.
    pub signature: String,
    /// Whether it is an authority's, over what comes with other files too.
    pub issued: bool,
}

/// Begins the verification of a signed file, whose format is told by its octets, with its document
/// where that is detached.
///
/// # Errors
///
/// What is wrong with the options; what is wrong with the file is in the report.
pub fn of_file(
    file: &[u8],
    document: Option<&[u8]>,
    options: Options,
) -> Result<Pending, InputError> {
    begin(file, document, options, |options| file::verify(file, document, options))
}

/// Begins the verification of a signed prescription.
///
/// # Errors
///
/// What is wrong with the options; what is wrong with the prescription is in the report.
pub fn of_prescription(signed: &[u8], options: Options) -> Result<Pending, InputError> {
    begin(signed, None, options, |options| eps::verify(signed, options).into())
}

/// Begins the verification of a bare signature.
///
/// # Errors
///
/// What is wrong with the options, or an algorithm that is not one of ours.
pub fn of_document(signed: &RawSignature<'_>, options: Options) -> Result<Pending, InputError> {
    let algorithm = jws::algorithm_named(signed.algorithm).ok_or(InputError::Algorithm)?;
    if let Some(refused) = file::too_long(signed.signature, Some(signed.document)) {
        return Ok(refused);
    }
    let signed = raw::RawSignature {
        document: signed.document,
        signature: signed.signature,
        algorithm,
        certificate_der: signed.certificate,
        signed_at: signed.signed_at.map(UnixTime::from_seconds),
    };
    // One that can't be read is refused below.
    let signer: Vec<_> = Certificate::from_der(signed.certificate_der).into_iter().collect();
    Ok(raw::verify(&signed, &options.read(&signer)?).into())
}

/// Begins the verification of an `authenticate` token over the relying party's origin and nonce.
///
/// # Errors
///
/// What is wrong with the options; what is wrong with the token is in the report.
pub fn of_token(
    token: &str,
    origin: &str,
    nonce: &str,
    options: Options,
) -> Result<Pending, InputError> {
    // What can't be read is refused below.
    let signer = web_eid::Token::parse(token).and_then(|token| token.certificate_der());
    let signer = signer.ok().and_then(|der| Certificate::from_der(&der).ok());
    let options = options.read(&signer.into_iter().collect::<Vec<_>>())?;
    Ok(web_eid::judge(token, origin, nonce, &options).into())
}

/// Begins the verification of a CAdES signature, with its document where that is detached.
///
/// # Errors
///
/// What is wrong with the options.
pub fn of_cades(
    signature: &[u8],
    document: Option<&[u8]>,
    options: Options,
) -> Result<Pending, InputError> {
    let beside = document.map(Document::Octets);
    begin(signature, document, options, |options| cades::verify(signature, beside, options).into())
}

/// Begins the verification of a JAdES signature, with its document where that is detached.
///
/// # Errors
///
/// What is wrong with the options.
pub fn of_jades(
    signature: &[u8],
    document: Option<&[u8]>,
    options: Options,
) -> Result<Pending, InputError> {
    begin(signature, document, options, |options| {
        jades::verify(signature, document, options).into()
    })
}

/// Begins the verification of the PAdES signatures in a PDF.
///
/// # Errors
///
/// What is wrong with the options.
pub fn of_pades(signed: &[u8], options: Options) -> Result<Pending, InputError> {
    begin(signed, None, options, |options| pades::verify(signed, options).into())
}

/// Begins the verification of a XAdES or plain XML signature, with its document where that is
/// detached.
///
/// # Errors
///
/// What is wrong with the options.
pub fn of_xades(
    signature: &[u8],
    document: Option<&[u8]>,
    options: Options,
) -> Result<Pending, InputError> {
    let beside = document.map(Document::Octets);
    begin(signature, document, options, |options| xades::verify(signature, beside, options).into())
}

/// What is longer than [`file::MAX_BYTES`] is refused unread.
fn begin(
    signed: &[u8],
    document: Option<&[u8]>,
    options: Options,
    verify: impl FnOnce(&VerifyOptions) -> Pending,
) -> Result<Pending, InputError> {
    if let Some(refused) = file::too_long(signed, document) {
        return Ok(refused);
    }
    Ok(verify(&options.read(&claimed_certificates(signed))?))
}

impl Question {
    /// The signatures that a verification waits for.
    #[must_use]
    pub fn all_of(pending: &Pending) -> Vec<Self> {
        pending.obligations().iter().map(Self::of).collect()
    }

    fn of(obligation: &Obligation) -> Self {
        use base64ct::{Base64, Encoding as _};
        Self {
            algorithm: Algorithm::of(obligation.algorithm),
            spki: Base64::encode_string(&obligation.spki),
            message: Base64::encode_string(&obligation.message),
            signature: Base64::encode_string(&obligation.signature),
            issued: obligation.issued,
        }
    }
}

#[cfg(test)]
mod tests;
