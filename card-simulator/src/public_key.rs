//! Key slots, algorithms, and public keys as SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).

use std::fmt;

use anyhow::{Context, Result, anyhow};
use clap::ValueEnum;
use der::asn1::{Any, BitString, ObjectIdentifier, UintRef};
use der::{Encode, Sequence};
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfoOwned};

use crate::tlv;

/// A key slot of the card (SP 800-73-4 part 1, table 4b).
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[non_exhaustive]
pub enum Slot {
    /// PIV authentication: signs once the PIN was verified in this session.
    #[value(name = "9a")]
    Authentication,
    /// Digital signature: wants the PIN right before each signature.
    #[value(name = "9c")]
    Signature,
    /// Key management: signs or agrees on keys once the PIN was verified in this session.
    #[value(name = "9d")]
    Management,
    /// Card authentication: signs for whoever has the card, without the PIN.
    #[value(name = "9e")]
    CardAuthentication,
}

impl Slot {
    /// The slots that a fresh card has keys in, unless it is asked for others.
    pub const USUAL: [Self; 2] = [Self::Authentication, Self::Signature];

    /// The key reference.
    pub fn reference(self) -> u8 {
        match self {
            Self::Authentication => 0x9a,
            Self::Signature => 0x9c,
            Self::Management => 0x9d,
            Self::CardAuthentication => 0x9e,
        }
    }

    /// The tag of the data object that holds the slot's certificate.
    pub fn certificate_tag(self) -> [u8; 3] {
        match self {
            Self::Authentication => [0x5f, 0xc1, 0x05],
            Self::Signature => [0x5f, 0xc1, 0x0a],
            Self::Management => [0x5f, 0xc1, 0x0b],
            Self::CardAuthentication => [0x5f, 0xc1, 0x01],
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02x}", self.reference())
    }
}

/// A key's algorithm (SP 800-78-5, table 9; 4096 bits are an extension of cards).
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA on P-256.
    Eccp256,
    /// ECDSA on P-384.
    Eccp384,
    /// RSA with 2048 bits.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits.
    Rsa4096,
}

impl Algorithm {
    /// The algorithm's identifier in APDUs.
    pub fn identifier(self) -> u8 {
        match self {
            Self::Eccp256 => 0x11,
            Self::Eccp384 => 0x14,
            Self::Rsa2048 => 0x07,
            Self::Rsa3072 => 0x05,
            Self::Rsa4096 => 0x16,
        }
    }

    /// Reads the answer of GENERATE ASYMMETRIC KEY PAIR (SP 800-73-4 part 2, table 11).
    ///
    /// # Errors
    /// When the answer lacks the parts that this algorithm's keys have.
    pub fn public_key(self, answer: &[u8]) -> Result<SubjectPublicKeyInfoOwned> {
        let key = tlv::find(&[0x7f, 0x49], answer).context("the card answered no public key")?;
        let part = |tag: u8| {
            tlv::find(&[tag], key).ok_or_else(|| anyhow!("the public key lacks part {tag:02x}"))
        };
        match self {
            Self::Eccp256 => spki(EC_PUBLIC_KEY, (&P256).into(), part(0x86)?),
            Self::Eccp384 => spki(EC_PUBLIC_KEY, (&P384).into(), part(0x86)?),
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => {
                let key = RsaPublicKey {
                    modulus: UintRef::new(part(0x81)?)?,
                    exponent: UintRef::new(part(0x82)?)?,
                };
                spki(RSA_ENCRYPTION, Any::null(), &key.to_der()?)
            }
        }
    }
}

/// RFC 8017, A.1.1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

fn spki(oid: ObjectIdentifier, parameters: Any, key: &[u8]) -> Result<SubjectPublicKeyInfoOwned> {
    Ok(SubjectPublicKeyInfoOwned {
        algorithm: AlgorithmIdentifier { oid, parameters: Some(parameters) },
        subject_public_key: BitString::from_bytes(key)?,
    })
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
