//! A small PKI in the shape of the NHS's.

use std::{cell::Cell, str::FromStr as _, time::Duration};

use der::{
    DateTime, Encode as _,
    asn1::{GeneralizedTime, Ia5String, OctetString},
    flagset::FlagSet,
};
use p256::ecdsa::{DerSignature, SigningKey, signature};
use spki::{
    DynSignatureAlgorithmIdentifier, EncodePublicKey, SignatureBitStringEncoding,
    SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef,
};
use x509_cert::{
    TbsCertificate,
    builder::{Builder as _, CertificateBuilder, CrlBuilder, profile::BuilderProfile},
    crl::RevokedCert,
    ext::{
        Extension, ToExtension,
        pkix::{
            BasicConstraints, CertificatePolicies, CrlDistributionPoints, CrlNumber, CrlReason,
            KeyUsage, KeyUsages, PrivateKeyUsagePeriod,
            certpolicy::PolicyInformation,
            crl::dp::DistributionPoint,
            name::{DistributionPointName, GeneralName},
        },
    },
    name::Name,
    serial_number::SerialNumber,
    time::{Time, Validity},
};

use crate::{Certificate, Crl, ObjectIdentifier, PathRequest, Purpose, Revocation, UnixTime};

pub const NOW: UnixTime = UnixTime::from_seconds(1_795_000_000);
pub const DAY: u64 = 86_400;
pub const CONTENT_POLICY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.826.0.1275.102.0.3.2.0");
pub const CRL_URL: &str = "http://crl.example/content.crl";

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

pub fn spki(key: &impl EncodePublicKey) -> SubjectPublicKeyInfoOwned {
    SubjectPublicKeyInfoOwned::from_key(key).unwrap()
}

pub fn time(at: UnixTime) -> Time {
    Time::from(DateTime::from_unix_duration(Duration::from_secs(at.seconds())).unwrap())
}

/// A certificate to be: what a test says of it, and nothing else.
pub struct Draft {
    pub subject: String,
    pub issuer: String,
    pub serial: u32,
    pub not_before: UnixTime,
    pub not_after: UnixTime,
    pub key: SubjectPublicKeyInfoOwned,
    pub extensions: Vec<Extension>,
}

impl Draft {
    pub fn new(subject: &str, issuer: &str, key: SubjectPublicKeyInfoOwned) -> Self {
        thread_local!(static SERIAL: Cell<u32> = const { Cell::new(100) });
        SERIAL.set(SERIAL.get() + 1);
        Self {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            serial: SERIAL.get(),
            not_before: NOW.minus(100 * DAY),
            not_after: NOW.plus(600 * DAY),
            key,
            extensions: Vec::new(),
        }
    }

    pub fn with(mut self, extension: impl ToExtension<Error = der::Error>) -> Self {
        let name = Name::from_str(&self.subject).unwrap();
        self.extensions.push(extension.to_extension(&name, &self.extensions).unwrap());
        self
    }

    pub fn without(mut self, oid: ObjectIdentifier) -> Self {
        self.extensions.retain(|extension| extension.extn_id != oid);
        self
    }

    pub fn valid(self, not_before: UnixTime, not_after: UnixTime) -> Self {
        Self { not_before, not_after, ..self }
    }

    pub fn sign(self, issuer: &SigningKey) -> Certificate {
        self.sign_with::<_, DerSignature>(issuer)
    }

    pub fn sign_with<S, T>(self, issuer: &S) -> Certificate
    where
        S: signature::Signer<T> + signature::Keypair + DynSignatureAlgorithmIdentifier,
        S::VerifyingKey: EncodePublicKey,
        T: SignatureBitStringEncoding,
    {
        let validity = Validity::new(time(self.not_before), time(self.not_after));
        let serial = SerialNumber::from(self.serial);
        let key = self.key.clone();
        let builder = CertificateBuilder::new(self, serial, validity, key).unwrap();
        Certificate::from_der(&builder.build(issuer).unwrap().to_der().unwrap()).unwrap()
    }
}

impl BuilderProfile for Draft {
    fn get_issuer(&self, _subject: &Name) -> Name {
        Name::from_str(&self.issuer).unwrap()
    }

    fn get_subject(&self) -> Name {
        Name::from_str(&self.subject).unwrap()
    }

    fn build_extensions(
        &self,
        _spki: SubjectPublicKeyInfoRef<'_>,
        _issuer: SubjectPublicKeyInfoRef<'_>,
        _tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(self.extensions.clone())
    }
}

pub fn usage(bits: impl Into<FlagSet<KeyUsages>>) -> Extension {
    KeyUsage(bits.into()).to_extension_at_will(true)
}

pub fn authority(path_len: Option<u8>) -> Extension {
    BasicConstraints { ca: true, path_len_constraint: path_len }.to_extension_at_will(true)
}

pub fn policies(oids: &[ObjectIdentifier]) -> Extension {
    let policies = oids
        .iter()
        .map(|oid| PolicyInformation { policy_identifier: *oid, policy_qualifiers: None });
    CertificatePolicies(policies.collect()).to_extension_at_will(true)
}

pub fn usage_period(not_before: UnixTime, not_after: UnixTime) -> Extension {
    let time = |at: UnixTime| {
        GeneralizedTime::from_unix_duration(Duration::from_secs(at.seconds())).unwrap()
    };
    PrivateKeyUsagePeriod { not_before: Some(time(not_before)), not_after: Some(time(not_after)) }
        .to_extension_at_will(false)
}

pub fn points(url: &str) -> Extension {
    let name = GeneralName::UniformResourceIdentifier(Ia5String::new(url).unwrap());
    let point = DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![name])),
        reasons: None,
        crl_issuer: None,
    };
    CrlDistributionPoints(vec![point]).to_extension_at_will(false)
}

/// An extension that nobody understands.
pub fn foreign(critical: bool) -> Extension {
    Extension {
        extn_id: ObjectIdentifier::new_unwrap("2.25.1234567"),
        critical,
        extn_value: OctetString::new(vec![5, 0]).unwrap(),
    }
}

trait AtWill {
    fn to_extension_at_will(&self, critical: bool) -> Extension;
}

impl<T: der::Encode + const_oid::AssociatedOid> AtWill for T {
    fn to_extension_at_will(&self, critical: bool) -> Extension {
        let extn_value = OctetString::new(self.to_der().unwrap()).unwrap();
        Extension { extn_id: T::OID, critical, extn_value }
    }
}

pub const ROOT: &str = "CN=NHS Demo Root,O=nhs";
pub const CA: &str = "CN=NHS Demo Content CA,O=nhs";
pub const PERSON: &str = "CN=555000000101_Amira_Okafor,OU=People,O=nhs";

/// Root, content CA, and their lists.
pub struct Pki {
    pub root: Certificate,
    pub ca: Certificate,
    pub lists: Vec<Crl>,
}

pub fn root_key() -> SigningKey {
    key(1)
}

pub fn ca_key() -> SigningKey {
    key(2)
}

pub fn person_key() -> SigningKey {
    key(3)
}

pub fn root_draft() -> Draft {
    Draft::new(ROOT, ROOT, spki(root_key().verifying_key()))
        .with(authority(None))
        .with(usage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))
}

pub fn ca_draft() -> Draft {
    Draft::new(CA, ROOT, spki(ca_key().verifying_key()))
        .with(authority(Some(0)))
        .with(usage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))
        .with(policies(&[CONTENT_POLICY]))
}

/// What an NHS content-commitment certificate looks like.
pub fn person_draft() -> Draft {
    Draft::new(PERSON, CA, spki(person_key().verifying_key()))
        .with(usage(KeyUsages::NonRepudiation))
        .with(policies(&[CONTENT_POLICY]))
        .with(usage_period(NOW.minus(100 * DAY), NOW.plus(400 * DAY)))
        .with(points(CRL_URL))
}

impl Pki {
    pub fn new() -> Self {
        Self::with_ca(ca_draft().sign(&root_key()))
    }

    pub fn with_ca(ca: Certificate) -> Self {
        let root = root_draft().sign(&root_key());
        let lists = vec![List::of(&root).sign(&root_key()), List::of(&ca).sign(&ca_key())];
        Self { root, ca, lists }
    }

    pub fn request(&self, end_entity: Certificate) -> PathRequest {
        let revocation = Revocation::required(self.lists.clone());
        let anchors = vec![self.root.clone()];
        PathRequest::new(end_entity, anchors, NOW, Purpose::ContentCommitment, revocation)
            .with_intermediates(vec![self.ca.clone()])
            .with_required_policies(vec![CONTENT_POLICY])
    }
}

/// A revocation list to be.
pub struct List {
    pub issuer: Certificate,
    pub this_update: UnixTime,
    pub next_update: Option<UnixTime>,
    pub revoked: Vec<(u32, UnixTime, Option<CrlReason>)>,
    pub extensions: Vec<Extension>,
    pub entry_extensions: Vec<Extension>,
}

impl List {
    pub fn of(issuer: &Certificate) -> Self {
        Self {
            issuer: issuer.clone(),
            this_update: NOW.minus(3600),
            next_update: Some(NOW.plus(DAY)),
            revoked: Vec::new(),
            extensions: Vec::new(),
            entry_extensions: Vec::new(),
        }
    }

    pub fn revoking(mut self, serial: u32, date: UnixTime, reason: Option<CrlReason>) -> Self {
        self.revoked.push((serial, date, reason));
        self
    }

    pub fn der(self, issuer: &SigningKey) -> Vec<u8> {
        use der::Decode as _;
        let certificate = x509_cert::Certificate::from_der(self.issuer.der()).unwrap();
        let number = CrlNumber(der::asn1::Uint::new(&[1]).unwrap());
        let entries = self.revoked.iter().map(|(serial, date, reason)| {
            let reason = reason.map(|reason| reason.to_extension_at_will(false));
            let extensions: Vec<_> =
                reason.into_iter().chain(self.entry_extensions.clone()).collect();
            RevokedCert {
                serial_number: SerialNumber::from(*serial),
                revocation_date: time(*date),
                crl_entry_extensions: (!extensions.is_empty()).then_some(extensions),
            }
        });
        let mut builder =
            CrlBuilder::new_with_this_update(&certificate, number, time(self.this_update))
                .unwrap()
                .with_next_update(self.next_update.map(time));
        if !self.revoked.is_empty() {
            builder = builder.with_certificates(entries);
        }
        let mut list = builder.build::<_, DerSignature>(issuer).unwrap();
        if !self.extensions.is_empty() {
            let known = list.tbs_cert_list.crl_extensions.get_or_insert_default();
            known.extend(self.extensions);
            let tbs = list.tbs_cert_list.to_der().unwrap();
            let signature: DerSignature = signature::Signer::sign(issuer, &tbs);
            list.signature = signature.to_bitstring().unwrap();
        }
        list.to_der().unwrap()
    }

    pub fn sign(self, issuer: &SigningKey) -> Crl {
        Crl::from_der(&self.der(issuer)).unwrap()
    }
}
