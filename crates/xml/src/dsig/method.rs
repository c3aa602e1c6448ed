use sha2::Digest as _;
use wardkey_crypto::{Hash, SignatureAlgorithm};

/// A digest method of XML signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigestMethod {
    /// SHA-1: legacy, admitted only by named policy.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The identifier of a signature algorithm (XML Signature 1.1, section 6.4; RFC 9231).
///
/// `None`: it has none here.
#[must_use]
pub fn signature_method_uri(algorithm: SignatureAlgorithm) -> Option<&'static str> {
    SIGNATURE_METHODS.iter().find(|(known, _)| *known == algorithm).map(|(_, uri)| *uri)
}

/// The signature algorithm of an identifier; `None`: not one of ours.
#[must_use]
pub fn signature_method(uri: &str) -> Option<SignatureAlgorithm> {
    SIGNATURE_METHODS.iter().find(|(_, known)| *known == uri).map(|(algorithm, _)| *algorithm)
}

impl DigestMethod {
    /// The digest method of an identifier; `None`: not one of ours.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|method| method.uri() == uri)
    }

    /// Its identifier (XML Signature 1.1, section 6.2; XML Encryption; RFC 6931).
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// The digest method with this hash.
    #[must_use]
    pub fn of(hash: Hash) -> Option<Self> {
        match hash {
            Hash::Sha1 => Some(Self::Sha1),
            Hash::Sha256 => Some(Self::Sha256),
            Hash::Sha384 => Some(Self::Sha384),
            Hash::Sha512 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Whether it is admitted only by named policy.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        self == Self::Sha1
    }

    /// The digest of these octets.
    #[must_use]
    pub fn digest(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1::Sha1::digest(octets).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(octets).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(octets).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(octets).to_vec(),
        }
    }
}

const SIGNATURE_METHODS: [(SignatureAlgorithm, &str); 10] = [
    (SignatureAlgorithm::EcdsaP256Sha256, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
    (SignatureAlgorithm::EcdsaP384Sha384, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"),
    (SignatureAlgorithm::EcdsaP521Sha512, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"),
    (SignatureAlgorithm::RsaPkcs1Sha1, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
    (SignatureAlgorithm::RsaPkcs1Sha256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    (SignatureAlgorithm::RsaPkcs1Sha384, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"),
    (SignatureAlgorithm::RsaPkcs1Sha512, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"),
    (SignatureAlgorithm::RsaPssSha256, "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
    (SignatureAlgorithm::RsaPssSha384, "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1"),
    (SignatureAlgorithm::RsaPssSha512, "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1"),
];
