use crate::SignatureAlgorithm;

/// One signature that has to hold for a judgement to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// How the signature was made.
    pub algorithm: SignatureAlgorithm,
    /// The signer's DER SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// The very octets that were signed (not their hash).
    pub message: Vec<u8>,
    /// The signature: RSA as it is; ECDSA as `r || s` (see [`Obligation::ecdsa_from_der`]).
    pub signature: Vec<u8>,
    /// Whether an authority issued what was signed: a certificate, a list or an answer, which come
    /// with one file after the other.
    pub issued: bool,
}

impl Obligation {
    /// Turns the DER `ECDSA-Sig-Value` of X.509 and CMS (RFC 3279, section 2.2.3) into the
    /// `r || s` form that obligations carry. `None` when it is not one, or not for this algorithm.
    #[must_use]
    pub fn ecdsa_from_der(algorithm: SignatureAlgorithm, signature: &[u8]) -> Option<Vec<u8>> {
        let width = match algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => 32,
            SignatureAlgorithm::EcdsaP384Sha384 => 48,
            SignatureAlgorithm::EcdsaP521Sha512 => 66,
            _ => return None,
        };
        let value = EcdsaSigValue::from_der(signature).ok()?;
        let mut raw = vec![0; 2 * width];
        for (integer, half) in [value.r, value.s].into_iter().zip(raw.chunks_mut(width)) {
            let bytes = integer.as_bytes();
            let start = width.checked_sub(bytes.len())?;
            half[start..].copy_from_slice(bytes);
        }
        Some(raw)
    }

    /// Turns `r || s` into the DER `ECDSA-Sig-Value` of X.509 and CMS. `None` when the length is
    /// odd or zero.
    #[must_use]
    pub fn ecdsa_to_der(raw: &[u8]) -> Option<Vec<u8>> {
        if raw.is_empty() || !raw.len().is_multiple_of(2) {
            return None;
        }
        let (r, s) = raw.split_at(raw.len() / 2);
        let value = EcdsaSigValue { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? };
        value.to_der().ok()
    }
}

use der::{Decode as _, Encode as _, Sequence, asn1::UintRef};

#[derive(Sequence)]
struct EcdsaSigValue<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}
