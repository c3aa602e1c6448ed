use std::{
    collections::HashMap,
    str::FromStr as _,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use der::{DateTime, Encode as _, asn1::BitString};
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer as _};
use wardkey_pki::{ParseError, UnixTime};
use x509_cert::{
    AlgorithmIdentifier, Version,
    crl::{CertificateList, TbsCertList},
    name::Name,
    time::Time,
};

use super::*;

mod answers;

const URL: &str = "http://crl.example/login.crl";
const NOW: UnixTime = UnixTime::from_seconds(1_795_000_000);
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// Answers from a table and counts how often it was asked.
#[derive(Default)]
struct Table {
    answers: Mutex<HashMap<String, Result<Vec<u8>, FetchError>>>,
    calls: AtomicUsize,
    /// If set, a fetch answers only once so many have begun.
    gate: Option<usize>,
    begun: Mutex<usize>,
    change: Condvar,
}

impl Table {
    fn with(url: &str, answer: Result<Vec<u8>, FetchError>) -> Arc<Self> {
        let table = Self::default();
        table.set(url, answer);
        Arc::new(table)
    }

    fn set(&self, url: &str, answer: Result<Vec<u8>, FetchError>) {
        self.answers.lock().unwrap().insert(url.to_owned(), answer);
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Fetch for Table {
    fn get(&self, url: &str, _limit: usize) -> Result<Vec<u8>, FetchError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut begun = self.begun.lock().unwrap();
        *begun += 1;
        self.change.notify_all();
        let wait = Duration::from_secs(20);
        let few = |begun: &mut usize| *begun < self.gate.unwrap_or_default();
        let (begun, waited) = self.change.wait_timeout_while(begun, wait, few).unwrap();
        drop(begun);
        if waited.timed_out() {
            return Err(FetchError::TimedOut);
        }
        let answers = self.answers.lock().unwrap();
        answers.get(url).cloned().unwrap_or(Err(FetchError::Status(404)))
    }
}

fn time(at: UnixTime) -> Time {
    Time::from(DateTime::from_unix_duration(Duration::from_secs(at.seconds())).unwrap())
}

fn crl(made: UnixTime, lives: u64) -> Vec<u8> {
    let algorithm = AlgorithmIdentifier {
        oid: der::asn1::ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        parameters: None,
    };
    let tbs = TbsCertList {
        version: Version::V2,
        signature: algorithm.clone(),
        issuer: Name::from_str("CN=Login CA,O=nhs").unwrap(),
        this_update: time(made),
        next_update: Some(time(made.plus(lives))),
        revoked_certificates: None,
        crl_extensions: None,
    };
    let key = SigningKey::from_slice(&[3; 32]).unwrap();
    let signature: DerSignature = key.sign(&tbs.to_der().unwrap());
    let signature = BitString::from_bytes(signature.as_bytes()).unwrap();
    let list: CertificateList =
        CertificateList { tbs_cert_list: tbs, signature_algorithm: algorithm, signature };
    list.to_der().unwrap()
}

fn cache(table: &Arc<Table>) -> RevocationCache {
    RevocationCache::new(Arc::clone(table), CacheSettings::default())
}

#[test]
fn a_list_is_fetched_once_and_its_age_is_told() {
    let table = Table::with(URL, Ok(crl(NOW.minus(HOUR), DAY)));
    let cache = cache(&table);
    assert_eq!(cache.list(URL, NOW).unwrap().age(NOW), HOUR);
    let later = NOW.plus(600);
    assert_eq!(cache.list(URL, later).unwrap().age(later), HOUR + 600);
    assert_eq!(table.calls(), 1);
}

#[test]
fn a_list_is_fetched_again_after_its_next_update_and_after_the_maximum_age() {
    let table = Table::with(URL, Ok(crl(NOW, 600)));
    let cache = cache(&table);
    cache.list(URL, NOW).unwrap();
    table.set(URL, Ok(crl(NOW.plus(601), DAY)));
    assert_eq!(cache.list(URL, NOW.plus(601)).unwrap().this_update(), NOW.plus(601));
    assert_eq!(table.calls(), 2);
    cache.list(URL, NOW.plus(601 + HOUR)).unwrap();
    assert_eq!(table.calls(), 3);
}

#[test]
fn a_current_list_serves_on_when_the_server_is_down_and_an_expired_one_never_does() {
    let table = Table::with(URL, Ok(crl(NOW, 2 * HOUR)));
    let cache = cache(&table);
    cache.list(URL, NOW).unwrap();
    table.set(URL, Err(FetchError::TimedOut));
    let later = NOW.plus(HOUR + 1);
    assert_eq!(cache.list(URL, later).unwrap().age(later), HOUR + 1);
    let expired = NOW.plus(2 * HOUR + 1);
    assert_eq!(cache.list(URL, expired).unwrap_err(), FetchError::TimedOut.into());
}

#[test]
fn a_dead_server_is_asked_again_only_after_a_while() {
    let table = Table::with(URL, Err(FetchError::TimedOut));
    let cache = cache(&table);
    for second in 0..30 {
        assert_eq!(cache.list(URL, NOW.plus(second)).unwrap_err(), FetchError::TimedOut.into());
    }
    assert_eq!(table.calls(), 1);
    table.set(URL, Ok(crl(NOW, DAY)));
    cache.list(URL, NOW.plus(30)).unwrap();
    assert_eq!(table.calls(), 2);
}

#[test]
fn a_server_that_serves_an_old_or_a_future_list_has_failed() {
    let table = Table::with(URL, Ok(crl(NOW.minus(DAY), HOUR)));
    let expected = RevocationError::NotCurrent {
        this_update: NOW.minus(DAY),
        next_update: Some(NOW.minus(DAY - HOUR)),
    };
    assert_eq!(cache(&table).list(URL, NOW).unwrap_err(), expected);
    table.set(URL, Ok(crl(NOW.plus(1), HOUR)));
    let error = cache(&table).list(URL, NOW).unwrap_err();
    assert!(matches!(error, RevocationError::NotCurrent { .. }));
}

#[test]
fn what_is_no_list_or_too_long_is_refused() {
    let table = Table::with(URL, Ok(b"<html>sign in to the guest network</html>".to_vec()));
    let error = cache(&table).list(URL, NOW).unwrap_err();
    assert!(matches!(error, RevocationError::List(ParseError::Malformed(_))));
    table.set(URL, Ok(crl(NOW, DAY)));
    let settings = CacheSettings { max_bytes: 10, ..CacheSettings::default() };
    let small = RevocationCache::new(Arc::clone(&table), settings);
    assert_eq!(small.list(URL, NOW).unwrap_err(), FetchError::TooLarge.into());
}

#[test]
fn only_http_is_fetched() {
    let table = Table::with(URL, Ok(crl(NOW, DAY)));
    let cache = cache(&table);
    for url in ["ldap://crl.example/cn=CA", "file:///etc/passwd", "http://a/b c", "crl.example", ""]
    {
        assert_eq!(cache.list(url, NOW).unwrap_err(), RevocationError::UnsupportedUrl, "{url}");
    }
    assert_eq!(table.calls(), 0);
}

#[test]
fn a_copy_in_the_folder_outlives_the_process_and_a_broken_copy_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let table = Table::with(URL, Ok(crl(NOW, DAY)));
    cache(&table).with_folder(folder.path()).unwrap().list(URL, NOW).unwrap();
    table.set(URL, Err(FetchError::TimedOut));
    let restarted = cache(&table).with_folder(folder.path()).unwrap();
    assert_eq!(restarted.list(URL, NOW.plus(60)).unwrap().this_update(), NOW);
    assert_eq!(table.calls(), 1);

    let files: Vec<_> =
        folder.path().read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "no draft is left behind: {files:?}");
    std::fs::write(&files[0], b"half a li").unwrap();
    let broken = cache(&table).with_folder(folder.path()).unwrap();
    assert_eq!(broken.list(URL, NOW).unwrap_err(), FetchError::TimedOut.into());
}

#[test]
fn a_forgotten_list_is_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    let table = Table::with(URL, Ok(crl(NOW, DAY)));
    let cache = cache(&table).with_folder(folder.path()).unwrap();
    cache.list(URL, NOW).unwrap();
    cache.forget(URL);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    cache.list(URL, NOW).unwrap();
    assert_eq!(table.calls(), 2);
}

#[test]
fn threads_share_one_fetch() {
    let table = Table::with(URL, Ok(crl(NOW, DAY)));
    let cache = cache(&table);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| cache.list(URL, NOW).unwrap());
        }
    });
    assert_eq!(table.calls(), 1);
}

#[test]
fn a_slow_server_does_not_hold_up_the_others() {
    // Each fetch waits for the other: if they came one after the other, the first would fail.
    let other = "https://crl.example/content.crl";
    let table = Table { gate: Some(2), ..Table::default() };
    table.set(URL, Ok(crl(NOW, DAY)));
    table.set(other, Ok(crl(NOW, DAY)));
    let cache = cache(&Arc::new(table));
    thread::scope(|scope| {
        scope.spawn(|| cache.list(URL, NOW).unwrap());
        scope.spawn(|| cache.list(other, NOW).unwrap());
    });
}

#[test]
fn the_number_of_distribution_points_is_bounded() {
    let table = Table::with(URL, Ok(crl(NOW, DAY)));
    let cache = cache(&table);
    cache.list(URL, NOW).unwrap();
    for i in 0..200 {
        let url = format!("http://crl.example/{i}");
        assert_eq!(cache.list(&url, NOW.plus(1)).unwrap_err(), FetchError::Status(404).into());
    }
    assert_eq!(table.calls(), 201);
    // The first one was the longest unused, and is gone.
    cache.list(URL, NOW.plus(2)).unwrap();
    assert_eq!(table.calls(), 202);
}
