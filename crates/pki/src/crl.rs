mod reason;

use std::{collections::HashMap, fmt, sync::Arc};

use const_oid::ObjectIdentifier;
use der::{Decode as _, Encode as _, Reader as _, SliceReader, asn1::AnyRef};
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use x509_cert::{
    crl::{CertificateList, RevokedCert},
    ext::{
        Extension,
        pkix::{IssuingDistributionPoint, name::GeneralName},
    },
};

use crate::{
    Certificate, Name, ParseError, UnixTime,
    certificate::{decode, distribution_point, refuse_duplicates, signed},
    pem,
};

pub use reason::{RevocationReason, Revoked};

/// A complete revocation list of one issuer (RFC 5280, section 5), parsed and otherwise not
/// judged; cheap to clone. Delta, indirect and partial lists are refused when read, and delta
/// lists are not asked for: a complete list counts until its nextUpdate.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    tbs: Vec<u8>,
    issuer: Name,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    algorithm: Option<SignatureAlgorithm>,
    signature: Vec<u8>,
    entries: HashMap<Vec<u8>, Revoked>,
    scope: Scope,
    lists_expired: bool,
}

#[derive(Default)]
struct Scope {
    authorities_only: bool,
    people_only: bool,
    /// The DER of each name of the issuing distribution point; `None`: it names none.
    names: Option<Vec<Vec<u8>>>,
}

impl Crl {
    /// The longest list that is read, in bytes.
    pub const MAX_BYTES: usize = 16 * 1024 * 1024;

    /// Reads a DER revocation list.
    ///
    /// # Errors
    /// [`ParseError`] when it is too large, is not a DER list of version 2, is a delta, indirect
    /// or partial list, or has a critical extension that is not understood.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        if der.len() > Self::MAX_BYTES {
            return Err(ParseError::TooLarge);
        }
        let parsed = CertificateList::<x509_cert::certificate::Rfc5280>::from_der(der);
        let parsed = parsed.map_err(malformed)?;
        let list = parsed.tbs_cert_list;
        if list.signature != parsed.signature_algorithm {
            return Err(ParseError::AlgorithmMismatch);
        }
        let outer = AnyRef::from_der(der).map_err(malformed)?.value();
        let tbs = SliceReader::new(outer).and_then(|mut outer| outer.tlv_bytes());
        let name = list.issuer.to_der().map_err(malformed)?;
        let mut scope = Scope::default();
        let mut lists_expired = false;
        let extensions = list.crl_extensions.unwrap_or_default();
        refuse_duplicates(&extensions)?;
        for extension in &extensions {
            match extension.extn_id {
                ISSUING_DISTRIBUTION_POINT => scope = Scope::read(extension)?,
                DELTA_INDICATOR => return Err(ParseError::DeltaList),
                EXPIRED_CERTIFICATES => lists_expired = true,
                AUTHORITY_KEY_ID | CRL_NUMBER => {}
                unknown if extension.critical => {
                    return Err(ParseError::UnknownCriticalExtension(unknown));
                }
                _ => {}
            }
        }
        let inner = Inner {
            tbs: tbs.map_err(malformed)?.to_vec(),
            issuer: Name::from_x509(&list.issuer, &name),
            this_update: list.this_update.into(),
            next_update: list.next_update.map(UnixTime::from),
            algorithm: SignatureAlgorithm::from_oid(parsed.signature_algorithm.oid),
            signature: parsed
                .signature
                .as_bytes()
                .ok_or(ParseError::Malformed("signature"))?
                .to_vec(),
            entries: entries(list.revoked_certificates.unwrap_or_default())?,
            scope,
            lists_expired,
            der: der.to_vec(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Reads the first `X509 CRL` block of a PEM text (RFC 7468).
    ///
    /// # Errors
    /// As [`Crl::from_der`], and [`ParseError::Pem`] when there is no such block.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, ParseError> {
        let blocks = pem::blocks(pem.as_ref(), "X509 CRL", Self::MAX_BYTES, 1)?;
        Self::from_der(blocks.first().ok_or(ParseError::Pem)?)
    }

    /// The DER encoding as it was read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// When the list was made.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.0.this_update
    }

    /// When the next list is due. `None`: not stated, and the list is then never current.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixTime> {
        self.0.next_update
    }

    /// Seconds since the list was made, 0 when that lies ahead.
    #[must_use]
    pub fn age(&self, now: UnixTime) -> u64 {
        now.seconds_since(self.0.this_update)
    }

    /// Whether `now` lies from thisUpdate to nextUpdate.
    #[must_use]
    pub fn is_current(&self, now: UnixTime) -> bool {
        self.0.this_update <= now && self.0.next_update.is_some_and(|next| now <= next)
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether the list has no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The entry of this serial number (see [`Certificate::serial`]). Whether the list
    /// speaks for the certificate is asked with [`Crl::covers`]. `None`: not listed.
    #[must_use]
    pub fn entry(&self, serial: &[u8]) -> Option<&Revoked> {
        self.0.entries.get(serial)
    }

    /// Whether the list is of the certificate's issuer and its scope includes the certificate
    /// (RFC 5280, section 6.3.3 (b)).
    #[must_use]
    pub fn covers(&self, certificate: &Certificate) -> bool {
        let scope = &self.0.scope;
        let excluded =
            if certificate.is_authority() { scope.people_only } else { scope.authorities_only };
        self.0.issuer == *certificate.issuer() && !excluded && self.serves_point_of(certificate)
    }

    /// What has to hold for `issuer` to have signed this list. `None`: the algorithm is not one
    /// of ours, does not fit the issuer's key, or the signature has not its shape.
    #[must_use]
    pub fn obligation(&self, issuer: &Certificate) -> Option<Obligation> {
        signed(self.0.algorithm?, issuer, &self.0.tbs, &self.0.signature)
    }

    /// The algorithm of the signature. `None`: not one of ours.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.0.algorithm
    }

    /// Whether an entry stays after its certificate has expired (X.509 expiredCertsOnCRL).
    pub(crate) fn lists_expired(&self) -> bool {
        self.0.lists_expired
    }

    /// Where the list names its distribution point, the certificate has to name it too; a
    /// certificate without one is served by its issuer's name.
    fn serves_point_of(&self, certificate: &Certificate) -> bool {
        let Some(names) = &self.0.scope.names else { return true };
        let points = certificate.distribution_points();
        if points.is_empty() {
            return issuer_as_general_name(certificate).is_some_and(|name| names.contains(&name));
        }
        points.iter().flat_map(|point| &point.names).any(|name| names.contains(name))
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, made {})", self.issuer(), self.this_update())
    }
}

impl Scope {
    fn read(extension: &Extension) -> Result<Self, ParseError> {
        let point: IssuingDistributionPoint = decode(extension)?;
        if point.indirect_crl {
            return Err(ParseError::IndirectList);
        }
        if point.only_some_reasons.is_some() || point.only_contains_attribute_certs {
            return Err(ParseError::PartialList);
        }
        let names = match point.distribution_point {
            None => None,
            Some(name) => Some(distribution_point(Some(name))?.names),
        };
        Ok(Self {
            authorities_only: point.only_contains_ca_certs,
            people_only: point.only_contains_user_certs,
            names,
        })
    }
}

fn entries(list: Vec<RevokedCert>) -> Result<HashMap<Vec<u8>, Revoked>, ParseError> {
    let mut entries = HashMap::with_capacity(list.len());
    for entry in list {
        let extensions = entry.crl_entry_extensions.unwrap_or_default();
        refuse_duplicates(&extensions)?;
        let mut reason = RevocationReason::Unspecified;
        for extension in &extensions {
            match extension.extn_id {
                REASON_CODE => reason = RevocationReason::read(extension)?,
                CERTIFICATE_ISSUER => return Err(ParseError::IndirectList),
                INVALIDITY_DATE => {}
                unknown if extension.critical => {
                    return Err(ParseError::UnknownCriticalExtension(unknown));
                }
                _ => {}
            }
        }
        let revoked = Revoked { date: entry.revocation_date.into(), reason };
        // Of two entries of one number, which the standard does not foresee, the graver counts.
        entries
            .entry(entry.serial_number.as_bytes().to_vec())
            .and_modify(|known: &mut Revoked| *known = known.graver(revoked))
            .or_insert(revoked);
    }
    Ok(entries)
}

fn issuer_as_general_name(certificate: &Certificate) -> Option<Vec<u8>> {
    let name = x509_cert::name::Name::from_der(certificate.issuer().der()).ok()?;
    GeneralName::DirectoryName(name).to_der().ok()
}

fn malformed(_: der::Error) -> ParseError {
    ParseError::Malformed("the revocation list")
}

const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.29");
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const EXPIRED_CERTIFICATES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.60");
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");
/// Named here because x509-cert associates another identifier with the type.
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
