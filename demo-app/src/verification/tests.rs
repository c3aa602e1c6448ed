use std::sync::{Arc, atomic::Ordering};

use wardkey_spine::{UnixTime, UserId};

use super::{Finding, Status, Verification};
use crate::{
    prescription::{Author, drafts},
    testing::{Lists, NOW, Pki, USER, sign_prescription},
};

fn verification(lists: &Arc<Lists>) -> Verification {
    let pki = Pki::new();
    let (root, authority) = (Pki::pem(&pki.root), Pki::pem(&pki.authority));
    Verification::new(&root, &authority, Arc::clone(lists)).unwrap()
}

fn document() -> String {
    let author = Author {
        user_id: USER,
        given: "Amira",
        family: "O'Kafor {time}",
        role_profile: "555000000201",
        job_role_code: "R8000",
        organisation: "MEADOW & <BROOK>",
        organisation_code: "A99998",
    };
    drafts(&author, UnixTime::from_seconds(NOW)).remove(0).xml
}

fn check(lists: &Arc<Lists>, document: &str, signature: &[u8], user: &str) -> Finding {
    let user = UserId::parse(user).unwrap();
    verification(lists).prescription(document.as_bytes(), signature, &user, NOW)
}

fn failed_checks(finding: &Finding) -> Vec<&str> {
    let report = &finding.report.as_ref().unwrap().report;
    report.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect()
}

#[test]
fn a_signature_of_the_user_over_the_document_is_verified() {
    let (lists, document) = (Arc::new(Lists::default()), document());
    let signature = sign_prescription(document.as_bytes(), &Pki::person(USER));
    let finding = check(&lists, &document, &signature, USER);
    assert_eq!(finding.reason, None);
    assert_eq!(finding.status, Status::Verified);
    assert!(failed_checks(&finding).is_empty());
}

#[test]
fn another_document_is_refused() {
    let (lists, document) = (Arc::new(Lists::default()), document());
    let signature = sign_prescription(document.as_bytes(), &Pki::person(USER));
    let other = document.replace("One tablet in the morning", "Ten tablets in the morning");
    let finding = check(&lists, &other, &signature, USER);
    assert_eq!((finding.status, failed_checks(&finding)), (Status::Failed, vec!["content"]));
}

#[test]
fn another_person_is_refused() {
    let (lists, document) = (Arc::new(Lists::default()), document());
    let signature = sign_prescription(document.as_bytes(), &Pki::person("555000000102"));
    let finding = check(&lists, &document, &signature, USER);
    assert_eq!(finding.status, Status::Failed);
    assert_eq!(failed_checks(&finding), ["signer", "signerIsUser"]);
}

#[test]
fn the_author_is_refused_in_the_session_of_somebody_else() {
    let (lists, document) = (Arc::new(Lists::default()), document());
    let signature = sign_prescription(document.as_bytes(), &Pki::person(USER));
    let finding = check(&lists, &document, &signature, "555000000102");
    assert_eq!((finding.status, failed_checks(&finding)), (Status::Failed, vec!["signerIsUser"]));
    assert_eq!(finding.reason.as_deref(), Some("the signer is not the person who is signed in"));
}

#[test]
fn a_revoked_certificate_is_refused() {
    let (lists, document) = (Arc::new(Lists::default()), document());
    lists.revoked.store(true, Ordering::SeqCst);
    let signature = sign_prescription(document.as_bytes(), &Pki::person(USER));
    let finding = check(&lists, &document, &signature, USER);
    assert_eq!((finding.status, failed_checks(&finding)), (Status::Failed, vec!["revocation"]));
}

#[test]
fn unknown_revocation_is_no_verification() {
    let (lists, document) = (Arc::new(Lists::default()), document());
    lists.unreachable.store(true, Ordering::SeqCst);
    let signature = sign_prescription(document.as_bytes(), &Pki::person(USER));
    let finding = check(&lists, &document, &signature, USER);
    assert_eq!((finding.status, failed_checks(&finding)), (Status::Failed, vec!["revocation"]));
}

#[test]
fn a_certificate_of_nobody_s_makes_no_request() {
    let (lists, document) = (Arc::new(Lists::default()), document());
    let signature = sign_prescription(document.as_bytes(), &Pki::forged(USER));
    let finding = check(&lists, &document, &signature, USER);
    assert_eq!(finding.status, Status::Failed);
    assert_eq!(lists.fetches.load(Ordering::SeqCst), 0);
}

#[test]
fn what_is_no_signature_is_refused_with_a_reason() {
    let lists = Arc::new(Lists::default());
    let finding = check(&lists, &document(), b"<Signature/>", USER);
    assert_eq!(finding.reason.as_deref(), Some("not a signature element"));
    assert_eq!(lists.fetches.load(Ordering::SeqCst), 0);
}
