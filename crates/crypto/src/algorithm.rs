use const_oid::ObjectIdentifier;
use sha2::Digest;

/// A signature algorithm: key type, padding and hash.
///
/// Names follow RFC 8017 (RSASSA-PKCS1-v1_5) and FIPS 186-5 (ECDSA).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA on P-256 with SHA-256; the signature is `r || s`, 64 bytes.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384; the signature is `r || s`, 96 bytes.
    EcdsaP384Sha384,
    /// ECDSA on P-521 with SHA-512; the signature is `r || s`, 132 bytes.
    EcdsaP521Sha512,
    /// RSASSA-PKCS1-v1_5 with SHA-1: legacy, admitted only by named policy.
    RsaPkcs1Sha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512 and a salt of 64 bytes.
    RsaPssSha512,
}

/// The hash functions of the algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hash {
    /// SHA-1: legacy, admitted only by named policy.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The kinds of public key that a certificate may carry here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// An elliptic-curve key on P-256 (secp256r1).
    EcP256,
    /// An elliptic-curve key on P-384 (secp384r1).
    EcP384,
    /// An elliptic-curve key on P-521 (secp521r1).
    EcP521,
    /// An RSA key of any size.
    Rsa,
}

impl SignatureAlgorithm {
    /// The algorithm of an X.509 or CMS `signatureAlgorithm`, by its object identifier
    /// (RFC 4055, RFC 5758). `None`: not one of ours, or RSASSA-PSS, whose hash is in its parameters.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        let pss = oid == const_oid::db::rfc5912::ID_RSASSA_PSS;
        ALL.into_iter().find(|algorithm| !pss && algorithm.oid() == oid)
    }

    /// The object identifier in X.509 and CMS (RFC 4055, RFC 5758).
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::EcdsaP256Sha256 => const_oid::db::rfc5912::ECDSA_WITH_SHA_256,
            Self::EcdsaP384Sha384 => const_oid::db::rfc5912::ECDSA_WITH_SHA_384,
            Self::EcdsaP521Sha512 => const_oid::db::rfc5912::ECDSA_WITH_SHA_512,
            Self::RsaPkcs1Sha1 => const_oid::db::rfc5912::SHA_1_WITH_RSA_ENCRYPTION,
            Self::RsaPkcs1Sha256 => const_oid::db::rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
            Self::RsaPkcs1Sha384 => const_oid::db::rfc5912::SHA_384_WITH_RSA_ENCRYPTION,
            Self::RsaPkcs1Sha512 => const_oid::db::rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
            Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512 => {
                const_oid::db::rfc5912::ID_RSASSA_PSS
            }
        }
    }

    /// The strongest algorithm this project makes with a key of this kind by default.
    #[must_use]
    pub fn for_key(kind: KeyKind) -> Self {
        match kind {
            KeyKind::EcP256 => Self::EcdsaP256Sha256,
            KeyKind::EcP384 => Self::EcdsaP384Sha384,
            KeyKind::EcP521 => Self::EcdsaP521Sha512,
            KeyKind::Rsa => Self::RsaPkcs1Sha256,
        }
    }

    /// The kind of key the algorithm needs.
    #[must_use]
    pub fn key_kind(self) -> KeyKind {
        match self {
            Self::EcdsaP256Sha256 => KeyKind::EcP256,
            Self::EcdsaP384Sha384 => KeyKind::EcP384,
            Self::EcdsaP521Sha512 => KeyKind::EcP521,
            Self::RsaPkcs1Sha1
            | Self::RsaPkcs1Sha256
            | Self::RsaPkcs1Sha384
            | Self::RsaPkcs1Sha512
            | Self::RsaPssSha256
            | Self::RsaPssSha384
            | Self::RsaPssSha512 => KeyKind::Rsa,
        }
    }

    /// Whether the algorithm may be used only where a policy names server, purpose and card.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        matches!(self, Self::RsaPkcs1Sha1)
    }

    /// The hash function.
    #[must_use]
    pub fn hash(self) -> Hash {
        match self {
            Self::EcdsaP256Sha256 | Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => Hash::Sha256,
            Self::EcdsaP384Sha384 | Self::RsaPkcs1Sha384 | Self::RsaPssSha384 => Hash::Sha384,
            Self::EcdsaP521Sha512 | Self::RsaPkcs1Sha512 | Self::RsaPssSha512 => Hash::Sha512,
            Self::RsaPkcs1Sha1 => Hash::Sha1,
        }
    }

    /// The hash of `message` that a card signs, where the algorithm's hash is of the SHA-2 family.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Option<Vec<u8>> {
        self.hash().digest(message)
    }

    /// RSA's algorithm of PKCS#1 v1.5 with this hash.
    #[must_use]
    pub fn rsa_pkcs1(hash: Hash) -> Self {
        match hash {
            Hash::Sha1 => Self::RsaPkcs1Sha1,
            Hash::Sha256 => Self::RsaPkcs1Sha256,
            Hash::Sha384 => Self::RsaPkcs1Sha384,
            Hash::Sha512 => Self::RsaPkcs1Sha512,
        }
    }

    /// RSA's algorithm of PSS with this hash. `None`: not with SHA-1.
    #[must_use]
    pub fn rsa_pss(hash: Hash) -> Option<Self> {
        match hash {
            Hash::Sha1 => None,
            Hash::Sha256 => Some(Self::RsaPssSha256),
            Hash::Sha384 => Some(Self::RsaPssSha384),
            Hash::Sha512 => Some(Self::RsaPssSha512),
        }
    }

    /// Whether the padding is that of PSS.
    #[must_use]
    pub fn is_pss(self) -> bool {
        matches!(self, Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512)
    }
}

impl Hash {
    /// The hash of octets, where the function is of the SHA-2 family.
    #[must_use]
    pub fn digest(self, octets: &[u8]) -> Option<Vec<u8>> {
        self.digest_all(&[octets])
    }

    /// As [`Hash::digest`], of parts one after the other.
    #[must_use]
    pub fn digest_all(self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        fn of<H: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hash = H::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.finalize().to_vec()
        }
        match self {
            Self::Sha1 => None,
            Self::Sha256 => Some(of::<sha2::Sha256>(parts)),
            Self::Sha384 => Some(of::<sha2::Sha384>(parts)),
            Self::Sha512 => Some(of::<sha2::Sha512>(parts)),
        }
    }

    /// The object identifier (RFC 5754).
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => const_oid::db::rfc5912::ID_SHA_1,
            Self::Sha256 => const_oid::db::rfc5912::ID_SHA_256,
            Self::Sha384 => const_oid::db::rfc5912::ID_SHA_384,
            Self::Sha512 => const_oid::db::rfc5912::ID_SHA_512,
        }
    }

    /// The function of this object identifier. `None`: not one of ours.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|hash| hash.oid() == oid)
    }

    /// The length of a hash, in bytes.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl KeyKind {
    /// The kind of a DER SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7). `None`: not one of ours.
    #[must_use]
    pub fn of_spki(spki: &[u8]) -> Option<Self> {
        let spki = spki::SubjectPublicKeyInfoRef::try_from(spki).ok()?;
        if spki.algorithm.oid == const_oid::db::rfc5912::RSA_ENCRYPTION {
            return Some(Self::Rsa);
        }
        if spki.algorithm.oid != const_oid::db::rfc5912::ID_EC_PUBLIC_KEY {
            return None;
        }
        match spki.algorithm.parameters_oid().ok()? {
            const_oid::db::rfc5912::SECP_256_R_1 => Some(Self::EcP256),
            const_oid::db::rfc5912::SECP_384_R_1 => Some(Self::EcP384),
            const_oid::db::rfc5912::SECP_521_R_1 => Some(Self::EcP521),
            _ => None,
        }
    }
}

const ALL: [SignatureAlgorithm; 10] = [
    SignatureAlgorithm::EcdsaP256Sha256,
    SignatureAlgorithm::EcdsaP384Sha384,
    SignatureAlgorithm::EcdsaP521Sha512,
    SignatureAlgorithm::RsaPkcs1Sha1,
    SignatureAlgorithm::RsaPkcs1Sha256,
    SignatureAlgorithm::RsaPkcs1Sha384,
    SignatureAlgorithm::RsaPkcs1Sha512,
    SignatureAlgorithm::RsaPssSha256,
    SignatureAlgorithm::RsaPssSha384,
    SignatureAlgorithm::RsaPssSha512,
];
