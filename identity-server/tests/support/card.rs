//! A card and an agent's session key, in software: keys known to everybody, for tests.

use std::sync::OnceLock;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::{EncodePublicKey as _, LineEnding},
};
use rsa::{pkcs1v15, signature::SignatureEncoding as _};
use sha2::Sha256;
use wardkey_identity::{
    Ambient, Timestamp,
    demo::{Demo, PersonOrder, PersonPurpose},
};
use wardkey_pki::Certificate;
use wardkey_signatures::login::{self, LoginRequest};

/// A key on a card with the certificate that was issued for it.
pub struct Card {
    pub key: Key,
    pub certificate: Certificate,
}

#[derive(Clone)]
pub enum Key {
    P256(SigningKey),
    Rsa(pkcs1v15::SigningKey<Sha256>),
}

/// What the answer of a card is made for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub challenge: &'a [u8],
    pub server: &'a str,
    pub transaction: &'a str,
}

/// The agent's key of one session.
pub struct SessionKey(SigningKey);

impl Card {
    /// A card with a certificate of this demo, as ordered.
    pub fn issue(demo: &Demo, order: &PersonOrder, now: Timestamp) -> Self {
        // People of odd numbers have RSA keys, as on NHS cards, the others P-256.
        let key = if order.uid.ends_with(['1', '3', '5', '7', '9']) { rsa() } else { p256() };
        let pem = demo.issue(order, &key.public_key_pem(), now, &Ambient).unwrap();
        Self { key, certificate: Certificate::from_pem(pem).unwrap() }
    }

    /// The login card of this person.
    pub fn login(demo: &Demo, uid: &str, now: Timestamp) -> Self {
        Self::issue(demo, &order(uid), now)
    }

    /// The login structure, signed.
    pub fn answer(&self, asked: Asked<'_>, session_key: &SessionKey) -> Vec<u8> {
        let prepared = login::prepare(LoginRequest {
            challenge: asked.challenge,
            server: asked.server,
            transaction: asked.transaction,
            session_key_spki: &session_key.spki(),
            certificate_der: self.certificate.der(),
            signing_time: 1_795_468_800,
        })
        .unwrap();
        prepared.assemble(&self.key.sign(prepared.to_be_signed())).unwrap()
    }
}

/// An order of a login certificate without a fault.
pub fn order(uid: &str) -> PersonOrder {
    PersonOrder {
        uid: uid.to_owned(),
        purpose: PersonPurpose::Login,
        expired: false,
        wrong_usage: false,
    }
}

impl Key {
    fn sign(&self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(key) => {
                let signature: Signature = key.sign(octets);
                signature.to_bytes().to_vec()
            }
            Self::Rsa(key) => key.sign(octets).to_vec(),
        }
    }

    fn public_key_pem(&self) -> String {
        use rsa::signature::Keypair as _;
        match self {
            Self::P256(key) => key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap(),
            Self::Rsa(key) => key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap(),
        }
    }
}

impl SessionKey {
    /// The key of this number.
    pub fn new(number: u8) -> Self {
        Self(SigningKey::from_slice(&[number; 32]).unwrap())
    }

    pub fn spki(&self) -> Vec<u8> {
        self.0.verifying_key().to_public_key_der().unwrap().into_vec()
    }

    /// A proof with this header and these claims, put together by hand.
    pub fn prove(&self, header: &str, claims: &str) -> String {
        let encode = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let input = format!("{}.{}", encode(header), encode(claims));
        let signature: Signature = self.0.sign(input.as_bytes());
        format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
    }
}

/// The header of a proof for this session.
pub fn proof_header(session: &str) -> String {
    format!(r#"{{"alg":"ES256","typ":"wardkey-session+jwt","kid":"{session}"}}"#)
}

/// The claims of a proof.
pub fn claims(server: &str, seq: u64, verb: &str, relying_party: Option<&str>) -> String {
    let party = relying_party.map(|origin| format!(r#","relyingParty":"{origin}""#));
    let party = party.unwrap_or_default();
    format!(r#"{{"aud":"{server}","seq":{seq},"verb":"{verb}"{party}}}"#)
}

fn p256() -> Key {
    Key::P256(SigningKey::from_slice(&[0x51; 32]).unwrap())
}

fn rsa() -> Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    let make = || {
        let mut system = Octets;
        Key::Rsa(pkcs1v15::SigningKey::random(&mut system, 2048).unwrap())
    };
    KEY.get_or_init(make).clone()
}

/// The program's own randomness, for the key generator.
struct Octets;

impl rand_core::TryRng for Octets {
    type Error = wardkey_identity::RandomError;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets).map(|()| u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets).map(|()| u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
        use wardkey_identity::Random as _;
        Ambient.fill(octets)
    }
}

impl rand_core::TryCryptoRng for Octets {}
