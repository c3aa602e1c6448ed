//! Answers of a table; whether their signatures hold is not the cache's business.

use std::sync::Mutex;

use der::{Encode as _, asn1::GeneralizedTime, asn1::ObjectIdentifier};
use p256::ecdsa::{DerSignature, SigningKey};
use wardkey_pki::{Certificate, OcspStatus};
use x509_cert::{
    builder::{Builder as _, CertificateBuilder, profile::cabf::Root},
    serial_number::SerialNumber,
    spki::SubjectPublicKeyInfoOwned,
    time::Validity,
};

use super::*;

const RESPONDER: &str = "http://ocsp.example/";

/// Answers with this, and remembers how it was asked.
#[derive(Default)]
struct Responder {
    status: Mutex<Option<Vec<u8>>>,
    refuses_get: bool,
    asked: Mutex<Vec<&'static str>>,
}

impl Responder {
    fn with(status: &[u8]) -> Arc<Self> {
        Arc::new(Self { status: Mutex::new(Some(status.to_vec())), ..Self::default() })
    }

    fn answer(&self) -> Result<Vec<u8>, FetchError> {
        let status = self.status.lock().unwrap().clone().ok_or(FetchError::TimedOut)?;
        Ok(answer(&status))
    }

    fn asked(&self) -> Vec<&'static str> {
        self.asked.lock().unwrap().clone()
    }
}

impl Fetch for Responder {
    fn get(&self, url: &str, _limit: usize) -> Result<Vec<u8>, FetchError> {
        self.asked.lock().unwrap().push("get");
        assert!(url.starts_with(RESPONDER) && url.len() <= 255, "{url}");
        assert!(!url[RESPONDER.len()..].contains(['/', '+', '=']), "{url}");
        if self.refuses_get { Err(FetchError::Status(405)) } else { self.answer() }
    }

    fn post(&self, url: &str, kind: &str, body: &[u8], _: usize) -> Result<Vec<u8>, FetchError> {
        self.asked.lock().unwrap().push("post");
        assert_eq!((url, kind), (RESPONDER, "application/ocsp-request"));
        assert_eq!(&body[8..], cert_id());
        self.answer()
    }
}

const GOOD: &[u8] = &[0x80, 0];
const UNKNOWN: &[u8] = &[0x82, 0];

/// Issued by itself, so that it is its own issuer.
fn root() -> Certificate {
    let key = SigningKey::from_slice(&[3; 32]).unwrap();
    let name = Name::from_str("CN=Login CA,O=nhs,C=GB").unwrap();
    let validity = Validity::new(time(NOW.minus(DAY)), time(NOW.plus(DAY)));
    let spki = SubjectPublicKeyInfoOwned::from_key(key.verifying_key()).unwrap();
    let profile = Root::new(false, name).unwrap();
    let serial = SerialNumber::from(7u32);
    let builder = CertificateBuilder::new(profile, serial, validity, spki).unwrap();
    let made = builder.build::<_, DerSignature>(&key).unwrap();
    Certificate::from_der(&made.to_der().unwrap()).unwrap()
}

fn path() -> [Certificate; 2] {
    [root(), root()]
}

fn cert_id() -> Vec<u8> {
    let request = wardkey_pki::OcspRequest::new(&root(), &root(), wardkey_pki::OcspHash::Sha1);
    request.unwrap().cert_id().to_vec()
}

/// Of half an hour ago, for one more hour.
fn answer(status: &[u8]) -> Vec<u8> {
    let moment = |at: UnixTime| {
        let at = Duration::from_secs(at.seconds());
        GeneralizedTime::from_unix_duration(at).unwrap().to_der().unwrap()
    };
    let oid = |dotted| ObjectIdentifier::new_unwrap(dotted).to_der().unwrap();
    let (made, due) = (moment(NOW.minus(1800)), tlv(0xa0, &[&moment(NOW.plus(3600))]));
    let single = tlv(0x30, &[&cert_id(), status, &made, &due]);
    let by_key = tlv(0xa2, &[&tlv(0x04, &[&[1; 20]])]);
    let data = tlv(0x30, &[&by_key, &made, &tlv(0x30, &[&single])]);
    let algorithm = tlv(0x30, &[&oid("1.2.840.10045.4.3.2")]);
    let basic = tlv(0x30, &[&data, &algorithm, &tlv(0x03, &[&[0; 9]])]);
    let bytes = tlv(0x30, &[&oid("1.3.6.1.5.5.7.48.1.1"), &tlv(0x04, &[&basic])]);
    tlv(0x30, &[&[0x0a, 1, 0], &tlv(0xa0, &[&bytes])])
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = der::Length::try_from(value.len()).unwrap().to_der().unwrap();
    [&[tag][..], &length, &value].concat()
}

fn cache(responder: &Arc<Responder>) -> RevocationCache {
    let settings =
        CacheSettings { preference: Preference::AnswersOnly, ..CacheSettings::default() };
    RevocationCache::new(Arc::clone(responder), settings).with_responder(RESPONDER)
}

#[test]
fn an_answer_is_fetched_once_and_serves_on_until_it_is_out_of_date() {
    let responder = Responder::with(GOOD);
    let cache = cache(&responder);
    let gathered = cache.gather(&path(), NOW);
    assert_eq!(gathered.answers[0].status(), OcspStatus::Good);
    assert_eq!(gathered.answers[0].age(NOW), 1800);
    assert_eq!(cache.gather(&path(), NOW.plus(3599)).answers.len(), 1);
    assert_eq!(responder.asked(), ["get"]);
    *responder.status.lock().unwrap() = None;
    assert_eq!(cache.gather(&path(), NOW.plus(3600)).answers.len(), 1);
    let late = cache.gather(&path(), NOW.plus(3661));
    assert!(late.answers.is_empty());
    assert_eq!(late.failures, [(RESPONDER.to_owned(), FetchError::TimedOut.into())]);
    assert_eq!(responder.asked(), ["get"; 3]);
}

#[test]
fn without_a_path_the_issuer_is_who_has_the_name_and_without_one_nobody_is_asked() {
    let responder = Responder::with(GOOD);
    let cache = cache(&responder);
    assert_eq!(cache.gather_among([&root()], &[], NOW).answers.len(), 0);
    assert!(responder.asked().is_empty());
    assert_eq!(cache.gather_among([&root()], &[&root()], NOW).answers.len(), 1);
}

#[test]
fn a_responder_that_refuses_get_is_asked_by_post() {
    let status = Mutex::new(Some(GOOD.to_vec()));
    let responder = Arc::new(Responder { refuses_get: true, status, ..Responder::default() });
    assert_eq!(cache(&responder).gather(&path(), NOW).answers.len(), 1);
    assert_eq!(responder.asked(), ["get", "post"]);
}

#[test]
fn failures_and_refused_answers_are_kept_for_a_while() {
    let responder = Responder::with(UNKNOWN);
    let cache = cache(&responder);
    for second in [0, 29] {
        let failures = cache.gather(&path(), NOW.plus(second)).failures;
        assert_eq!(failures[0].1, RevocationError::UnknownToResponder);
    }
    assert_eq!(responder.asked().len(), 1);
    *responder.status.lock().unwrap() = Some(GOOD.to_vec());
    assert_eq!(cache.gather(&path(), NOW.plus(30)).answers.len(), 1);
    cache.refuse_answers(&path(), NOW.plus(31));
    let failures = cache.gather(&path(), NOW.plus(60)).failures;
    assert_eq!(failures[0].1, RevocationError::Refused);
    assert_eq!(cache.gather(&path(), NOW.plus(61)).answers.len(), 1);
    assert_eq!(responder.asked().len(), 3);
}

#[test]
fn threads_share_one_answer() {
    let responder = Responder::with(GOOD);
    let cache = cache(&responder);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(cache.gather(&path(), NOW).answers.len(), 1));
        }
    });
    assert_eq!(responder.asked().len(), 1);
}
