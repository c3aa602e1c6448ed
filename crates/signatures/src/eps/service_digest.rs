use base64ct::{Base64, Encoding as _};
use wardkey_crypto::SignatureAlgorithm;
use wardkey_xml::{Canonicalization, Document, Element, Limits, dsig};

use super::{EpsError, Prepared, signed_info};

/// What the EPS service's `$prepare` gives as `digest`: a SignedInfo over a prescription that is
/// not at hand, so that nobody can tell what it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDigest {
    algorithm: SignatureAlgorithm,
    digest: Vec<u8>,
}

impl ServiceDigest {
    /// Reads a SignedInfo of the one shape that prescriptions have; the service gives it in base64.
    ///
    /// ```
    /// use wardkey_signatures::eps::{EpsError, ServiceDigest};
    ///
    /// assert_eq!(ServiceDigest::read(b"<SignedInfo/>"), Err(EpsError::NotADigest));
    /// ```
    ///
    /// # Errors
    /// [`EpsError::NotADigest`] for any other octets, [`EpsError::Xml`] for what is no XML.
    pub fn read(octets: &[u8]) -> Result<Self, EpsError> {
        let document = Document::parse(octets, &Limits::MESSAGE)?;
        let read = Self::of(document.root()).ok_or(EpsError::NotADigest)?;
        let expected = signed_info::canonical(read.algorithm, &read.digest);
        let canonical = Canonicalization::exclusive().document(&document)?;
        match expected {
            Some(expected) if expected.as_bytes() == canonical => Ok(read),
            _ => Err(EpsError::NotADigest),
        }
    }

    /// How it has to be signed.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Begins the signature. Its Signature element, in base64, is FHIR's
    /// `Provenance.signature.data`.
    ///
    /// # Errors
    /// [`EpsError::AlgorithmRefused`] for any other algorithm than its own.
    pub fn prepare(&self, algorithm: SignatureAlgorithm) -> Result<Prepared, EpsError> {
        let refused = EpsError::AlgorithmRefused(algorithm);
        if algorithm != self.algorithm {
            return Err(refused);
        }
        Prepared::new(algorithm, self.digest.clone()).ok_or(refused)
    }

    fn of(signed_info: Element<'_>) -> Option<Self> {
        let method = signed_info.only_child(dsig::NAMESPACE, "SignatureMethod")?;
        let reference = signed_info.only_child(dsig::NAMESPACE, "Reference")?;
        let value = reference.only_child(dsig::NAMESPACE, "DigestValue")?;
        let algorithm = dsig::signature_method(method.attribute("Algorithm")?)?;
        let digest = Base64::decode_vec(&value.text()).ok()?;
        (digest.len() == algorithm.hash().length()).then_some(Self { algorithm, digest })
    }
}
