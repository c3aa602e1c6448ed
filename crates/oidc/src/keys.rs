use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
        RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
    },
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Algorithm;

/// A key that the provider signs with.
pub struct SigningKey {
    kid: String,
    pair: Pair,
    public: Value,
    from: u64,
    until: u64,
}

enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// The provider's keys: those that sign, those that will, and those that did.
#[derive(Default)]
pub struct KeySet(Vec<SigningKey>);

/// Why a key can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The claims could not be signed.
    #[error("the claims could not be signed")]
    Claims,
    /// Not a P-256 or RSA key in PKCS#8.
    #[error("not a P-256 or RSA key in PKCS#8")]
    Malformed,
    /// No key for this algorithm signs now.
    #[error("there is no key for {}", .0.as_str())]
    Missing(Algorithm),
    /// The system could not make a key.
    #[error("the system could not make a key")]
    Unmade,
}

impl SigningKey {
    /// Makes a key for an algorithm: its private half in PKCS#8.
    ///
    /// # Errors
    /// [`KeyError::Unmade`] when the system can't.
    pub fn generate(algorithm: Algorithm) -> Result<Vec<u8>, KeyError> {
        let unmade = |_| KeyError::Unmade;
        if algorithm == Algorithm::Es256 {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
            let der = pair.and_then(|pair| pair.to_pkcs8v1()).map_err(unmade)?;
            return Ok(der.as_ref().to_vec());
        }
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(unmade)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(unmade)?;
        Ok(der.as_ref().to_vec())
    }

    /// A key from its PKCS#8, which signs from one time until another, in seconds since 1970. It
    /// is published before and, until the tokens that it signed are over, after.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is no such key.
    pub fn from_pkcs8(der: &[u8], from: u64, until: u64) -> Result<Self, KeyError> {
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            // An uncompressed point (SEC 1, section 2.3.3).
            let point = pair.public_key().as_ref();
            let (x, y) = point.get(1..33).zip(point.get(33..65)).ok_or(KeyError::Malformed)?;
            let public = json!({ "kty": "EC", "crv": "P-256", "x": base64(x), "y": base64(y) });
            return Self::of(Pair::P256(pair), public, from, until);
        }
        let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError::Malformed)?;
        let key = pair.public_key();
        let n = base64(key.modulus().big_endian_without_leading_zero());
        let e = base64(key.exponent().big_endian_without_leading_zero());
        Self::of(Pair::Rsa(pair), json!({ "kty": "RSA", "n": n, "e": e }), from, until)
    }

    fn of(pair: Pair, mut public: Value, from: u64, until: u64) -> Result<Self, KeyError> {
        let kid = crate::thumbprint(&public).ok_or(KeyError::Malformed)?;
        public["kid"] = json!(kid);
        public["use"] = json!("sig");
        Ok(Self { kid, pair, public, from, until })
    }

    /// Its name: the thumbprint of its public half (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public half, a JWK.
    #[must_use]
    pub fn public(&self) -> &Value {
        &self.public
    }

    fn signs(&self, algorithm: Algorithm) -> bool {
        matches!(self.pair, Pair::P256(_)) == (algorithm == Algorithm::Es256)
    }

    /// A token with any header and claims.
    #[cfg(test)]
    pub(crate) fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let algorithm = serde_json::from_value(header["alg"].clone()).unwrap();
        let encode = |value: &Value| base64(value.to_string().as_bytes());
        let input = format!("{}.{}", encode(header), encode(claims));
        format!("{input}.{}", base64(&self.sign(input.as_bytes(), algorithm).unwrap()))
    }

    fn sign(&self, octets: &[u8], algorithm: Algorithm) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        let (pair, encoding): (_, &'static dyn RsaEncoding) = match (&self.pair, algorithm) {
            (Pair::P256(pair), Algorithm::Es256) => {
                return Some(pair.sign(&random, octets).ok()?.as_ref().to_vec());
            }
            (Pair::Rsa(pair), Algorithm::Ps256) => (pair, &RSA_PSS_SHA256),
            (Pair::Rsa(pair), Algorithm::Rs256) => (pair, &RSA_PKCS1_SHA256),
            (Pair::Rsa(pair), Algorithm::Rs512) => (pair, &RSA_PKCS1_SHA512),
            (Pair::P256(_), _) | (Pair::Rsa(_), Algorithm::Es256) => return None,
        };
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &random, octets, &mut signature).ok()?;
        Some(signature)
    }
}

impl KeySet {
    /// These keys.
    #[must_use]
    pub fn new(keys: Vec<SigningKey>) -> Self {
        Self(keys)
    }

    /// The public halves, as the provider publishes them (RFC 7517, section 5).
    #[must_use]
    pub fn published(&self) -> Value {
        json!({ "keys": self.0.iter().map(SigningKey::public).collect::<Vec<_>>() })
    }

    /// Signs claims, with the newest key that signs now (seconds since 1970). Where the clock was
    /// ahead when the keys were made, and has been set right, it is the first that will.
    ///
    /// # Errors
    /// [`KeyError`] when there is no key for the algorithm, or the claims have no JSON form.
    pub fn sign<T: Serialize>(
        &self,
        claims: &T,
        algorithm: Algorithm,
        typ: &str,
        now: u64,
    ) -> Result<String, KeyError> {
        let usable = || self.0.iter().filter(|key| key.signs(algorithm) && now < key.until);
        let newest = usable().filter(|key| key.from <= now).max_by_key(|key| key.from);
        let key = newest
            .or_else(|| usable().min_by_key(|key| key.from))
            .ok_or(KeyError::Missing(algorithm))?;
        let header = json!({ "alg": algorithm, "typ": typ, "kid": key.kid });
        let claims = serde_json::to_vec(claims).map_err(|_| KeyError::Claims)?;
        let input = format!("{}.{}", base64(header.to_string().as_bytes()), base64(&claims));
        let signature = key.sign(input.as_bytes(), algorithm).ok_or(KeyError::Claims)?;
        Ok(format!("{input}.{}", base64(&signature)))
    }

    /// The claims of a token of this type that one of these keys signed, whatever its time.
    pub(crate) fn verify<T: serde::de::DeserializeOwned>(
        &self,
        token: &str,
        typ: &str,
    ) -> Option<T> {
        let keys = crate::jose::Keys::read(&self.published())?;
        let token = crate::jose::Unverified::read(token)?;
        if token.typ() == Some(typ) { token.verify_by_any(&keys) } else { None }
    }
}

fn base64(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

#[cfg(test)]
pub(crate) mod tests;
