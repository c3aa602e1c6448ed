//! Keys, certificates and lists made on the spot for the tests.

use std::{process::Command, sync::LazyLock};

use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::{PrivateKey, pkcs1v15, signature::SignatureEncoding as _};
use sha2::Sha256;
use spki::EncodePublicKey as _;
use wardkey_crypto::SignatureAlgorithm;

#[cfg(feature = "verify")]
pub(crate) mod judging;

use crate::tlv::{
    CONTEXT_0, INTEGER, NULL, OCTET_STRING, SEQUENCE, SET, UTC_TIME, UTF8_STRING, oid, set_of, tlv,
};

/// 2026-11-23T09:30:00Z.
pub(crate) const NOW: u64 = 1_795_426_200;

/// A private key of a test.
#[derive(Clone)]
pub(crate) enum Key {
    P256(SigningKey),
    P384(p384::ecdsa::SigningKey),
    Rsa(PrivateKey),
}

impl Key {
    pub(crate) fn p256(seed: u8) -> Self {
        Self::P256(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn p384(seed: u8) -> Self {
        Self::P384(p384::ecdsa::SigningKey::from_slice(&[seed; 48]).unwrap())
    }

    /// The one RSA-2048 key of the test run.
    pub(crate) fn rsa() -> Self {
        static KEY: LazyLock<PrivateKey> = LazyLock::new(|| {
            let mut random = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
            PrivateKey::new(&mut random, 2048).unwrap()
        });
        Self::Rsa(KEY.clone())
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        let der = match self {
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::P384(key) => key.verifying_key().to_public_key_der(),
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
        };
        der.unwrap().into_vec()
    }

    pub(crate) fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Self::P384(_) => SignatureAlgorithm::EcdsaP384Sha384,
            Self::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    /// RSA as it is, ECDSA as `r || s`.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(key) => {
                let signature: Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::Rsa(key) => {
                pkcs1v15::SigningKey::<Sha256>::new(key.clone()).sign(message).to_vec()
            }
        }
    }

    /// PKCS#8, PEM.
    pub(crate) fn private_pem(&self) -> String {
        let pem = match self {
            Self::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
            Self::P384(key) => key.to_pkcs8_pem(LineEnding::LF),
            Self::Rsa(key) => key.to_pkcs8_pem(LineEnding::LF),
        };
        pem.unwrap().to_string()
    }

    fn sign_der(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.sign(message);
        match self {
            Self::Rsa(_) => signature,
            _ => wardkey_crypto::Obligation::ecdsa_to_der(&signature).unwrap(),
        }
    }
}

/// A certification authority of a test.
pub(crate) struct Authority {
    pub(crate) key: Key,
    pub(crate) name: &'static str,
}

/// What a certificate of a test says.
pub(crate) struct Profile {
    pub(crate) common_name: String,
    pub(crate) serial: u8,
    /// The bits of keyUsage, first octet; 0x80 digitalSignature, 0x40 nonRepudiation.
    pub(crate) usage: u8,
    pub(crate) policy: Option<const_oid::ObjectIdentifier>,
    pub(crate) not_before: &'static str,
    pub(crate) not_after: &'static str,
    pub(crate) authority: bool,
    /// The extendedKeyUsage; there is none where it is empty.
    pub(crate) extended_usages: Vec<const_oid::ObjectIdentifier>,
    pub(crate) extended_is_critical: bool,
}

/// The policy of the NHS's content-commitment certificates.
pub(crate) const CONTENT_POLICY: const_oid::ObjectIdentifier =
    const_oid::ObjectIdentifier::new_unwrap("1.2.826.0.1275.102.0.3.2.0");

impl Profile {
    /// A content-commitment certificate in NHS shape.
    pub(crate) fn content(common_name: &str) -> Self {
        Self {
            common_name: common_name.to_owned(),
            serial: 7,
            usage: 0x40,
            policy: Some(CONTENT_POLICY),
            not_before: "260101000000Z",
            not_after: "280101000000Z",
            authority: false,
            extended_usages: Vec::new(),
            extended_is_critical: true,
        }
    }

    /// A login certificate.
    pub(crate) fn login(common_name: &str) -> Self {
        Self { usage: 0x80, policy: None, serial: 9, ..Self::content(common_name) }
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self { key: Key::p256(0x51), name: "Test Signing CA" }
    }

    /// One below it, with its certificate, which expires then.
    pub(crate) fn below(&self, not_after: &'static str) -> (Self, Vec<u8>) {
        let below = Self { key: Key::p256(0x52), name: "Test Issuing CA" };
        let profile = Profile {
            serial: 2,
            usage: 0x06,
            authority: true,
            not_after,
            ..Profile::content(below.name)
        };
        let certificate = self.issue(&profile, &below.key.spki());
        (below, certificate)
    }

    /// Its self-signed certificate.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        let profile = Profile {
            serial: 1,
            usage: 0x06,
            policy: None,
            not_before: "250101000000Z",
            not_after: "350101000000Z",
            authority: true,
            ..Profile::content(self.name)
        };
        self.issue(&profile, &self.key.spki())
    }

    pub(crate) fn issue(&self, profile: &Profile, spki: &[u8]) -> Vec<u8> {
        let algorithm = self.algorithm();
        let mut extensions = vec![extension("2.5.29.15", true, &usage(profile.usage))];
        if profile.authority {
            extensions.push(extension("2.5.29.19", true, &tlv(SEQUENCE, &[&[1, 1, 0xff]])));
        }
        if let Some(policy) = profile.policy {
            let policies = tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&oid(policy)])]);
            extensions.push(extension("2.5.29.32", true, &policies));
        }
        if !profile.extended_usages.is_empty() {
            let usages: Vec<_> = profile.extended_usages.iter().map(|usage| oid(*usage)).collect();
            let usages: Vec<&[u8]> = usages.iter().map(Vec::as_slice).collect();
            let critical = profile.extended_is_critical;
            extensions.push(extension("2.5.29.37", critical, &tlv(SEQUENCE, &usages)));
        }
        let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
        let time = |time: &str| tlv(UTC_TIME, &[time.as_bytes()]);
        let tbs = tlv(
            SEQUENCE,
            &[
                &tlv(CONTEXT_0, &[&tlv(INTEGER, &[&[2]])]),
                &tlv(INTEGER, &[&[profile.serial]]),
                &algorithm,
                &name(self.name, "CA"),
                &tlv(SEQUENCE, &[&time(profile.not_before), &time(profile.not_after)]),
                &name(&profile.common_name, if profile.authority { "CA" } else { "People" }),
                spki,
                &tlv(0xa3, &[&tlv(SEQUENCE, &extensions)]),
            ],
        );
        self.seal(&tbs)
    }

    /// A list of these serial numbers, current at [`NOW`].
    #[cfg(feature = "verify")]
    pub(crate) fn revocation_list(&self, revoked: &[(u8, &str)]) -> Vec<u8> {
        self.revocation_list_until("270101000000Z", revoked)
    }

    #[cfg(feature = "verify")]
    pub(crate) fn revocation_list_until(&self, next: &str, revoked: &[(u8, &str)]) -> Vec<u8> {
        let time = |time: &str| tlv(UTC_TIME, &[time.as_bytes()]);
        let entries: Vec<Vec<u8>> = revoked
            .iter()
            .map(|(serial, date)| tlv(SEQUENCE, &[&tlv(INTEGER, &[&[*serial]]), &time(date)]))
            .collect();
        let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
        let entries = if entries.is_empty() { Vec::new() } else { tlv(SEQUENCE, &entries) };
        let number = extension("2.5.29.20", false, &tlv(INTEGER, &[&[1]]));
        let tbs = tlv(
            SEQUENCE,
            &[
                &tlv(INTEGER, &[&[1]]),
                &self.algorithm(),
                &name(self.name, "CA"),
                &time("261123090000Z"),
                &time(next),
                &entries,
                &tlv(CONTEXT_0, &[&tlv(SEQUENCE, &[&number])]),
            ],
        );
        self.seal(&tbs)
    }

    fn algorithm(&self) -> Vec<u8> {
        let parameters = match self.key {
            Key::Rsa(_) => tlv(NULL, &[]),
            _ => Vec::new(),
        };
        tlv(SEQUENCE, &[&oid(self.key.algorithm().oid()), &parameters])
    }

    fn seal(&self, tbs: &[u8]) -> Vec<u8> {
        let signature = tlv(0x03, &[&[0], &self.key.sign_der(tbs)]);
        tlv(SEQUENCE, &[tbs, &self.algorithm(), &signature])
    }
}

/// A certificate, PEM.
pub(crate) fn pem(der: &[u8]) -> String {
    use base64ct::Encoding as _;
    let text = base64ct::Base64::encode_string(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let body = lines.join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

/// The folder of the public test vectors. `None`, said by name: it is not set.
pub(crate) fn vectors(folder: &str, test: &str) -> Option<std::path::PathBuf> {
    match std::env::var_os("WARDKEY_VECTORS") {
        Some(path) => Some(std::path::Path::new(&path).join(folder)),
        None => {
            eprintln!("skipped: {test} (WARDKEY_VECTORS is not set)");
            None
        }
    }
}

/// Whether a program is there; says what is skipped without it.
pub(crate) fn has_program(program: &str, test: &str) -> bool {
    let found = Command::new(program).arg("version").output().is_ok();
    if !found {
        eprintln!("skipped: {test} ({program} is not installed)");
    }
    found
}

fn name(common_name: &str, unit: &str) -> Vec<u8> {
    let part = |kind: &str, text: &str| {
        let kind = const_oid::ObjectIdentifier::new_unwrap(kind);
        let pair = tlv(SEQUENCE, &[&oid(kind), &tlv(UTF8_STRING, &[text.as_bytes()])]);
        tlv(SET, &[&pair])
    };
    let parts = [part("2.5.4.10", "nhs"), part("2.5.4.11", unit), part("2.5.4.3", common_name)];
    tlv(SEQUENCE, &[&parts[0], &parts[1], &parts[2]])
}

fn extension(kind: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let kind = oid(const_oid::ObjectIdentifier::new_unwrap(kind));
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    tlv(SEQUENCE, &[&kind, critical, &tlv(OCTET_STRING, &[value])])
}

fn usage(bits: u8) -> Vec<u8> {
    let unused = u8::try_from(bits.trailing_zeros()).unwrap();
    tlv(0x03, &[&[unused, bits]])
}

#[test]
fn certificates_are_read_back() {
    let certificate = Authority::new().issue(&Profile::content("1_A_B"), &Key::rsa().spki());
    let parts = crate::certificate::CertificateParts::of(&certificate).unwrap();
    assert_eq!(parts.spki, Key::rsa().spki());
    assert_eq!(parts.serial, [2, 1, 7]);
    assert_eq!(set_of(vec![vec![2], vec![1]]), [0x31, 2, 1, 2]);
}
