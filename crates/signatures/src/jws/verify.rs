use base64ct::{Base64UrlUnpadded, Encoding as _};
use wardkey_crypto::{KeyKind, Obligation, SignatureAlgorithm};

use super::{JwsError, MAX_HEADER, MAX_LENGTH, algorithm_name, header::Members};

/// What a caller expects of a token, whatever its header says.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The only algorithm that is admitted.
    pub algorithm: SignatureAlgorithm,
    /// The `typ`, compared as it is; `None`: the header has none.
    pub typ: Option<&'a str>,
}

/// A token whose header is as expected; nothing in it is proved. It tells only which key to
/// verify with.
#[derive(Clone, Debug)]
#[must_use = "nothing is verified before a key is given"]
pub struct Unverified {
    algorithm: SignatureAlgorithm,
    kid: Option<String>,
    signing_input: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// A token in order but for the signature itself.
#[derive(Clone, Debug)]
#[must_use = "nothing is verified before the obligation is answered"]
pub struct Pending {
    obligations: [Obligation; 1],
    verified: Verified,
}

/// A token whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The header's `kid`.
    pub kid: Option<String>,
    /// The octets that were signed, decoded.
    pub payload: Vec<u8>,
}

impl Unverified {
    /// Reads a compact token and holds its header against what is expected.
    ///
    /// # Errors
    /// [`JwsError`] when the token is not of the exact form, or its header is not as expected.
    pub fn read(token: &str, expected: &Expected<'_>) -> Result<Self, JwsError> {
        if token.len() > MAX_LENGTH {
            return Err(JwsError::TooLong);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwsError::Malformed);
        };
        let json = decode(header)?;
        // serde would read an array for the members in their order.
        if json.len() > MAX_HEADER || json.first() != Some(&b'{') {
            return Err(JwsError::Header);
        }
        let members: Members = serde_json::from_slice(&json).map_err(|_| JwsError::Header)?;
        if algorithm_name(expected.algorithm) != Some(members.alg.as_str()) {
            return Err(JwsError::AlgorithmRefused);
        }
        if members.typ.as_deref() != expected.typ {
            return Err(JwsError::WrongType);
        }
        let signature = decode(signature)?;
        if !has_shape(expected.algorithm, &signature) {
            return Err(JwsError::SignatureInvalid);
        }
        Ok(Self {
            algorithm: expected.algorithm,
            kid: members.kid,
            signing_input: token.as_bytes()[..header.len() + 1 + payload.len()].to_vec(),
            payload: decode(payload)?,
            signature,
        })
    }

    /// The header's `kid`: which key the token claims.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Verifies with this key, a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`JwsError::KeyMismatch`] when the key is not of the algorithm's kind.
    pub fn verify(self, spki: &[u8]) -> Result<Pending, JwsError> {
        if KeyKind::of_spki(spki) != Some(self.algorithm.key_kind()) {
            return Err(JwsError::KeyMismatch);
        }
        let obligation = Obligation {
            algorithm: self.algorithm,
            spki: spki.to_vec(),
            message: self.signing_input,
            signature: self.signature,
            issued: false,
        };
        let verified = Verified { kid: self.kid, payload: self.payload };
        Ok(Pending { obligations: [obligation], verified })
    }
}

impl Pending {
    /// The public-key operations to answer: one.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The conclusion, given one answer for each obligation.
    ///
    /// # Errors
    /// [`JwsError::SignatureInvalid`] when an answer is `false` or missing.
    pub fn conclude(self, answers: &[bool]) -> Result<Verified, JwsError> {
        if answers == [true] { Ok(self.verified) } else { Err(JwsError::SignatureInvalid) }
    }

    /// The conclusion, the obligation answered by native code.
    ///
    /// # Errors
    /// [`JwsError::SignatureInvalid`] when the signature does not hold.
    #[cfg(feature = "native")]
    pub fn discharge(self) -> Result<Verified, JwsError> {
        let answers = self.obligations.each_ref().map(Obligation::discharge);
        self.conclude(&answers)
    }
}

fn has_shape(algorithm: SignatureAlgorithm, signature: &[u8]) -> bool {
    match algorithm.key_kind() {
        KeyKind::EcP256 => signature.len() == 64,
        KeyKind::EcP384 => signature.len() == 96,
        KeyKind::EcP521 => signature.len() == 132,
        _ => !signature.is_empty(),
    }
}

/// Base64url without padding, in its one encoding.
fn decode(text: &str) -> Result<Vec<u8>, JwsError> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| JwsError::Malformed)
}
