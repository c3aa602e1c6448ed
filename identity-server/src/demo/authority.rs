use std::time::Duration;

use der::{
    Decode as _, Encode as _, EncodePem as _, asn1::BitString, asn1::OctetString, pem::LineEnding,
};
use rsa::{
    PrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _},
    signature::{Keypair as _, SignatureEncoding as _, Signer as _},
};
use sha2::Sha256;
use spki::{DynSignatureAlgorithmIdentifier as _, SubjectPublicKeyInfoOwned};
use x509_cert::{
    Certificate, Version,
    builder::{Builder as _, CertificateBuilder},
    crl::{CertificateList, RevokedCert, TbsCertList},
    ext::{
        ToExtension as _,
        pkix::{AuthorityKeyIdentifier, CrlNumber, SubjectKeyIdentifier},
    },
    name::Name,
    serial_number::SerialNumber,
    time::{Time, Validity},
};
use zeroize::Zeroizing;

use super::shape::{Kind, Shape};
use crate::{
    Random, RandomError, Timestamp,
    random::{Generator, octets},
};

/// A demo certification authority: RSA-2048, SHA-256.
pub struct Authority {
    certificate: Certificate,
    key: SigningKey<Sha256>,
}

/// Why a certificate or list could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// x509-cert could not build the certificate.
    #[error("the certificate could not be built: {0}")]
    Build(#[from] x509_cert::builder::Error),
    /// Something has no DER encoding, or is not DER.
    #[error("DER: {0}")]
    Der(#[from] der::Error),
    /// A key could not be made or read.
    #[error("the key could not be made or read")]
    Key,
    /// The system gives no randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The public key or its algorithm has no encoding.
    #[error("SPKI: {0}")]
    Spki(#[from] spki::Error),
}

/// What a new certificate says, beside its key.
pub(super) struct Order {
    pub(super) subject: Name,
    pub(super) kind: Kind,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) crl_url: Option<String>,
}

impl Authority {
    /// A new authority that signs its own certificate.
    pub(super) fn root(order: Order, random: &dyn Random) -> Result<Self, IssueError> {
        let key = new_key(random)?;
        let spki = SubjectPublicKeyInfoOwned::from_key(&key.verifying_key())?;
        let certificate = build(order, None, &key, spki, random)?;
        Ok(Self { certificate, key })
    }

    /// A new authority below this one.
    pub(super) fn subordinate(
        &self,
        order: Order,
        random: &dyn Random,
    ) -> Result<Self, IssueError> {
        let key = new_key(random)?;
        let spki = SubjectPublicKeyInfoOwned::from_key(&key.verifying_key())?;
        let certificate = self.issue(order, spki, random)?;
        Ok(Self { certificate, key })
    }

    /// Reads an authority from the PEM of its certificate and PKCS#8 key.
    ///
    /// # Errors
    /// [`IssueError`] when either can't be read.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IssueError> {
        use der::DecodePem as _;
        let key = PrivateKey::from_pkcs8_pem(key).map_err(|_| IssueError::Key)?;
        Ok(Self { certificate: Certificate::from_pem(certificate)?, key: SigningKey::new(key) })
    }

    /// The authority's certificate, as PEM.
    pub(super) fn certificate_pem(&self) -> Result<String, IssueError> {
        Ok(self.certificate.to_pem(LineEnding::LF)?)
    }

    /// The authority's private key, as PKCS#8 PEM.
    pub(super) fn key_pem(&self) -> Result<Zeroizing<String>, IssueError> {
        self.key.to_pkcs8_pem(LineEnding::LF).map_err(|_| IssueError::Key)
    }

    /// The authority's name.
    pub(super) fn name(&self) -> &Name {
        self.certificate.tbs_certificate().subject()
    }

    /// A certificate for this public key.
    pub(super) fn issue(
        &self,
        order: Order,
        spki: SubjectPublicKeyInfoOwned,
        random: &dyn Random,
    ) -> Result<Certificate, IssueError> {
        build(order, Some(self.name().clone()), &self.key, spki, random)
    }

    /// A first, empty revocation list, valid for [`CRL_VALIDITY`].
    pub(super) fn first_list(&self, now: Timestamp) -> Result<Vec<u8>, IssueError> {
        self.list(1, Vec::new(), now)
    }

    /// A revocation list with everything that `former` has and these serial numbers, and the next
    /// number.
    pub(super) fn next_list(
        &self,
        former: &[u8],
        revoke: &[SerialNumber],
        now: Timestamp,
    ) -> Result<Vec<u8>, IssueError> {
        let former: CertificateList = CertificateList::from_der(former)?;
        let mut entries = former.tbs_cert_list.revoked_certificates.unwrap_or_default();
        for serial in revoke {
            if entries.iter().all(|entry| entry.serial_number != *serial) {
                entries.push(RevokedCert {
                    serial_number: serial.clone(),
                    revocation_date: time(now)?,
                    crl_entry_extensions: None,
                });
            }
        }
        let extensions = former.tbs_cert_list.crl_extensions.unwrap_or_default();
        let number = extensions
            .iter()
            .find(|extension| extension.extn_id == <CrlNumber as const_oid::AssociatedOid>::OID)
            .map(|extension| u64::from_der(extension.extn_value.as_bytes()))
            .transpose()?
            .unwrap_or(0);
        self.list(number + 1, entries, now)
    }

    /// The list names this authority's key, which x509-cert's own builder does not where the
    /// authority is not a root.
    fn list(
        &self,
        number: u64,
        entries: Vec<RevokedCert>,
        now: Timestamp,
    ) -> Result<Vec<u8>, IssueError> {
        use der::referenced::OwnedToRef as _;
        let spki = SubjectPublicKeyInfoOwned::from_key(&self.key.verifying_key())?;
        let authority_key = AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(
                SubjectKeyIdentifier::try_from(spki.owned_to_ref())?.0.as_bytes(),
            )?),
            ..AuthorityKeyIdentifier::default()
        };
        let number = CrlNumber(der::asn1::Uint::new(&number.to_be_bytes())?);
        let extensions = vec![
            authority_key.to_extension(self.name(), &[])?,
            number.to_extension(self.name(), &[])?,
        ];
        let signature = self.key.signature_algorithm_identifier()?;
        let tbs_cert_list: TbsCertList = TbsCertList {
            version: Version::V2,
            signature: signature.clone(),
            issuer: self.name().clone(),
            this_update: time(now)?,
            next_update: Some(time(now.plus(CRL_VALIDITY))?),
            revoked_certificates: (!entries.is_empty()).then_some(entries),
            crl_extensions: Some(extensions),
        };
        let made = self.key.try_sign(&tbs_cert_list.to_der()?).map_err(|_| IssueError::Key)?;
        let list = CertificateList {
            tbs_cert_list,
            signature_algorithm: signature,
            signature: BitString::from_bytes(&made.to_vec())?,
        };
        Ok(list.to_der()?)
    }
}

/// A new RSA-2048 key.
pub(super) fn new_key(random: &dyn Random) -> Result<SigningKey<Sha256>, IssueError> {
    let key = PrivateKey::new(&mut Generator(random), RSA_BITS).map_err(|_| IssueError::Key)?;
    Ok(SigningKey::new(key))
}

fn build(
    order: Order,
    issuer: Option<Name>,
    key: &SigningKey<Sha256>,
    spki: SubjectPublicKeyInfoOwned,
    random: &dyn Random,
) -> Result<Certificate, IssueError> {
    let shape = Shape { issuer, subject: order.subject, kind: order.kind, crl_url: order.crl_url };
    let validity = Validity::new(time(order.from)?, time(order.to)?);
    let builder = CertificateBuilder::new(shape, serial(random)?, validity, spki)?;
    Ok(builder.build(key)?)
}

/// A positive serial number of 16 octets, 126 bits of them random (RFC 5280, section 4.1.2.2).
fn serial(random: &dyn Random) -> Result<SerialNumber, IssueError> {
    let mut octets: [u8; 16] = octets(random)?;
    octets[0] = octets[0] & 0x3f | 0x40;
    Ok(SerialNumber::new(&octets)?)
}

fn time(time: Timestamp) -> der::Result<Time> {
    let since = Duration::from_secs(time.millis() / 1000);
    match der::asn1::UtcTime::from_unix_duration(since) {
        Ok(utc) => Ok(Time::UtcTime(utc)),
        Err(_) => Ok(Time::GeneralTime(der::asn1::GeneralizedTime::from_unix_duration(since)?)),
    }
}

/// From a list's making until the next is due.
pub(super) const CRL_VALIDITY: Duration = Duration::from_secs(24 * 60 * 60);
const RSA_BITS: usize = 2048;
