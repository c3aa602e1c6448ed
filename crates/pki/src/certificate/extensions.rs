use const_oid::{AssociatedOid, ObjectIdentifier};
use der::{Decode, Encode as _, flagset::FlagSet};
use x509_cert::ext::{
    Extension,
    pkix::{
        self, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, CertificatePolicies,
        CrlDistributionPoints, ExtendedKeyUsage, InhibitAnyPolicy, NameConstraints,
        PolicyConstraints, PolicyMappings, PrivateKeyUsagePeriod, SubjectAltName,
        SubjectKeyIdentifier,
        name::{DistributionPointName, GeneralName},
    },
};

use crate::{ParseError, UnixTime};

/// basicConstraints (RFC 5280, section 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is a certification authority.
    pub ca: bool,
    /// The most certificates that are not self-issued between this one and the end entity's.
    pub path_len: Option<u8>,
}

/// The bits of keyUsage (RFC 5280, section 4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pkix::KeyUsage);

impl KeyUsage {
    /// Bit 0: signatures other than those of the other bits, such as a login's.
    #[must_use]
    pub fn digital_signature(self) -> bool {
        self.0.digital_signature()
    }

    /// Bit 1, also called contentCommitment.
    #[must_use]
    pub fn non_repudiation(self) -> bool {
        self.0.non_repudiation()
    }

    /// Bit 2.
    #[must_use]
    pub fn key_encipherment(self) -> bool {
        self.0.key_encipherment()
    }

    /// Bit 4.
    #[must_use]
    pub fn key_agreement(self) -> bool {
        self.0.key_agreement()
    }

    /// Bit 5: signatures on certificates.
    #[must_use]
    pub fn key_cert_sign(self) -> bool {
        self.0.key_cert_sign()
    }

    /// Bit 6: signatures on revocation lists.
    #[must_use]
    pub fn crl_sign(self) -> bool {
        self.0.crl_sign()
    }

    /// Whether nonRepudiation is the only bit, as in NHS signing certificates.
    #[must_use]
    pub fn is_non_repudiation_only(self) -> bool {
        self.0.0 == FlagSet::from(pkix::KeyUsages::NonRepudiation)
    }
}

/// privateKeyUsagePeriod (RFC 3280, section 4.2.1.4): when the private key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsagePeriod {
    /// The first second of use, if one is stated.
    pub not_before: Option<UnixTime>,
    /// The last second of use, if one is stated.
    pub not_after: Option<UnixTime>,
}

impl KeyUsagePeriod {
    /// Whether the private key may sign at this time.
    #[must_use]
    pub fn contains(self, time: UnixTime) -> bool {
        self.not_before.is_none_or(|first| first <= time)
            && self.not_after.is_none_or(|last| time <= last)
    }
}

/// What a certificate says about policies (RFC 5280, section 6.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct PolicyRules {
    pub(crate) policies: Option<Vec<ObjectIdentifier>>,
    pub(crate) critical: bool,
    /// Pairs of issuer domain policy and subject domain policy.
    pub(crate) mappings: Vec<(ObjectIdentifier, ObjectIdentifier)>,
    pub(crate) require_explicit: Option<u32>,
    pub(crate) inhibit_mapping: Option<u32>,
    pub(crate) inhibit_any: Option<u32>,
}

/// One cRLDistributionPoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct DistributionPoint {
    /// The DER of each fullName.
    pub(crate) names: Vec<Vec<u8>>,
    pub(crate) urls: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Extensions {
    pub(crate) authority_key_id: Option<Vec<u8>>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) distribution_points: Vec<DistributionPoint>,
    pub(crate) extended_key_usage: Option<Vec<ObjectIdentifier>>,
    pub(crate) extended_key_usage_critical: bool,
    pub(crate) issuer_urls: Vec<String>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) key_usage_period: Option<KeyUsagePeriod>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) no_check: bool,
    pub(crate) ocsp_urls: Vec<String>,
    pub(crate) policies: PolicyRules,
    pub(crate) subject_alt_names: Vec<GeneralName>,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) unknown_critical: Option<ObjectIdentifier>,
}

impl Extensions {
    pub(crate) fn read(extensions: &[Extension]) -> Result<Self, ParseError> {
        let mut read = Self::default();
        refuse_duplicates(extensions)?;
        for extension in extensions {
            let known = read.take(extension)?;
            if extension.critical && !known && read.unknown_critical.is_none() {
                read.unknown_critical = Some(extension.extn_id);
            }
        }
        Ok(read)
    }

    /// Whether the extension is understood.
    fn take(&mut self, extension: &Extension) -> Result<bool, ParseError> {
        match extension.extn_id {
            AuthorityInfoAccessSyntax::OID => self.take_access(decode(extension)?),
            AuthorityKeyIdentifier::OID => {
                let id: AuthorityKeyIdentifier = decode(extension)?;
                self.authority_key_id = id.key_identifier.map(|id| id.as_bytes().to_vec());
            }
            pkix::BasicConstraints::OID => {
                let constraints: pkix::BasicConstraints = decode(extension)?;
                let (ca, path_len) = (constraints.ca, constraints.path_len_constraint);
                self.basic_constraints = Some(BasicConstraints { ca, path_len });
            }
            CertificatePolicies::OID => {
                let policies: CertificatePolicies = decode(extension)?;
                self.policies.critical = extension.critical;
                let oids = policies.0.into_iter().map(|policy| policy.policy_identifier);
                self.policies.policies = Some(oids.collect());
            }
            CrlDistributionPoints::OID => {
                let points: CrlDistributionPoints = decode(extension)?;
                for point in points.0 {
                    self.distribution_points.push(distribution_point(point.distribution_point)?);
                }
            }
            ExtendedKeyUsage::OID => {
                self.extended_key_usage = Some(decode::<ExtendedKeyUsage>(extension)?.0);
                self.extended_key_usage_critical = extension.critical;
            }
            InhibitAnyPolicy::OID => {
                self.policies.inhibit_any = Some(decode::<InhibitAnyPolicy>(extension)?.0);
            }
            pkix::KeyUsage::OID => self.key_usage = Some(KeyUsage(decode(extension)?)),
            NO_CHECK => self.no_check = true,
            NameConstraints::OID => self.name_constraints = Some(decode(extension)?),
            PolicyConstraints::OID => {
                let constraints: PolicyConstraints = decode(extension)?;
                self.policies.require_explicit = constraints.require_explicit_policy;
                self.policies.inhibit_mapping = constraints.inhibit_policy_mapping;
            }
            PolicyMappings::OID => {
                let mappings: PolicyMappings = decode(extension)?;
                let pairs = mappings.0.into_iter();
                self.policies.mappings = pairs
                    .map(|pair| (pair.issuer_domain_policy, pair.subject_domain_policy))
                    .collect();
            }
            PrivateKeyUsagePeriod::OID => {
                let period: PrivateKeyUsagePeriod = decode(extension)?;
                let time = |time: der::asn1::GeneralizedTime| {
                    UnixTime::from_seconds(time.to_unix_duration().as_secs())
                };
                self.key_usage_period = Some(KeyUsagePeriod {
                    not_before: period.not_before.map(time),
                    not_after: period.not_after.map(time),
                });
            }
            SubjectAltName::OID => {
                self.subject_alt_names = decode::<SubjectAltName>(extension)?.0;
            }
            SubjectKeyIdentifier::OID => {
                let id: SubjectKeyIdentifier = decode(extension)?;
                self.subject_key_id = Some(id.0.as_bytes().to_vec());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn take_access(&mut self, access: AuthorityInfoAccessSyntax) {
        for description in access.0 {
            let GeneralName::UniformResourceIdentifier(url) = description.access_location else {
                continue;
            };
            match description.access_method {
                OCSP => self.ocsp_urls.push(url.to_string()),
                CA_ISSUERS => self.issuer_urls.push(url.to_string()),
                _ => {}
            }
        }
    }
}

pub(crate) fn distribution_point(
    name: Option<DistributionPointName>,
) -> Result<DistributionPoint, ParseError> {
    let mut point = DistributionPoint::default();
    // A name relative to the issuer matches no list: revocation then stays unknown.
    if let Some(DistributionPointName::FullName(names)) = name {
        for name in names {
            point.names.push(name.to_der().map_err(|_| ParseError::Malformed("a general name"))?);
            if let GeneralName::UniformResourceIdentifier(url) = name {
                point.urls.push(url.to_string());
            }
        }
    }
    Ok(point)
}

pub(crate) fn refuse_duplicates(extensions: &[Extension]) -> Result<(), ParseError> {
    for (i, extension) in extensions.iter().enumerate() {
        if extensions[..i].iter().any(|earlier| earlier.extn_id == extension.extn_id) {
            return Err(ParseError::DuplicateExtension(extension.extn_id));
        }
    }
    Ok(())
}

pub(crate) fn decode<'a, T: Decode<'a>>(extension: &'a Extension) -> Result<T, ParseError> {
    T::from_der(extension.extn_value.as_bytes()).map_err(|_| ParseError::Malformed("an extension"))
}

/// id-ad-ocsp and id-ad-caIssuers (RFC 5280, section 4.2.2.1).
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");
/// id-pkix-ocsp-nocheck (RFC 6960, section 4.2.2.2.1).
const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");
