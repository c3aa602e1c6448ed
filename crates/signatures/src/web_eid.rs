//! The `web-eid:1` authentication token: a login key's answer to a relying party's nonce, bound to
//! the relying party's origin (Web eID system architecture, "Web eID authentication token").
//!
//! What is signed is `H(origin) || H(nonce)`, H being the hash of the signature algorithm and the
//! nonce hashed as the text it is, never decoded; the card gets the hash of that. Neither origin
//! nor nonce is in the token, so a verifier has to use its own.

#[cfg(feature = "verify")]
mod judge;
mod prepare;
mod token;
#[cfg(feature = "verify")]
mod verify;

#[cfg(feature = "verify")]
pub use judge::{PendingReport, judge};
pub use prepare::{Prepared, prepare};
pub use token::Token;
#[cfg(feature = "verify")]
pub use verify::{Expected, Pending, VerifiedToken, verify};

use wardkey_crypto::SignatureAlgorithm;

/// The format that is made.
pub const FORMAT: &str = "web-eid:1.0";
/// How long a nonce may be, in characters (Web eID: 44 to 128).
pub const NONCE_LENGTH: std::ops::RangeInclusive<usize> = 44..=128;
/// The longest origin, in characters.
pub const MAX_ORIGIN: usize = 255;
/// How long a token may be, in octets of JSON.
pub const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 100..=10_000;

/// Why a token can't be made or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebEidError {
    /// An algorithm other than ES256, ES384 and RS256, or not the one for the key.
    #[error("algorithm refused")]
    AlgorithmRefused,
    /// The certificate can't be read, or its key is not RSA, P-256 or P-384.
    #[error("the certificate can't be read")]
    Certificate,
    /// A format other than `web-eid:1` and its minor versions.
    #[error("not a web-eid:1 token")]
    Format,
    /// The hashes could be taken for another format's octets.
    #[error("the octets to sign can be taken for another format's")]
    Foreign,
    /// The token is no JSON object with the members of the format.
    #[error("malformed token")]
    Malformed,
    /// The nonce is not 44 to 128 visible ASCII characters.
    #[error("the nonce is not 44 to 128 visible ASCII characters")]
    Nonce,
    /// Not the ASCII form of an `https` origin, or of an `http` one of this machine.
    #[error("not an origin that may be signed")]
    Origin,
    /// The certificate is not valid for login here.
    #[cfg(feature = "verify")]
    #[error(transparent)]
    Path(#[from] wardkey_pki::PathError),
    /// The signature has not the shape of its algorithm, or does not hold for the origin and nonce.
    #[error("the signature does not hold for this origin and nonce")]
    SignatureInvalid,
}

/// The octets that are signed: `H(origin) || H(nonce)`.
fn signed_octets(
    origin: &str,
    nonce: &str,
    algorithm: SignatureAlgorithm,
) -> Result<Vec<u8>, WebEidError> {
    if !may_be_signed(origin) {
        return Err(WebEidError::Origin);
    }
    let visible = nonce.bytes().all(|octet| octet.is_ascii_graphic());
    if !NONCE_LENGTH.contains(&nonce.len()) || !visible {
        return Err(WebEidError::Nonce);
    }
    let hash = |text: &str| algorithm.digest(text.as_bytes());
    match (hash(origin), hash(nonce)) {
        (Some(origin), Some(nonce)) => Ok([origin, nonce].concat()),
        _ => Err(WebEidError::AlgorithmRefused),
    }
}

/// `https://host[:port]` in lower-case ASCII with no default port, or the same over `http` for
/// this machine's own names; nothing is repaired.
fn may_be_signed(origin: &str) -> bool {
    let (authority, default_port, anywhere) = match origin.split_once("://") {
        Some(("https", authority)) => (authority, "443", true),
        Some(("http", authority)) => (authority, "80", false),
        _ => return false,
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_fits = port.is_none_or(|port| {
        port != default_port
            && !port.starts_with('0')
            && port.parse::<u16>().is_ok_and(|p| p > 0)
            && port.bytes().all(|octet| octet.is_ascii_digit())
    });
    let this_machine = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
    origin.len() <= MAX_ORIGIN && port_fits && is_host(host) && (anywhere || this_machine)
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok_and(|ip| ip.to_string() == address);
    }
    let admitted = |octet: u8| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    host.split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-') && label.bytes().all(admitted))
}

#[cfg(test)]
mod tests;
