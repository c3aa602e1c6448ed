//! JSON Web Signatures by `jsonwebtoken`, whose types stay in here. Its own checks of time are
//! off, since the time is a parameter; ours are with each kind of token.

use jsonwebtoken::{
    DecodingKey, Header, Validation,
    jwk::{AlgorithmParameters, Jwk, ThumbprintHash},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// An algorithm that the provider signs with or accepts (RFC 7518, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    #[serde(rename = "RS512")]
    Rs512,
}

impl Algorithm {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
        }
    }

    pub(crate) fn library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Ps256 => jsonwebtoken::Algorithm::PS256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Rs512 => jsonwebtoken::Algorithm::RS512,
        }
    }

    fn from_library(algorithm: jsonwebtoken::Algorithm) -> Option<Self> {
        [Self::Es256, Self::Ps256, Self::Rs256, Self::Rs512]
            .into_iter()
            .find(|known| known.library() == algorithm)
    }
}

/// A token's header, read but not believed.
pub(crate) struct Unverified<'a> {
    token: &'a str,
    header: Header,
    pub(crate) algorithm: Algorithm,
}

/// The public keys of a client (RFC 7517, section 5).
#[derive(Clone, Debug)]
pub(crate) struct Keys(Vec<(Option<String>, Key)>);

/// A public key.
#[derive(Clone)]
pub(crate) struct Key {
    key: DecodingKey,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    P256,
    Rsa,
}

impl<'a> Unverified<'a> {
    /// Reads a compact JWS. `None`: it is none, or not of an algorithm that is known here.
    pub(crate) fn read(token: &'a str) -> Option<Self> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        let algorithm = Algorithm::from_library(header.alg)?;
        // A critical extension that is not understood makes the token void (RFC 7515, 4.1.11).
        if header.crit.is_some() {
            return None;
        }
        Some(Self { token, header, algorithm })
    }

    pub(crate) fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// The public key in the header, when it is one and holds nothing private, with its
    /// thumbprint (RFC 7638).
    pub(crate) fn embedded_key(&self) -> Option<(Key, String)> {
        let jwk = self.header.jwk.as_ref()?;
        Some((Key::of(jwk)?, jwk.thumbprint(ThumbprintHash::SHA256).ok()?))
    }

    /// The claims, when one of these keys signed them.
    pub(crate) fn verify_by_any<T: DeserializeOwned>(&self, keys: &Keys) -> Option<T> {
        let wanted = self.header.kid.as_deref();
        keys.0
            .iter()
            .filter(|(kid, _)| wanted.is_none() || wanted == kid.as_deref())
            .find_map(|(_, key)| self.verify(key))
    }

    /// The claims, when this key signed them.
    pub(crate) fn verify<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        let fits = match self.algorithm {
            Algorithm::Es256 => key.kind == Kind::P256,
            Algorithm::Ps256 | Algorithm::Rs256 | Algorithm::Rs512 => key.kind == Kind::Rsa,
        };
        if !fits {
            return None;
        }
        let mut validation = Validation::new(self.algorithm.library());
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        jsonwebtoken::decode::<T>(self.token, &key.key, &validation).ok().map(|data| data.claims)
    }
}

impl Keys {
    /// Reads a JWK set. `None`: it is none, or has no key that could sign here.
    pub(crate) fn read(set: &Value) -> Option<Self> {
        let keys = set.get("keys")?.as_array()?;
        let mut read = Vec::new();
        for key in keys {
            let jwk: Jwk = serde_json::from_value(key.clone()).ok()?;
            let kid = jwk.common.key_id.clone();
            if let Some(key) = Key::of(&jwk) {
                read.push((kid, key));
            }
        }
        (!read.is_empty() && read.len() <= MAX_KEYS).then_some(Self(read))
    }
}

impl Key {
    fn of(jwk: &Jwk) -> Option<Self> {
        let kind = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(ec)
                if ec.curve == jsonwebtoken::jwk::EllipticCurve::P256 =>
            {
                Kind::P256
            }
            AlgorithmParameters::RSA(rsa) if rsa_is_long_enough(&rsa.n) => Kind::Rsa,
            _ => return None,
        };
        Some(Self { key: DecodingKey::from_jwk(jwk).ok()?, kind })
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.kind)
    }
}

/// The SHA-256 thumbprint of a JWK (RFC 7638), in base64url. `None`: it is none.
#[must_use]
pub fn thumbprint(jwk: &Value) -> Option<String> {
    let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
    jwk.thumbprint(ThumbprintHash::SHA256).ok()
}

/// 2048 bits and more (RFC 7518, section 3.3), in base64url.
fn rsa_is_long_enough(modulus: &str) -> bool {
    modulus.len() >= 2048_usize.div_ceil(6)
}

const MAX_KEYS: usize = 16;
const MAX_LENGTH: usize = 16 * 1024;

#[cfg(test)]
mod tests;
