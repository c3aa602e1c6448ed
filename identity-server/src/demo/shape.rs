use std::{net::Ipv4Addr, time::Duration};

use const_oid::{AssociatedOid as _, ObjectIdentifier};
use der::{
    Encode as _,
    asn1::{GeneralizedTime, Ia5String, OctetString},
};
use spki::SubjectPublicKeyInfoRef;
use x509_cert::{
    TbsCertificate,
    builder::profile::BuilderProfile,
    ext::{
        Extension, ToExtension as _,
        pkix::{
            AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints,
            ExtendedKeyUsage, KeyUsage, KeyUsages, PrivateKeyUsagePeriod, SubjectAltName,
            SubjectKeyIdentifier,
            certpolicy::PolicyInformation,
            crl::dp::DistributionPoint,
            name::{DistributionPointName, GeneralName},
        },
    },
    name::Name,
};

/// The certificate policy of NHS login certificates.
pub const LOGIN_POLICY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.826.0.1275.101.0.3.1.1");
/// The certificate policy of NHS content-commitment certificates.
pub const CONTENT_POLICY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.826.0.1275.102.0.3.2.0");

/// What a person's certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum PersonPurpose {
    /// Content commitment: keyUsage nonRepudiation only, critical policy.
    Content,
    /// Login: keyUsage digitalSignature.
    Login,
}

/// The kinds of certificate that the demo has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Signs certificates and lists; below it no further authority where `leaf_issuer`.
    Authority { leaf_issuer: bool },
    /// Signs role assertions.
    AssertionSigning,
    /// A person's; with `wrong_usage` its keyUsage is that of the other purpose.
    Person { purpose: PersonPurpose, wrong_usage: bool },
    /// Serves TLS for `localhost` and `127.0.0.1`.
    TlsServer,
}

/// One certificate to be made: names, kind and where its revocation list is.
pub(super) struct Shape {
    pub(super) issuer: Option<Name>,
    pub(super) subject: Name,
    pub(super) kind: Kind,
    pub(super) crl_url: Option<String>,
}

impl BuilderProfile for Shape {
    fn get_issuer(&self, subject: &Name) -> Name {
        self.issuer.clone().unwrap_or_else(|| subject.clone())
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        spki: SubjectPublicKeyInfoRef<'_>,
        issuer_spki: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let mut extensions = Vec::new();
        let mut add = |extension: der::Result<Extension>| {
            extensions.push(extension?);
            der::Result::Ok(())
        };
        let plain = |oid, critical, value: Vec<u8>| {
            Ok(Extension { extn_id: oid, critical, extn_value: OctetString::new(value)? })
        };
        add(SubjectKeyIdentifier::try_from(spki)?.to_extension(tbs.subject(), &[]))?;
        if self.issuer.is_some() {
            add(AuthorityKeyIdentifier::try_from(issuer_spki)?.to_extension(tbs.subject(), &[]))?;
        }
        add(KeyUsage(self.key_usage()).to_extension(tbs.subject(), &[]))?;
        if let Some((policy, critical)) = self.policy() {
            let policies = CertificatePolicies(vec![PolicyInformation {
                policy_identifier: policy,
                policy_qualifiers: None,
            }]);
            add(plain(CertificatePolicies::OID, critical, policies.to_der()?))?;
        }
        match self.kind {
            Kind::Authority { leaf_issuer } => {
                let path_len_constraint = leaf_issuer.then_some(0);
                let constraints = BasicConstraints { ca: true, path_len_constraint };
                add(constraints.to_extension(tbs.subject(), &[]))?;
            }
            Kind::Person { .. } => {
                let period = signing_period(tbs)?;
                add(period.to_extension(tbs.subject(), &[]))?;
            }
            Kind::TlsServer => {
                add(ExtendedKeyUsage(vec![const_oid::db::rfc5280::ID_KP_SERVER_AUTH])
                    .to_extension(tbs.subject(), &[]))?;
                let names = vec![
                    GeneralName::DnsName(Ia5String::new("localhost")?),
                    GeneralName::IpAddress(OctetString::new(Ipv4Addr::LOCALHOST.octets())?),
                ];
                add(SubjectAltName(names).to_extension(tbs.subject(), &[]))?;
            }
            Kind::AssertionSigning => {}
        }
        if let Some(url) = &self.crl_url {
            let point = DistributionPoint {
                distribution_point: Some(DistributionPointName::FullName(vec![
                    GeneralName::UniformResourceIdentifier(Ia5String::new(url)?),
                ])),
                reasons: None,
                crl_issuer: None,
            };
            add(CrlDistributionPoints(vec![point]).to_extension(tbs.subject(), &[]))?;
        }
        Ok(extensions)
    }
}

impl Shape {
    fn key_usage(&self) -> der::flagset::FlagSet<KeyUsages> {
        match self.kind {
            Kind::Authority { .. } => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
            Kind::AssertionSigning | Kind::TlsServer => KeyUsages::DigitalSignature.into(),
            Kind::Person { purpose, wrong_usage } => match (purpose, wrong_usage) {
                (PersonPurpose::Login, false) | (PersonPurpose::Content, true) => {
                    KeyUsages::DigitalSignature.into()
                }
                (PersonPurpose::Content, false) | (PersonPurpose::Login, true) => {
                    KeyUsages::NonRepudiation.into()
                }
            },
        }
    }

    fn policy(&self) -> Option<(ObjectIdentifier, bool)> {
        match self.kind {
            Kind::Person { purpose: PersonPurpose::Login, .. } => Some((LOGIN_POLICY, false)),
            Kind::Person { purpose: PersonPurpose::Content, .. } => Some((CONTENT_POLICY, true)),
            Kind::Authority { leaf_issuer: true } => Some((ANY_POLICY, false)),
            Kind::Authority { .. } | Kind::AssertionSigning | Kind::TlsServer => None,
        }
    }
}

/// The first 70 % of the validity, as in the NHS's own.
fn signing_period(tbs: &TbsCertificate) -> der::Result<PrivateKeyUsagePeriod> {
    let from = tbs.validity().not_before.to_unix_duration();
    let to = tbs.validity().not_after.to_unix_duration();
    let end = from.as_secs() + to.saturating_sub(from).as_secs() * 7 / 10;
    Ok(PrivateKeyUsagePeriod {
        not_before: Some(GeneralizedTime::from_unix_duration(from)?),
        not_after: Some(GeneralizedTime::from_unix_duration(Duration::from_secs(end))?),
    })
}

/// anyPolicy (RFC 5280, section 4.2.1.4).
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
