use serde::{Deserialize, Serialize};

use crate::CardError;

/// How a card signs; what it is given is always a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignMechanism {
    /// ECDSA on the key's own curve, over a SHA-256, SHA-384 or SHA-512 digest. The signature is
    /// `r || s`, each as long as the curve's order (PKCS#11 3.0, section 2.3.1).
    Ecdsa,
    /// RSASSA-PKCS1-v1_5 over a SHA-256 digest.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 over a SHA-384 digest.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 over a SHA-512 digest.
    RsaPkcs1Sha512,
    /// RSASSA-PSS over a SHA-256 digest, MGF1 with SHA-256 and a salt of 32 bytes.
    RsaPssSha256,
    /// RSASSA-PSS over a SHA-384 digest, MGF1 with SHA-384 and a salt of 48 bytes.
    RsaPssSha384,
    /// RSASSA-PSS over a SHA-512 digest, MGF1 with SHA-512 and a salt of 64 bytes.
    RsaPssSha512,
}

impl SignMechanism {
    /// What the card's raw mechanism is given for a digest: for RSASSA-PKCS1-v1_5 its `DigestInfo`
    /// (RFC 8017, section 9.2, note 1), for PSS and ECDSA the digest.
    ///
    /// # Errors
    ///
    /// [`CardError::DigestLength`] for a digest of another hash.
    pub(crate) fn input(self, digest: &[u8]) -> Result<Vec<u8>, CardError> {
        let prefix: &[u8] = match (self, digest.len()) {
            (Self::Ecdsa, SHA256 | SHA384 | SHA512) => &[],
            (Self::RsaPkcs1Sha256, SHA256) => &SHA256_DIGEST_INFO,
            (Self::RsaPkcs1Sha384, SHA384) => &SHA384_DIGEST_INFO,
            (Self::RsaPkcs1Sha512, SHA512) => &SHA512_DIGEST_INFO,
            (Self::RsaPssSha256, SHA256)
            | (Self::RsaPssSha384, SHA384)
            | (Self::RsaPssSha512, SHA512) => &[],
            (_, length) => return Err(CardError::DigestLength { length }),
        };
        Ok([prefix, digest].concat())
    }
}

const SHA256: usize = 32;
const SHA384: usize = 48;
const SHA512: usize = 64;

const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
const SHA384_DIGEST_INFO: [u8; 19] = [
    0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05,
    0x00, 0x04, 0x30,
];
const SHA512_DIGEST_INFO: [u8; 19] = [
    0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05,
    0x00, 0x04, 0x40,
];

#[cfg(test)]
mod tests;
