use std::path::Path;

use p256::pkcs8::{EncodePublicKey as _, LineEnding};
use wardkey_pki::{Certificate, Crl, UnixTime};

use super::{
    testing::{NOW, copy, folder, init},
    *,
};
use crate::{Ambient, Clock as _, Config, Directory, Timestamp};

fn certificate(file: &str) -> Certificate {
    Certificate::from_pem(std::fs::read(folder().join("pki").join(file)).unwrap()).unwrap()
}

fn list(folder: &Path, file: &str) -> Crl {
    Crl::from_der(&std::fs::read(folder.join("pki/crl").join(file)).unwrap()).unwrap()
}

fn public_key() -> String {
    let key = p256::SecretKey::from_slice(&[7; 32]).unwrap();
    key.public_key().to_public_key_pem(LineEnding::LF).unwrap()
}

fn issue(uid: &str, purpose: PersonPurpose, expired: bool, wrong_usage: bool) -> Certificate {
    let order = PersonOrder { uid: uid.into(), purpose, expired, wrong_usage };
    let pem = Demo::new(folder()).issue(&order, &public_key(), NOW, &Ambient).unwrap();
    Certificate::from_pem(pem).unwrap()
}

fn signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    certificate.obligation(issuer).is_some_and(|obligation| obligation.discharge())
        && certificate.authority_key_id() == issuer.subject_key_id()
}

#[test]
fn the_authorities_chain_to_the_root_and_have_lists() {
    let root = certificate("root.crt.pem");
    assert!(root.is_self_issued() && root.is_authority());
    assert_eq!(root.rsa_bits(), Some(2048));
    for name in ["login", "content"] {
        let authority = certificate(&format!("{name}-ca.crt.pem"));
        assert!(signed_by(&authority, &root) && authority.is_authority());
        assert_eq!(authority.crl_urls(), ["http://localhost:8480/crl/root.crl"]);
        let list = list(folder(), &format!("{name}.crl"));
        assert!(list.obligation(&authority).unwrap().discharge());
        assert!(list.is_empty() && list.is_current(NOW.to_unix()));
        assert_eq!(list.next_update(), Some(NOW.to_unix().plus(24 * 3600)));
    }
    let list = list(folder(), "root.crl");
    assert!(list.obligation(&root).unwrap().discharge());
    assert!(signed_by(&certificate("assertion.crt.pem"), &root));
}

#[test]
fn a_login_certificate_has_the_shape_of_the_nhs() {
    let made = issue("555000000101", PersonPurpose::Login, false, false);
    assert!(signed_by(&made, &certificate("login-ca.crt.pem")));
    assert_eq!(made.subject().to_string(), "CN=555000000101,OU=People,O=nhs");
    assert_eq!(made.policies(), [LOGIN_POLICY]);
    let usage = made.key_usage().unwrap();
    assert!(usage.digital_signature() && !usage.non_repudiation());
    assert_eq!(made.crl_urls(), ["http://localhost:8480/crl/login.crl"]);
    assert_eq!(made.unknown_critical_extension(), None);
    assert!(list(folder(), "login.crl").covers(&made));
}

#[test]
fn a_content_certificate_has_the_shape_of_the_nhs() {
    let made = issue("555000000102", PersonPurpose::Content, false, false);
    assert!(signed_by(&made, &certificate("content-ca.crt.pem")));
    assert_eq!(made.subject().to_string(), "CN=555000000102_Tom_Lindqvist,OU=People,O=nhs");
    assert_eq!(made.policies(), [CONTENT_POLICY]);
    assert!(made.policies_are_critical());
    let usage = made.key_usage().unwrap();
    assert!(usage.non_repudiation() && !usage.digital_signature());
    let period = made.private_key_usage_period().unwrap();
    let whole = made.not_after().seconds_since(made.not_before());
    let used = period.not_after.unwrap().seconds_since(made.not_before());
    assert_eq!((period.not_before, used), (Some(made.not_before()), whole * 7 / 10));
    assert_eq!(made.crl_urls(), ["http://localhost:8480/crl/content.crl"]);
}

#[test]
fn wrong_ones_are_made_where_a_test_asks_for_them() {
    let expired = issue("555000000101", PersonPurpose::Login, true, false);
    assert!(expired.not_after() < NOW.to_unix());
    let wrong = issue("555000000101", PersonPurpose::Login, false, true);
    assert!(!wrong.key_usage().unwrap().digital_signature());
    let wrong = issue("555000000101", PersonPurpose::Content, false, true);
    assert!(!wrong.key_usage().unwrap().non_repudiation());
}

#[test]
fn revoking_lists_the_serial_number_and_reissuing_keeps_it() {
    let folder = copy();
    let demo = Demo::new(folder.path());
    let made = issue("555000000101", PersonPurpose::Login, false, false);
    let later = Timestamp::from_millis(NOW.millis() + 5000);
    demo.revoke(&made.to_pem(), later).unwrap();
    demo.revoke(&made.to_pem(), later).unwrap();
    let much_later = Timestamp::from_millis(NOW.millis() + 90_000_000);
    demo.reissue_lists(much_later).unwrap();
    let list = list(folder.path(), "login.crl");
    assert_eq!(list.len(), 1);
    let entry = list.entry(made.serial()).unwrap();
    assert_eq!(entry.date, later.to_unix());
    assert!(list.is_current(much_later.to_unix()) && !list.is_current(NOW.to_unix()));
    assert!(list.obligation(&certificate("login-ca.crt.pem")).unwrap().discharge());
}

#[test]
fn a_foreign_certificate_is_not_revoked() {
    let folder = copy();
    let foreign = certificate("tls.crt.pem").to_pem();
    let refused = Demo::new(folder.path()).revoke(&foreign, NOW);
    assert!(matches!(refused, Err(DemoError::ForeignCertificate)));
}

#[test]
fn content_is_for_people_of_the_directory_only() {
    let order = PersonOrder {
        uid: "555000000999".into(),
        purpose: PersonPurpose::Content,
        expired: false,
        wrong_usage: false,
    };
    let refused = Demo::new(folder()).issue(&order, &public_key(), NOW, &Ambient);
    assert!(matches!(refused, Err(DemoError::UnknownUser(_))));
    let refused = Demo::new(folder()).issue(&order, "no key", NOW, &Ambient);
    assert!(matches!(refused, Err(DemoError::PublicKey)));
}

#[test]
fn configuration_and_people_are_read_back() {
    let config = Config::read(folder()).unwrap();
    assert_eq!(config.public_url.as_str(), "https://localhost:8443");
    assert_eq!(config.relying_parties[0].origin.as_str(), "http://localhost:8300");
    assert!(config.demo && config.trust.anchors[0].exists() && config.trust.crl_folder.is_dir());
    let people = Directory::read(config.users.as_ref().unwrap()).unwrap();
    let roles = |uid: &str| people.user(uid).unwrap().roles.len();
    assert_eq!(["101", "102", "103"].map(|n| roles(&format!("555000000{n}"))), [1, 3, 0]);
    assert_eq!(people.user("555000000101").unwrap().common_name(), "Okafor Amira Dr");
}

#[test]
fn a_folder_is_not_made_twice() {
    let refused = Demo::new(folder()).init(&init(), NOW, &Ambient);
    assert!(matches!(refused, Err(DemoError::Exists(_))));
}

#[cfg(unix)]
#[test]
fn keys_are_their_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &str| folder().join(path).metadata().unwrap().permissions().mode() & 0o777;
    for key in ["root", "login-ca", "content-ca", "tls", "assertion"] {
        assert_eq!(mode(&format!("pki/{key}.key.pem")), 0o600, "{key}");
    }
    assert_eq!(mode("pki"), 0o700);
    assert!(!folder().join("pki/tls-ca.key.pem").exists());
}

#[test]
fn the_clock_of_the_machine_is_after_this_was_written() {
    assert!(Ambient.now().to_unix() > UnixTime::from_seconds(1_700_000_000));
}
