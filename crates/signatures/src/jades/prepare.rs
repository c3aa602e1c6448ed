use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use wardkey_crypto::{Hash, SignatureAlgorithm};

use super::{
    Flattened, JadesError,
    header::{COMMITMENTS, NewCommitment, NewHeader, NewObjectId},
};
use crate::{Commitment, certificate::CertificateParts, jws};

/// What is to be signed, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The document's octets.
    pub document: &'a [u8],
    /// Whether it is JAdES B-B; otherwise it is a plain JWS, which holds neither time nor commitment.
    pub baseline: bool,
    /// How the signature is written.
    pub serialization: Serialization,
    /// Whether the document stands in the signature; otherwise its place is empty (RFC 7515,
    /// appendix F).
    pub attached: bool,
    /// How the card signs.
    pub algorithm: SignatureAlgorithm,
    /// The signer's certificate, DER.
    pub certificate_der: &'a [u8],
    /// Certificates of authorities, DER, that travel along.
    pub chain: &'a [&'a [u8]],
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub signing_time: u64,
    /// What the signer commits to.
    pub commitment: Option<Commitment>,
    /// The document's media type.
    pub media_type: Option<&'a str>,
}

/// How a JWS is written (RFC 7515, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serialization {
    /// Three parts with dots between them.
    Compact,
    /// A JSON object.
    Flattened,
}

/// A signature that waits for the card's.
#[derive(Clone, Debug)]
pub struct Prepared {
    protected: String,
    payload: String,
    attached: bool,
    serialization: Serialization,
    algorithm: SignatureAlgorithm,
    to_be_signed: Vec<u8>,
}

/// Lays out the protected header.
///
/// # Errors
/// [`JadesError`] when the certificate can't be used.
pub fn prepare(request: Request<'_>) -> Result<Prepared, JadesError> {
    let parts = CertificateParts::of(request.certificate_der).ok_or(JadesError::Certificate)?;
    let algorithm = request.algorithm;
    let name = jws::algorithm_name(algorithm).filter(|_| algorithm.key_kind() == parts.key_kind);
    let hash = Hash::Sha256.digest(request.certificate_der).ok_or(JadesError::Certificate)?;
    let certificates = std::iter::once(&request.certificate_der).chain(request.chain);
    let commitment = request.commitment.filter(|_| request.baseline);
    let header = NewHeader {
        alg: name.ok_or(JadesError::Certificate)?,
        crit: commitment.map(|_| [COMMITMENTS]),
        // RFC 7515, section 4.1.10: without `application/` where nothing else has a slash.
        cty: request.media_type.map(|name| match name.strip_prefix("application/") {
            Some(short) if !short.contains('/') => short.to_owned(),
            _ => name.to_owned(),
        }),
        iat: request.baseline.then_some(request.signing_time),
        commitments: commitment.map(|it| [NewCommitment { id: NewObjectId { id: it.uri() } }]),
        typ: Some("JOSE").filter(|_| request.serialization == Serialization::Compact),
        x5c: certificates.map(|der| Base64::encode_string(der)).collect(),
        x5t: Base64UrlUnpadded::encode_string(&hash),
    };
    let header = serde_json::to_vec(&header).map_err(|_| JadesError::Header)?;
    let protected = Base64UrlUnpadded::encode_string(&header);
    let payload = Base64UrlUnpadded::encode_string(request.document);
    let to_be_signed = format!("{protected}.{payload}").into_bytes();
    let Request { attached, serialization, .. } = request;
    Ok(Prepared { protected, payload, attached, serialization, algorithm, to_be_signed })
}

impl Prepared {
    /// The octets to sign: the JWS signing input (RFC 7515, section 5.1).
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// How to sign them.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The JAdES signature, ASCII or JSON; `signature` is RSA's as it is, ECDSA's as `r || s`.
    ///
    /// # Errors
    /// [`JadesError::Header`] when it can't be written.
    pub fn assemble(&self, signature: &[u8]) -> Result<Vec<u8>, JadesError> {
        let signature = Base64UrlUnpadded::encode_string(signature);
        let payload = self.attached.then(|| self.payload.clone());
        match self.serialization {
            Serialization::Compact => {
                let payload = payload.unwrap_or_default();
                Ok(format!("{}.{payload}.{signature}", self.protected).into_bytes())
            }
            Serialization::Flattened => {
                let protected = self.protected.clone();
                let whole = Flattened { payload, protected, header: None, signature };
                serde_json::to_vec(&whole).map_err(|_| JadesError::Header)
            }
        }
    }
}
