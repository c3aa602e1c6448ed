//! Keys, certificates, lists and an Identity Server for the tests.

use std::{
    str::FromStr as _,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use der::{
    DateTime, Encode as _, EncodePem as _,
    asn1::{Ia5String, OctetString},
    pem::LineEnding,
};
use p256::ecdsa::{DerSignature, Signature, SigningKey, signature::Signer as _};
use rsa::{pkcs1v15, signature::SignatureEncoding as _};
use sha2::Sha256;
use spki::{EncodePublicKey, SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use wardkey_crypto::SignatureAlgorithm;
use wardkey_revocation::{Fetch, FetchError};
use wardkey_signatures::eps::Prescription;
use wardkey_spine::{
    Ticket, UnixTime, UserId,
    assertion::{AssertionId, Mode, Person, ResponseFrame, Role, RoleAssertion},
};
use x509_cert::{
    Certificate, TbsCertificate,
    builder::{Builder as _, CertificateBuilder, CrlBuilder, profile::BuilderProfile},
    crl::RevokedCert,
    ext::{
        Extension,
        pkix::{
            BasicConstraints, CertificatePolicies, CrlDistributionPoints, CrlNumber, KeyUsage,
            KeyUsages,
            certpolicy::PolicyInformation,
            crl::dp::DistributionPoint,
            name::{DistributionPointName, GeneralName},
        },
    },
    name::Name,
    serial_number::SerialNumber,
    time::{Time, Validity},
};

use crate::identity::IdentityServer;

pub const ORIGIN: &str = "http://localhost:8080";
/// 2026-11-23T09:30:00Z.
pub const NOW: u64 = 1_795_426_200;
pub const USER: &str = "555000000101";
pub const TICKET: &str = "AQIC5wM2LY4SfcAAECAwQFBgcICQoLDA0ODw==@AAJTSQACMDE=#";

pub fn now() -> u64 {
    NOW
}

pub fn random() -> std::io::Result<[u8; 32]> {
    let mut octets = [0; 32];
    #[allow(clippy::disallowed_methods, reason = "each session of a test has its own cookie")]
    getrandom::fill(&mut octets).map_err(std::io::Error::other)?;
    Ok(octets)
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

/// The person's RSA key; one for the whole test run.
static PERSON_KEY: LazyLock<rsa::PrivateKey> = LazyLock::new(|| {
    let mut random = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
    rsa::PrivateKey::new(&mut random, 2048).unwrap()
});

/// The key that signs assertions, DER SubjectPublicKeyInfo.
pub fn assertion_key() -> Vec<u8> {
    key(9).verifying_key().to_public_key_der().unwrap().into_vec()
}

/// A root, an authority for signing certificates, and their revocation lists.
pub struct Pki {
    pub root: Certificate,
    pub authority: Certificate,
}

pub const ROOT: &str = "CN=Test Root,O=nhs";
pub const AUTHORITY: &str = "CN=Test Signing,O=nhs";
pub const ROOT_LIST: &str = "http://crl.example/root.crl";
pub const LIST: &str = "http://crl.example/content.crl";
const PERSON_SERIAL: u32 = 77;

impl Pki {
    pub fn new() -> Self {
        let usage = KeyUsages::KeyCertSign | KeyUsages::CRLSign;
        let authority = || [basic(), extension(&KeyUsage(usage))];
        Self {
            root: Shape::new(ROOT, ROOT, authority().into()).issue(
                1,
                &spki(key(1).verifying_key()),
                &key(1),
            ),
            authority: Shape::new(
                AUTHORITY,
                ROOT,
                [&authority()[..], &[policy(), point(ROOT_LIST)]].concat(),
            )
            .issue(2, &spki(key(2).verifying_key()), &key(1)),
        }
    }

    pub fn pem(certificate: &Certificate) -> Vec<u8> {
        certificate.to_pem(LineEnding::LF).unwrap().into_bytes()
    }

    /// The content-commitment certificate of this user id.
    pub fn person(user: &str) -> Vec<u8> {
        Self::certificate_by(user, &key(2))
    }

    /// The same in the authority's name, signed by somebody else.
    pub fn forged(user: &str) -> Vec<u8> {
        Self::certificate_by(user, &key(66))
    }

    fn certificate_by(user: &str, issuer: &SigningKey) -> Vec<u8> {
        let subject = format!("CN={user}_Amira_Okafor,OU=People,O=nhs");
        let usage = extension(&KeyUsage(KeyUsages::NonRepudiation.into()));
        Shape::new(&subject, AUTHORITY, vec![usage, policy(), point(LIST)])
            .issue(PERSON_SERIAL, &spki(&PERSON_KEY.to_public_key()), issuer)
            .to_der()
            .unwrap()
    }
}

/// What the person's card makes of octets: RSASSA-PKCS1-v1_5 with SHA-256.
pub fn card_signs(octets: &[u8]) -> Vec<u8> {
    pkcs1v15::SigningKey::<Sha256>::new(PERSON_KEY.clone()).sign(octets).to_vec()
}

/// The Signature element of a prescription.
pub fn sign_prescription(xml: &[u8], certificate: &[u8]) -> Vec<u8> {
    let prepared =
        Prescription::read(xml).unwrap().prepare(SignatureAlgorithm::RsaPkcs1Sha256).unwrap();
    prepared.assemble(&card_signs(prepared.to_be_signed()), certificate)
}

/// Distribution points of the test PKI.
#[derive(Default)]
pub struct Lists {
    pub revoked: AtomicBool,
    pub unreachable: AtomicBool,
    pub fetches: AtomicUsize,
}

impl Fetch for Lists {
    fn get(&self, url: &str, _limit: usize) -> Result<Vec<u8>, FetchError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        if self.unreachable.load(Ordering::SeqCst) {
            return Err(FetchError::Failed("unplugged".to_owned()));
        }
        let pki = Pki::new();
        match url {
            ROOT_LIST => Ok(list(&pki.root, &key(1), false)),
            LIST => Ok(list(&pki.authority, &key(2), self.revoked.load(Ordering::SeqCst))),
            _ => Err(FetchError::Status(404)),
        }
    }
}

fn list(issuer: &Certificate, key: &SigningKey, revoked: bool) -> Vec<u8> {
    let entry = RevokedCert {
        serial_number: SerialNumber::from(PERSON_SERIAL),
        revocation_date: time(NOW - 60),
        crl_entry_extensions: None,
    };
    let number = CrlNumber(der::asn1::Uint::new(&[1]).unwrap());
    let builder = CrlBuilder::new_with_this_update(issuer, number, time(NOW - 120))
        .unwrap()
        .with_next_update(Some(time(NOW + 86_400)));
    let builder = if revoked { builder.with_certificates(std::iter::once(entry)) } else { builder };
    builder.build::<_, DerSignature>(key).unwrap().to_der().unwrap()
}

/// An Identity Server that knows one ticket.
pub struct Server {
    pub active: AtomicBool,
    pub reachable: AtomicBool,
    pub activities: AtomicUsize,
    pub audience: &'static str,
    pub key: u8,
    pub session_role: &'static str,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            active: AtomicBool::new(true),
            reachable: AtomicBool::new(true),
            activities: AtomicUsize::new(0),
            audience: ORIGIN,
            key: 9,
            session_role: "555000000201",
        }
    }
}

impl IdentityServer for Arc<Server> {
    fn role_assertion(&self, ticket: &Ticket) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.is_active(ticket, true)?.then(|| self.assertion()))
    }

    fn is_active(&self, ticket: &Ticket, activity: bool) -> anyhow::Result<bool> {
        self.activities.fetch_add(usize::from(activity), Ordering::SeqCst);
        anyhow::ensure!(self.reachable.load(Ordering::SeqCst), "unplugged");
        Ok(self.active.load(Ordering::SeqCst) && ticket.expose() == TICKET)
    }
}

impl Server {
    fn assertion(&self) -> Vec<u8> {
        let now = UnixTime::from_seconds(NOW);
        let role = Role {
            org_code: "A99998".to_owned(),
            organisation: "MEADOW & BROOK SURGERY".to_owned(),
            job_role: "\"Clinical\":\"General Medical\":\"Independent Prescriber\"".to_owned(),
            job_role_code: "S8000:G8000:R8000".to_owned(),
            role_profile: "555000000201".to_owned(),
            ..Role::default()
        };
        let assertion = RoleAssertion {
            id: AssertionId::generate(&[1; 20]),
            issuer: "https://localhost:8443".to_owned(),
            issued_at: now,
            not_before: now.minus(180),
            not_on_or_after: now.plus(60),
            audience: Some(self.audience.to_owned()),
            person: Person {
                cn: "Okafor Amira Dr".to_owned(),
                uid: UserId::parse(USER).unwrap(),
                practitioner_code: None,
                session_role: self.session_role.to_owned(),
                mode: Some(Mode::Live),
            },
            roles: vec![role],
        };
        let frame = ResponseFrame {
            id: AssertionId::generate(&[2; 20]),
            recipient: "127.0.0.1".to_owned(),
            authentication: None,
        };
        let prepared = assertion.prepare(&frame, SignatureAlgorithm::EcdsaP256Sha256).unwrap();
        let signature: Signature = key(self.key).sign(prepared.to_be_signed());
        prepared.assemble(&signature.to_bytes(), None)
    }
}

struct Shape {
    subject: Name,
    issuer: Name,
    extensions: Vec<Extension>,
}

impl Shape {
    fn new(subject: &str, issuer: &str, extensions: Vec<Extension>) -> Self {
        let name = |name| Name::from_str(name).unwrap();
        Self { subject: name(subject), issuer: name(issuer), extensions }
    }

    fn issue(self, serial: u32, key: &SubjectPublicKeyInfoOwned, by: &SigningKey) -> Certificate {
        let validity = Validity::new(time(NOW - 86_400), time(NOW + 86_400 * 365));
        let serial = SerialNumber::from(serial);
        CertificateBuilder::new(self, serial, validity, key.clone())
            .unwrap()
            .build::<_, DerSignature>(by)
            .unwrap()
    }
}

impl BuilderProfile for Shape {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
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

fn spki(key: &impl EncodePublicKey) -> SubjectPublicKeyInfoOwned {
    SubjectPublicKeyInfoOwned::from_key(key).unwrap()
}

fn time(seconds: u64) -> Time {
    Time::from(DateTime::from_unix_duration(Duration::from_secs(seconds)).unwrap())
}

fn basic() -> Extension {
    extension(&BasicConstraints { ca: true, path_len_constraint: None })
}

fn policy() -> Extension {
    let policy_identifier = der::asn1::ObjectIdentifier::new_unwrap("1.2.826.0.1275.102.0.3.2.0");
    extension(&CertificatePolicies(vec![PolicyInformation {
        policy_identifier,
        policy_qualifiers: None,
    }]))
}

fn point(url: &str) -> Extension {
    let name = GeneralName::UniformResourceIdentifier(Ia5String::new(url).unwrap());
    let point = DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![name])),
        reasons: None,
        crl_issuer: None,
    };
    extension(&CrlDistributionPoints(vec![point]))
}

fn extension<T: der::Encode + der::oid::AssociatedOid>(value: &T) -> Extension {
    let extn_value = OctetString::new(value.to_der().unwrap()).unwrap();
    let critical = T::OID != const_oid::db::rfc5912::ID_CE_CRL_DISTRIBUTION_POINTS;
    Extension { extn_id: T::OID, critical, extn_value }
}
