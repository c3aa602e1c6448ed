//! The answers of OpenSSL's responder.

use std::{fs, process::Command};

use const_oid::AssociatedOid as _;
use p256::{
    ecdsa::SigningKey,
    pkcs8::{EncodePrivateKey as _, LineEnding},
};
use proptest::prelude::*;
use x509_cert::ext::{
    Extension,
    pkix::{CrlReason, ExtendedKeyUsage, KeyUsage, KeyUsages},
};

use super::{fixture::*, revocation::scope_of};
use crate::{
    Certificate, Crl, ObjectIdentifier, OcspAnswer, OcspError, OcspFreshness, OcspHash,
    OcspRefusal, OcspRequest, OcspResponse, OcspStatus, ParseError, PathError, PathReport,
    Revocation, RevocationGap, RevocationReason, RevocationSource, UnixTime,
};

const SERIAL: u32 = 4711;
const RESPONDER: &str = "CN=NHS Demo OCSP Responder,O=nhs";
const RESPONDER_LIST: &str = "http://crl.example/responder.crl";
const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
const GOOD: &str = "V\t491231235959Z\t\t1267\tunknown\t/CN=person\n";
const REVOKED: &str = "R\t491231235959Z\t261101120000Z,keyCompromise\t1267\tunknown\t/CN=person\n";
/// 2026-11-01T12:00:00Z.
const REVOKED_AT: UnixTime = UnixTime::from_seconds(1_793_534_400);

/// Valid whatever the clock of the responder says.
fn always(draft: Draft) -> Draft {
    draft.valid(UnixTime::from_seconds(1_600_000_000), UnixTime::from_seconds(2_500_000_000))
}

fn person() -> Certificate {
    always(Draft { serial: SERIAL, ..person_draft() }).sign(&ca_key())
}

fn ca() -> Certificate {
    always(ca_draft()).sign(&root_key())
}

fn root() -> Certificate {
    always(root_draft()).sign(&root_key())
}

fn responder_key() -> SigningKey {
    key(9)
}

fn responder_draft() -> Draft {
    let no_check = Extension { extn_id: NO_CHECK, ..foreign(false) };
    let mut draft = always(Draft::new(RESPONDER, CA, spki(responder_key().verifying_key())))
        .with(usage(KeyUsages::DigitalSignature))
        .with(&ExtendedKeyUsage(vec![OCSP_SIGNING]))
        .with(points(RESPONDER_LIST));
    draft.extensions.push(no_check);
    draft
}

fn request() -> OcspRequest {
    OcspRequest::new(&person(), &ca(), OcspHash::Sha1).unwrap()
}

/// OpenSSL's responder: what it knows, and who it is.
struct Responder {
    index: &'static str,
    certificate: Certificate,
    key: SigningKey,
    /// From thisUpdate to nextUpdate.
    lives: [&'static str; 2],
    options: &'static [&'static str],
}

impl Responder {
    /// The content CA itself.
    fn issuer(index: &'static str) -> Self {
        Self { index, certificate: ca(), key: ca_key(), lives: ["-ndays", "1"], options: &[] }
    }

    fn delegate(certificate: Certificate) -> Self {
        Self {
            index: GOOD,
            certificate,
            key: responder_key(),
            lives: ["-ndays", "1"],
            options: &[],
        }
    }

    fn options(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    fn answer_der(&self, request: &OcspRequest) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("index.txt"), self.index).unwrap();
        fs::write(path("ca.pem"), ca().to_pem()).unwrap();
        fs::write(path("responder.pem"), self.certificate.to_pem()).unwrap();
        let key = self.key.to_pkcs8_pem(LineEnding::LF).unwrap();
        fs::write(path("responder.key"), key.as_bytes()).unwrap();
        fs::write(path("request.der"), request.der()).unwrap();
        let output = Command::new("openssl")
            .current_dir(folder.path())
            .args(["ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "responder.pem"])
            .args(["-rkey", "responder.key", "-reqin", "request.der", "-respout", "answer.der"])
            .args(self.lives)
            .args(self.options)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        fs::read(path("answer.der")).unwrap_or_else(|_| panic!("{told}"))
    }

    fn answer(&self) -> OcspAnswer {
        let request = request();
        OcspAnswer::from_der(&self.answer_der(&request), &request).unwrap()
    }
}

/// The judgement on the person by this answer so many seconds after it was made; the CA is
/// covered by a list.
fn judge_after(answer: &OcspAnswer, seconds: u64, more: &[List]) -> PathReport {
    let now = answer.this_update().plus(seconds);
    let current = |list: List| List {
        this_update: now.minus(3600),
        next_update: Some(now.plus(DAY)),
        ..list
    };
    let mut lists = vec![current(List::of(&root())).sign(&root_key())];
    for list in more {
        let copy = List {
            issuer: list.issuer.clone(),
            revoked: list.revoked.clone(),
            extensions: list.extensions.clone(),
            ..List::of(&list.issuer)
        };
        lists.push(current(copy).sign(&ca_key()));
    }
    judge(answer, now, lists)
}

fn judge(answer: &OcspAnswer, now: UnixTime, lists: Vec<Crl>) -> PathReport {
    let pki = Pki { root: root(), ca: ca(), lists };
    let mut request = pki.request(person()).with_now(now);
    request.revocation = Revocation::required(pki.lists.clone())
        .with_answers(vec![answer.clone()], OcspFreshness::default());
    request.start().discharge()
}

fn gap(report: &PathReport) -> Option<RevocationGap> {
    match report.error() {
        None => None,
        Some(PathError::RevocationUnknown { at: 0, gap }) => Some(gap),
        Some(other) => panic!("{other}"),
    }
}

fn no_openssl(test: &str) -> bool {
    let absent = Command::new("openssl").arg("version").output().is_err();
    if absent {
        println!("skipped: {test} (there is no openssl)");
    }
    absent
}

#[test]
fn a_good_answer_of_the_issuer_covers_the_certificate_and_its_age_is_told() {
    if no_openssl("a_good_answer_of_the_issuer_covers_the_certificate_and_its_age_is_told") {
        return;
    }
    for options in [&[][..], &["-resp_key_id"], &["-resp_no_certs"]] {
        let answer = Responder::issuer(GOOD).options(options).answer();
        assert_eq!(answer.status(), OcspStatus::Good);
        let report = judge_after(&answer, 40, &[]);
        assert_eq!(report.error(), None, "{options:?}");
        let evidence = report.revocation[0];
        assert_eq!((evidence.at, evidence.source), (0, RevocationSource::Answer));
        assert_eq!(evidence.age_seconds, 40);
        assert_eq!(report.revocation[1].source, RevocationSource::List);
        assert_eq!(report.revocation_age(), Some(3600), "the list's is the oldest");
    }
}

#[test]
fn a_response_that_others_asked_for_speaks_of_whom_it_names() {
    if no_openssl("a_response_that_others_asked_for_speaks_of_whom_it_names") {
        return;
    }
    for hash in [OcspHash::Sha1, OcspHash::Sha256] {
        let request = OcspRequest::new(&person(), &ca(), hash).unwrap();
        let der = Responder::issuer(GOOD).answer_der(&request);
        let response = OcspResponse::from_der(&der).unwrap();
        let answers = response.answers(&[root(), person(), ca()]);
        assert_eq!(answers.len(), 1, "{hash:?}");
        assert!(answers[0].covers(&person(), &ca()));
        assert_eq!(judge_after(&answers[0], 40, &[]).error(), None);
        assert!(response.answers(&[person(), root()]).is_empty(), "without its issuer");
    }
}

#[test]
fn a_revoked_answer_refuses_whatever_a_list_says() {
    if no_openssl("a_revoked_answer_refuses_whatever_a_list_says") {
        return;
    }
    let answer = Responder::issuer(REVOKED).answer();
    for lists in [vec![], vec![List::of(&ca())]] {
        let error = judge_after(&answer, 5, &lists).error();
        let reason = RevocationReason::KeyCompromise;
        assert_eq!(error, Some(PathError::Revoked { at: 0, date: REVOKED_AT, reason }));
    }
    let good = Responder::issuer(GOOD).answer();
    let list = List::of(&ca()).revoking(SERIAL, NOW.minus(DAY), Some(CrlReason::Superseded));
    let error = judge_after(&good, 5, &[list]).error();
    assert!(matches!(error, Some(PathError::Revoked { at: 0, .. })), "{error:?}");
}

#[test]
fn unknown_is_not_good_and_a_list_may_still_cover() {
    if no_openssl("unknown_is_not_good_and_a_list_may_still_cover") {
        return;
    }
    let answer = Responder::issuer("").answer();
    assert_eq!(answer.status(), OcspStatus::Unknown);
    assert_eq!(gap(&judge_after(&answer, 5, &[])), Some(RevocationGap::UnknownToResponder));
    assert_eq!(gap(&judge_after(&answer, 5, &[List::of(&ca())])), None);
}

#[test]
fn an_answer_counts_from_this_update_to_next_update_and_to_the_maximum_age() {
    if no_openssl("an_answer_counts_from_this_update_to_next_update_and_to_the_maximum_age") {
        return;
    }
    let answer = Responder { lives: ["-nmin", "10"], ..Responder::issuer(GOOD) }.answer();
    let freshness = OcspFreshness::default();
    assert_eq!(gap(&judge_after(&answer, 660, &[])), None, "within the skew");
    assert_eq!(gap(&judge_after(&answer, 661, &[])), Some(RevocationGap::Stale));
    let (made, skew) = (answer.this_update(), freshness.skew_seconds);
    assert!(answer.is_current(made.minus(skew), freshness));
    let ahead = judge(&answer, made.minus(skew + 1), Pki::new().lists);
    let unknown = |error| {
        matches!(error, PathError::RevocationUnknown { at: 0, gap: RevocationGap::NotYetValid })
    };
    assert!(ahead.errors().any(unknown));
    let week = Responder { lives: ["-ndays", "7"], ..Responder::issuer(GOOD) }.answer();
    assert_eq!(gap(&judge_after(&week, DAY, &[])), None);
    assert_eq!(gap(&judge_after(&week, DAY + 1, &[])), Some(RevocationGap::Stale));
}

#[test]
fn a_responder_is_certified_by_the_issuer_for_answers_and_in_time() {
    if no_openssl("a_responder_is_certified_by_the_issuer_for_answers_and_in_time") {
        return;
    }
    let told = |certificate: Certificate| {
        gap(&judge_after(&Responder::delegate(certificate).answer(), 5, &[]))
    };
    let by_issuer = |draft: Draft| told(draft.sign(&ca_key()));
    assert_eq!(by_issuer(responder_draft()), None);
    let not_a_responder = Some(RevocationGap::NotAResponder);
    let any = ObjectIdentifier::new_unwrap("2.5.29.37.0");
    let without = || responder_draft().without(ExtendedKeyUsage::OID);
    assert_eq!(by_issuer(without()), not_a_responder);
    assert_eq!(by_issuer(without().with(&ExtendedKeyUsage(vec![any]))), not_a_responder);
    let for_keys = responder_draft().without(KeyUsage::OID).with(usage(KeyUsages::KeyAgreement));
    assert_eq!(by_issuer(for_keys), not_a_responder);
    let long_ago = UnixTime::from_seconds(1_600_000_000);
    let expired = responder_draft().valid(long_ago, long_ago.plus(DAY));
    assert_eq!(by_issuer(expired), not_a_responder);
    let of_root = Draft { issuer: ROOT.to_owned(), ..responder_draft() };
    assert_eq!(told(of_root.sign(&root_key())), not_a_responder);
    let forged = responder_draft().sign(&key(77));
    assert_eq!(told(forged), Some(RevocationGap::BadSignature));
}

#[test]
fn an_answer_under_the_issuer_s_name_by_another_key_does_not_hold() {
    if no_openssl("an_answer_under_the_issuer_s_name_by_another_key_does_not_hold") {
        return;
    }
    let copy = always(Draft::new(CA, ROOT, spki(responder_key().verifying_key())));
    let answer = Responder::delegate(copy.sign(&responder_key())).answer();
    assert_eq!(gap(&judge_after(&answer, 5, &[])), Some(RevocationGap::BadSignature));
}

#[test]
fn a_responder_that_asks_for_a_check_is_covered_by_a_list() {
    if no_openssl("a_responder_that_asks_for_a_check_is_covered_by_a_list") {
        return;
    }
    let responder = Draft { serial: 99, ..responder_draft() }.without(NO_CHECK);
    let answer = Responder::delegate(responder.sign(&ca_key())).answer();
    assert_eq!(gap(&judge_after(&answer, 5, &[])), Some(RevocationGap::ResponderUnknown));
    // The list is of the responder's distribution point, and so none for the person.
    let list = || {
        let mut list = List::of(&ca());
        list.extensions.push(scope_of(RESPONDER_LIST));
        list
    };
    assert_eq!(gap(&judge_after(&answer, 5, &[list()])), None);
    let revoked = list().revoking(99, NOW.minus(DAY), None);
    assert_eq!(gap(&judge_after(&answer, 5, &[revoked])), Some(RevocationGap::ResponderUnknown));
}

#[test]
fn an_answer_for_another_certificate_is_none() {
    if no_openssl("an_answer_for_another_certificate_is_none") {
        return;
    }
    let replayed = Responder::issuer(GOOD).answer_der(&request());
    let other = always(Draft { serial: SERIAL + 1, ..person_draft() }).sign(&ca_key());
    let for_other = OcspRequest::new(&other, &ca(), OcspHash::Sha1).unwrap();
    let error = OcspAnswer::from_der(&replayed, &for_other).unwrap_err();
    assert_eq!(error, OcspError::WrongCertificate);
    let by_another_hash = OcspRequest::new(&person(), &ca(), OcspHash::Sha256).unwrap();
    let error = OcspAnswer::from_der(&replayed, &by_another_hash).unwrap_err();
    assert_eq!(error, OcspError::WrongCertificate);
    let answer = OcspAnswer::from_der(&replayed, &request()).unwrap();
    assert!(answer.covers(&person(), &ca()) && !answer.covers(&other, &ca()));
    let namesake = Draft { key: spki(key(5).verifying_key()), ..ca_draft() }.sign(&root_key());
    assert!(!answer.covers(&person(), &namesake));
    let strange = OcspRequest::new(&person(), &root(), OcspHash::Sha1);
    assert!(matches!(strange, Err(ParseError::Malformed(_))), "root is not the issuer");
}

#[test]
fn sha_256_names_the_issuer_too() {
    if no_openssl("sha_256_names_the_issuer_too") {
        return;
    }
    let request = OcspRequest::new(&person(), &ca(), OcspHash::Sha256).unwrap();
    let answer = Responder::issuer(GOOD).answer_der(&request);
    let answer = OcspAnswer::from_der(&answer, &request).unwrap();
    assert_eq!(gap(&judge_after(&answer, 5, &[])), None);
}

#[test]
fn a_nonce_that_was_sent_has_to_come_back() {
    if no_openssl("a_nonce_that_was_sent_has_to_come_back") {
        return;
    }
    let with = |octet| request().with_nonce([octet; OcspRequest::NONCE_BYTES]).unwrap();
    let responder = Responder::issuer(GOOD);
    let (plain, answered) = (responder.answer_der(&request()), responder.answer_der(&with(1)));
    let good = OcspAnswer::from_der(&answered, &with(1)).unwrap();
    assert_eq!(gap(&judge_after(&good, 5, &[])), None);
    for replayed in [&plain, &answered] {
        let error = OcspAnswer::from_der(replayed, &with(2)).unwrap_err();
        assert_eq!(error, OcspError::Nonce);
    }
}

#[test]
fn a_refusal_is_no_answer() {
    for (status, refusal) in [
        (1, OcspRefusal::MalformedRequest),
        (2, OcspRefusal::InternalError),
        (3, OcspRefusal::TryLater),
        (5, OcspRefusal::SigRequired),
        (6, OcspRefusal::Unauthorized),
    ] {
        let error = OcspAnswer::from_der(&[0x30, 3, 0x0a, 1, status], &request()).unwrap_err();
        assert_eq!(error, OcspError::Refused(refusal));
    }
    for der in [&[0x30, 3, 0x0a, 1, 0][..], &[0x30, 3, 0x0a, 1, 4], &[]] {
        let error = OcspAnswer::from_der(der, &request()).unwrap_err();
        assert!(matches!(error, OcspError::Malformed(_)), "{error}");
    }
    let long = vec![0x30; OcspAnswer::MAX_BYTES + 1];
    let error = OcspAnswer::from_der(&long, &request()).unwrap_err();
    assert_eq!(error, OcspError::Malformed(ParseError::TooLarge));
}

#[test]
fn no_changed_octet_is_accepted() {
    if no_openssl("no_changed_octet_is_accepted") {
        return;
    }
    let der = Responder::issuer(GOOD).options(&["-resp_no_certs"]).answer_der(&request());
    let made = OcspAnswer::from_der(&der, &request()).unwrap().this_update();
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        let Ok(answer) = OcspAnswer::from_der(&changed, &request()) else { continue };
        let list =
            List { this_update: made, next_update: Some(made.plus(DAY)), ..List::of(&root()) };
        let report = judge(&answer, made.plus(5), vec![list.sign(&root_key())]);
        assert!(!report.is_valid(), "octet {at}");
    }
    for length in 0..der.len() {
        assert!(OcspAnswer::from_der(&der[..length], &request()).is_err(), "{length} octets");
    }
}

proptest! {
    #[test]
    fn arbitrary_octets_are_refused_without_a_panic(octets in any::<Vec<u8>>()) {
        prop_assert!(OcspAnswer::from_der(&octets, &request()).is_err());
        let mut basic = vec![0x30, 0x82, 0, 0, 0x0a, 1, 0];
        basic.extend(&octets);
        prop_assert!(OcspAnswer::from_der(&basic, &request()).is_err());
    }
}
