use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{ErrorCode, OAuthError, Replay, client::fapi2_algorithm, jose::Unverified};

/// What a DPoP proof has to be for (RFC 9449, section 4.3).
#[derive(Clone, Copy, Debug)]
pub struct DpopRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The address, without query and fragment.
    pub address: &'a str,
    /// The access token that comes with it, if one does.
    pub access_token: Option<&'a str>,
    /// Now, in seconds since 1970.
    pub now: u64,
}

/// A proof that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpopProof {
    /// The thumbprint of its key (RFC 7638), in base64url.
    pub jkt: String,
    /// Must not have been seen before.
    pub replay: Replay,
}

impl DpopProof {
    /// Verifies a proof.
    ///
    /// # Errors
    /// `invalid_dpop_proof`, which says what does not hold.
    pub fn verify(proof: &str, request: &DpopRequest<'_>) -> Result<Self, OAuthError> {
        let refused = |what| OAuthError::new(ErrorCode::InvalidDpopProof, what);
        let token = Unverified::read(proof).ok_or(refused("the proof can't be read"))?;
        if token.typ() != Some("dpop+jwt") {
            return Err(refused("typ of the proof is not dpop+jwt"));
        }
        if !fapi2_algorithm(token.algorithm) {
            return Err(refused("the proof is not signed with ES256 or PS256"));
        }
        let (key, jkt) = token.embedded_key().ok_or(refused("the proof has no public key"))?;
        let claims: Claims =
            token.verify(&key).ok_or(refused("the proof is not signed by its key"))?;
        if claims.htm != request.method || plain(&claims.htu) != request.address {
            return Err(refused("the proof is for another request"));
        }
        if claims.iat > request.now + SKEW || claims.iat + AGE < request.now {
            return Err(refused("the proof is too old, or made ahead of time"));
        }
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
            return Err(refused("jti of the proof is empty or too long"));
        }
        if let Some(access_token) = request.access_token {
            let hash = Base64UrlUnpadded::encode_string(&Sha256::digest(access_token));
            let named = claims.ath.as_deref().unwrap_or_default();
            if !bool::from(named.as_bytes().ct_eq(hash.as_bytes())) {
                return Err(refused("the proof is for another access token"));
            }
        }
        let hash = Sha256::new_with_prefix(b"dpop proof\0")
            .chain_update(&jkt)
            .chain_update(b"\0")
            .chain_update(&claims.jti);
        let replay = Replay { key: hash.finalize().into(), until: claims.iat + AGE + SKEW };
        Ok(Self { jkt, replay })
    }
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: u64,
    ath: Option<String>,
}

fn plain(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// How long a proof may be on its way, in seconds.
const AGE: u64 = 60;
const MAX_JTI: usize = 256;
const SKEW: u64 = 10;

#[cfg(test)]
mod tests;
