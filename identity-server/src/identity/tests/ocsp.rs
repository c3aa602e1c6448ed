//! Logins with a responder in the place of the login authority's list.

use der::{
    Encode as _,
    asn1::{GeneralizedTime, ObjectIdentifier},
};
use rsa::{
    pkcs1v15::SigningKey,
    pkcs8::DecodePrivateKey as _,
    signature::{SignatureEncoding as _, Signer as _},
};
use sha2::Sha256;

use super::*;

pub(super) async fn a_responder_decides_and_without_it_login_fails_closed(mut world: World) {
    let pki = world.folder.path().join("pki");
    std::fs::remove_file(pki.join("crl/login.crl")).unwrap();
    let card = world.card(AMIRA).await;
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);

    let mut trust = Config::read(world.folder.path()).unwrap().trust;
    trust.ocsp = true;
    trust.ocsp_responder = Some("http://ocsp.example/".to_owned());
    let authority = std::fs::read_to_string(pki.join("login-ca.key.pem")).unwrap();
    let responder = |status, key| {
        let clock = Arc::clone(&world.clock);
        Responder { authority: authority.clone(), clock, status, key }
    };
    let trusting = |responder: Responder| LoginTrust::read(&trust).unwrap().with_fetch(responder);
    let good = trusting(responder(Some(Status::Good), Key::Authority));
    let revoked = trusting(responder(Some(Status::Revoked), Key::Authority));
    let forged = trusting(responder(Some(Status::Good), Key::Stranger));
    let down = trusting(responder(None, Key::Authority));

    world.rules().trust = good;
    world.sign_in(AMIRA, &card).await;
    world.rules().trust = revoked;
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::CertificateRevoked);
    world.rules().trust = forged;
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);
    world.rules().trust = down;
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);
}

#[derive(Clone, Copy)]
enum Status {
    Good,
    Revoked,
}

#[derive(Clone, Copy)]
enum Key {
    Authority,
    Stranger,
}

/// Answers for every certificate alike, as the login authority itself.
struct Responder {
    /// The authority's key, PEM.
    authority: String,
    clock: Arc<TestClock>,
    /// `None`: it is down.
    status: Option<Status>,
    key: Key,
}

impl Fetch for Responder {
    fn get(&self, _url: &str, _limit: usize) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Status(405))
    }

    fn post(
        &self,
        url: &str,
        media_type: &str,
        body: &[u8],
        _limit: usize,
    ) -> Result<Vec<u8>, FetchError> {
        assert_eq!((url, media_type), ("http://ocsp.example/", "application/ocsp-request"));
        let status = self.status.ok_or(FetchError::TimedOut)?;
        Ok(self.answer(&body[HEADERS..], status))
    }
}

impl Responder {
    fn answer(&self, cert_id: &[u8], status: Status) -> Vec<u8> {
        let key = SigningKey::<Sha256>::from_pkcs8_pem(&self.authority).unwrap();
        let made = time(self.clock.now().millis() / 1000);
        let status = match status {
            Status::Good => tlv(0x80, &[]),
            Status::Revoked => tlv(0xa1, &[&made]),
        };
        let due = tlv(0xa0, &[&time(self.clock.now().millis() / 1000 + 3600)]);
        let single = tlv(SEQUENCE, &[cert_id, &status, &made, &due]);
        let by_key = tlv(0xa2, &[&tlv(0x04, &[&key_hash(&key)])]);
        let data = tlv(SEQUENCE, &[&by_key, &made, &tlv(SEQUENCE, &[&single])]);
        let signed = match self.key {
            Key::Authority => data.clone(),
            // As good as another key: a signature over something else.
            Key::Stranger => b"something else".to_vec(),
        };
        let signature = [&[0][..], &key.sign(&signed).to_vec()].concat();
        let algorithm = tlv(SEQUENCE, &[&oid("1.2.840.113549.1.1.11"), &[5, 0]]);
        let basic = tlv(SEQUENCE, &[&data, &algorithm, &tlv(0x03, &[&signature])]);
        let bytes = tlv(SEQUENCE, &[&oid("1.3.6.1.5.5.7.48.1.1"), &tlv(0x04, &[&basic])]);
        tlv(SEQUENCE, &[&[0x0a, 1, 0], &tlv(0xa0, &[&bytes])])
    }
}

fn key_hash(key: &SigningKey<Sha256>) -> Vec<u8> {
    use rsa::{pkcs1::EncodeRsaPublicKey as _, signature::Keypair as _};
    let public = key.verifying_key().as_ref().to_pkcs1_der().unwrap();
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, public.as_bytes())
        .as_ref()
        .to_vec()
}

fn time(seconds: u64) -> Vec<u8> {
    let time = std::time::Duration::from_secs(seconds);
    GeneralizedTime::from_unix_duration(time).unwrap().to_der().unwrap()
}

fn oid(dotted: &str) -> Vec<u8> {
    ObjectIdentifier::new_unwrap(dotted).to_der().unwrap()
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = der::Length::try_from(value.len()).unwrap().to_der().unwrap();
    [&[tag][..], &length, &value].concat()
}

const SEQUENCE: u8 = 0x30;
/// Tag and length of the four sequences around the CertID of a request without extensions.
const HEADERS: usize = 8;
