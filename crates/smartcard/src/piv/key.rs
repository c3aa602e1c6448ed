use super::pss;
use crate::{CardError, KeyAlgorithm, KeyId, SignMechanism};

/// A key reference (SP 800-73-4, part 1, table 4b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u8);

/// When a key wants the passcode (part 1, table 4b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasscodePolicy {
    /// Right before each use.
    Always,
    Never,
    /// Once, until the card is logged out.
    Once,
}

impl Key {
    /// The keys that a card has from the start: authentication, signature, management, card
    /// authentication.
    pub const ALL: [Self; 4] =
        [Self(AUTHENTICATION), Self(SIGNATURE), Self(MANAGEMENT), Self(CARD_AUTHENTICATION)];

    /// The n-th retired key, from 0.
    pub fn retired(number: u8) -> Option<Self> {
        (number < RETIRED).then(|| Self(FIRST_RETIRED + number))
    }

    /// The key of an id that this back end gave.
    pub fn of(id: &KeyId) -> Option<Self> {
        let [reference] = id.0[..] else { return None };
        let retired = (FIRST_RETIRED..FIRST_RETIRED + RETIRED).contains(&reference);
        (retired || Self::ALL.contains(&Self(reference))).then_some(Self(reference))
    }

    /// Its reference.
    pub fn reference(self) -> u8 {
        self.0
    }

    /// Its id.
    pub fn id(self) -> KeyId {
        KeyId(vec![self.0])
    }

    /// When it wants the passcode.
    pub fn policy(self) -> PasscodePolicy {
        match self.0 {
            SIGNATURE => PasscodePolicy::Always,
            CARD_AUTHENTICATION => PasscodePolicy::Never,
            _ => PasscodePolicy::Once,
        }
    }

    /// The tag of the data object with its certificate (part 1, table 3).
    pub fn certificate_tag(self) -> [u8; 3] {
        [
            0x5f,
            0xc1,
            match self.0 {
                AUTHENTICATION => 0x05,
                SIGNATURE => 0x0a,
                MANAGEMENT => 0x0b,
                CARD_AUTHENTICATION => 0x01,
                retired => retired - FIRST_RETIRED + 0x0d,
            },
        ]
    }
}

/// What the card is given to sign, and how.
pub struct SigningInput {
    /// The algorithm's identifier (SP 800-78-5, table 9).
    pub algorithm: u8,
    /// In bytes, as long as the modulus or the curve's order.
    pub data: Vec<u8>,
}

impl SigningInput {
    /// For a digest: for RSA the whole encoded message (RFC 8017, section 9), which PIV leaves
    /// to us, for ECDSA the digest as the number that is signed (FIPS 186-5, section 6.4.1). Only
    /// PSS takes of the salt, which is random and never used twice.
    ///
    /// # Errors
    ///
    /// [`CardError::Unsupported`] where key and mechanism do not fit or PIV has no such key;
    /// [`CardError::DigestLength`].
    pub fn new(
        algorithm: KeyAlgorithm,
        mechanism: SignMechanism,
        digest: &[u8],
        salt: &[u8; pss::SALT],
    ) -> Result<Self, CardError> {
        let input = mechanism.input(digest)?;
        let unsupported = || CardError::Unsupported(format!("{mechanism:?} by {algorithm:?}"));
        let (identifier, length) = identifier(algorithm).ok_or_else(unsupported)?;
        let is_rsa = matches!(algorithm, KeyAlgorithm::Rsa { .. });
        let data = match mechanism {
            SignMechanism::Ecdsa if !is_rsa => {
                // Longer digests are cut at the right, shorter ones are smaller numbers.
                let digest = &input[..input.len().min(length)];
                Some([vec![0; length - digest.len()], digest.to_vec()].concat())
            }
            SignMechanism::RsaPkcs1Sha256
            | SignMechanism::RsaPkcs1Sha384
            | SignMechanism::RsaPkcs1Sha512
                if is_rsa =>
            {
                pkcs1(&input, length)
            }
            SignMechanism::RsaPssSha256
            | SignMechanism::RsaPssSha384
            | SignMechanism::RsaPssSha512
                if is_rsa =>
            {
                pss::encoded(mechanism, &input, salt, length)
            }
            _ => None,
        };
        Ok(Self { algorithm: identifier, data: data.ok_or_else(unsupported)? })
    }
}

/// The identifier of an algorithm in commands, and the length of what it signs. 4096 bits are not
/// in the standard; cards that have them took this number.
fn identifier(algorithm: KeyAlgorithm) -> Option<(u8, usize)> {
    Some(match algorithm {
        KeyAlgorithm::EcP256 => (0x11, 32),
        KeyAlgorithm::EcP384 => (0x14, 48),
        KeyAlgorithm::Rsa { bits: 2048 } => (0x07, 256),
        KeyAlgorithm::Rsa { bits: 3072 } => (0x05, 384),
        KeyAlgorithm::Rsa { bits: 4096 } => (0x16, 512),
        KeyAlgorithm::EcP521 | KeyAlgorithm::Other | KeyAlgorithm::Rsa { .. } => return None,
    })
}

/// EMSA-PKCS1-v1_5 (RFC 8017, section 9.2) of a `DigestInfo`.
fn pkcs1(digest_info: &[u8], length: usize) -> Option<Vec<u8>> {
    let padding = length.checked_sub(digest_info.len() + 3).filter(|padding| *padding >= 8)?;
    Some([&[0x00, 0x01], &vec![0xff; padding][..], &[0x00], digest_info].concat())
}

impl std::fmt::Display for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&base16ct::upper::encode_string(&[self.0]))
    }
}

const AUTHENTICATION: u8 = 0x9a;
const SIGNATURE: u8 = 0x9c;
const MANAGEMENT: u8 = 0x9d;
const CARD_AUTHENTICATION: u8 = 0x9e;
const FIRST_RETIRED: u8 = 0x82;
const RETIRED: u8 = 20;

#[cfg(test)]
mod tests;
