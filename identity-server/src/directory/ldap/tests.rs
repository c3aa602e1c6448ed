use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use p256::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};

use super::{super::testing, slapd::*, *};
use crate::{
    Ambient, KeyFiles, Timestamp,
    demo::{self, Demo, PersonOrder, PersonPurpose},
};

const AMIRA: &str = "555000000101";
const TOM: &str = "555000000102";
const NOW: u64 = 1_795_468_800_000;

struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A server of the demo's people, and who asks it.
struct World {
    slapd: Slapd,
    clock: Arc<TestClock>,
    folder: tempfile::TempDir,
}

impl World {
    fn start(test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        let slapd = Slapd::start(test, &people(), None)?;
        Some(Self { slapd, clock: Arc::new(TestClock(AtomicU64::new(NOW))), folder })
    }

    fn settings(&self) -> LdapSettings {
        LdapSettings {
            bind_dn: Some(READER.into()),
            password_file: Some(self.folder.path().join("password")),
            ..LdapSettings::new(self.slapd.url())
        }
    }

    fn directory(&self, settings: &LdapSettings) -> LdapDirectory {
        LdapDirectory::new(settings, Arc::clone(&self.clock) as _).unwrap()
    }

    fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

/// The demo's people, and the one who may read.
fn people() -> String {
    let reader = format!(
        "dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
         cn: reader\nuserPassword: {PASSWORD}\n"
    );
    // slapadd, other than ldapadd, knows no version.
    testing::demo().to_ldif().replace("version: 1\n\n", "") + &reader
}

fn titled(title: &str) -> String {
    format!(
        "dn: uid={TOM},ou=People,o=nhs\nchangetype: modify\nreplace: personalTitle\n\
         personalTitle: {title}\n-\n"
    )
}

#[tokio::test]
async fn everybody_is_found_as_they_were_exported() {
    let Some(world) = World::start("everybody_is_found_as_they_were_exported") else { return };
    let ldap = world.directory(&world.settings());
    let demo = testing::demo();
    for user in demo.users() {
        let found = ldap.user(&user.uid).await.unwrap();
        let mut found_user = found.user(&user.uid).unwrap().clone();
        // LDAP has no order among entries or values.
        found_user.roles.sort_by(|a, b| a.id.cmp(&b.id));
        found_user.memberships.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(&found_user, user);
        for role in &user.roles {
            let code = &role.organisation_code;
            assert_eq!(found.organisation(code), demo.organisation(code));
        }
        assert_eq!(found.offered(&found_user, world.clock.now()).len(), user.roles.len());
    }
}

#[tokio::test]
async fn nobody_else_is_found() {
    let Some(world) = World::start("nobody_else_is_found") else { return };
    let ldap = world.directory(&world.settings());
    for uid in ["555000000999", "", "*", "555*", "555000000101,ou=People", "555000000101)(uid=*"] {
        assert_eq!(*ldap.user(uid).await.unwrap(), Directory::default(), "{uid}");
    }
}

#[tokio::test]
async fn what_was_said_is_used_again_for_a_stated_time() {
    let Some(world) = World::start("what_was_said_is_used_again_for_a_stated_time") else { return };
    let ldap = world.directory(&LdapSettings { cache_seconds: 30, ..world.settings() });
    let fresh = world.directory(&LdapSettings { cache_seconds: 0, ..world.settings() });
    let title =
        async |ldap: &LdapDirectory| ldap.user(TOM).await.unwrap().user(TOM).unwrap().title.clone();
    assert_eq!((title(&ldap).await, title(&fresh).await), ("Mr".into(), "Mr".into()));
    world.slapd.change(&titled("Sir"));
    world.pass(29);
    assert_eq!((title(&ldap).await, title(&fresh).await), ("Mr".into(), "Sir".into()));
    world.pass(1);
    assert_eq!(title(&ldap).await, "Sir");
}

#[tokio::test]
async fn someone_inactive_or_at_a_closed_organisation_is_offered_nothing() {
    let test = "someone_inactive_or_at_a_closed_organisation_is_offered_nothing";
    let Some(world) = World::start(test) else { return };
    let ldap = world.directory(&LdapSettings { cache_seconds: 0, ..world.settings() });
    world.slapd.change(&format!(
        "dn: uid={AMIRA},ou=People,o=nhs\nchangetype: modify\nreplace: nhsPersonStatus\n\
         nhsPersonStatus: 2\n-\n\n\
         dn: uniqueIdentifier=Z99H2,ou=Organisations,o=nhs\nchangetype: modify\n\
         add: nhsOrgCloseDate\nnhsOrgCloseDate: 20261101\n-\n"
    ));
    let offered = async |uid: &str| {
        let found = ldap.user(uid).await.unwrap();
        let user = found.user(uid).unwrap();
        found
            .offered(user, world.clock.now())
            .iter()
            .map(|role| role.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(offered(AMIRA).await, [] as [&str; 0]);
    assert_eq!(offered(TOM).await, ["555900000102"]);
}

#[tokio::test]
async fn entries_that_make_no_sense_take_rights_and_give_none() {
    let Some(world) = World::start("entries_that_make_no_sense_take_rights_and_give_none") else {
        return;
    };
    let ldap = world.directory(&LdapSettings { cache_seconds: 0, ..world.settings() });
    let modify = |dn: &str, rest: &str| {
        world.slapd.change(&format!("dn: {dn}\nchangetype: modify\n{rest}\n-\n"));
    };
    // A membership that can't be read takes the roles below it along.
    let membership = format!("uniqueIdentifier=555800000103,uid={TOM},ou=People,o=nhs");
    modify(&membership, "add: nhsOrgCloseDate\nnhsOrgCloseDate: soon");
    let found = ldap.user(TOM).await.unwrap();
    let roles: Vec<&str> =
        found.user(TOM).unwrap().roles.iter().map(|role| role.id.as_str()).collect();
    assert_eq!(roles, ["555900000102"]);
    // An organisation that can't be read might be closed.
    let organisation = "uniqueIdentifier=Z9901,ou=Organisations,o=nhs";
    modify(organisation, "add: nhsOrgCloseDate\nnhsOrgCloseDate: soon");
    let reason = "nhsOrgCloseDate: not a date, as in 20190401".to_owned();
    let wrong = LdapError::Entry { dn: organisation.into(), reason };
    assert_eq!(ldap.user(AMIRA).await.unwrap_err(), wrong);
    // A person without a status might be inactive.
    let dn = format!("uid={TOM},ou=People,o=nhs");
    modify(&dn, "delete: nhsPersonStatus");
    let wrong = LdapError::Entry { dn, reason: "nhsPersonStatus: is missing".into() };
    assert_eq!(ldap.user(TOM).await.unwrap_err(), wrong);
}

#[tokio::test]
async fn a_connection_is_used_again_and_made_again() {
    let Some(mut world) = World::start("a_connection_is_used_again_and_made_again") else { return };
    let ldap = world.directory(&LdapSettings { cache_seconds: 0, ..world.settings() });
    ldap.user(TOM).await.unwrap();
    assert!(!ldap.connection.get().await.unwrap().1, "made anew");
    world.slapd.stop();
    assert!(matches!(ldap.user(TOM).await, Err(LdapError::Connection(_))));
    world.slapd.resume();
    assert!(ldap.user(TOM).await.unwrap().user(TOM).is_some());
}

#[tokio::test]
async fn who_may_not_read_is_refused() {
    let Some(world) = World::start("who_may_not_read_is_refused") else { return };
    std::fs::write(world.folder.path().join("wrong"), "marlin").unwrap();
    let wrong = Some(world.folder.path().join("wrong"));
    let settings = LdapSettings { password_file: wrong, ..world.settings() };
    let refused = world.directory(&settings).user(TOM).await.unwrap_err();
    assert!(matches!(refused, LdapError::Refused(49, _)), "{refused:?}");
    // Nobody may read, and learns not even who there is.
    let nobody = LdapSettings::new(world.slapd.url());
    assert_eq!(*world.directory(&nobody).user(TOM).await.unwrap(), Directory::default());
}

#[tokio::test]
async fn a_directory_that_says_nothing_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", silent.local_addr().unwrap());
    let clock = Arc::new(TestClock(AtomicU64::new(NOW)));
    let ldap =
        |settings: &LdapSettings| LdapDirectory::new(settings, Arc::clone(&clock) as _).unwrap();
    let settings = LdapSettings { timeout_seconds: 1, ..LdapSettings::new(url) };
    assert_eq!(ldap(&settings).user(TOM).await.unwrap_err(), LdapError::TimedOut);
    drop(silent);
    assert!(matches!(ldap(&settings).user(TOM).await, Err(LdapError::Connection(_))));
}

#[tokio::test]
async fn tls_is_with_the_authorities_of_the_settings_and_a_certificate_of_ours() {
    let test = "tls_is_with_the_authorities_of_the_settings_and_a_certificate_of_ours";
    // Of now, as slapd's clock has it.
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::new(folder.path());
    demo.init(&demo::testing::init(), Ambient.now(), &Ambient).unwrap();
    let client = client(&demo, folder.path());
    let pki = folder.path().join("pki");
    let tls = Tls {
        certificate: &pki.join("tls.crt.pem"),
        key: &pki.join("tls.key.pem"),
        client_authorities: &pki.join("root.crt.pem"),
    };
    let Some(slapd) = Slapd::start(test, &people(), Some(&tls)) else { return };
    let password = folder.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let settings = LdapSettings {
        bind_dn: Some(READER.into()),
        password_file: Some(password),
        authorities: Some(pki.join("tls-ca.crt.pem")),
        client: Some(client),
        ..LdapSettings::new(slapd.url())
    };
    let clock = Arc::new(TestClock(AtomicU64::new(NOW)));
    let ask = async |settings: &LdapSettings| {
        let ldap = LdapDirectory::new(settings, Arc::clone(&clock) as _).unwrap();
        ldap.user(TOM).await
    };
    assert!(ask(&settings).await.unwrap().user(TOM).is_some());
    let other = LdapSettings { authorities: Some(pki.join("root.crt.pem")), ..settings.clone() };
    assert!(matches!(ask(&other).await, Err(LdapError::Connection(_))));
    let without = LdapSettings { client: None, ..settings };
    assert!(matches!(ask(&without).await, Err(LdapError::Connection(_))));
}

/// A key of ours with its certificate.
fn client(demo: &Demo, folder: &Path) -> KeyFiles {
    let key = p256::SecretKey::from_slice(&[7; 32]).unwrap();
    let public = key.public_key().to_public_key_pem(LineEnding::LF).unwrap();
    let order = PersonOrder {
        uid: AMIRA.into(),
        purpose: PersonPurpose::Login,
        expired: false,
        wrong_usage: false,
    };
    let issued = demo.issue(&order, &public, Ambient.now(), &Ambient).unwrap();
    let authority = std::fs::read_to_string(folder.join("pki/login-ca.crt.pem")).unwrap();
    let files = KeyFiles { certificate: folder.join("client.pem"), key: folder.join("client.key") };
    std::fs::write(&files.certificate, issued + &authority).unwrap();
    std::fs::write(&files.key, key.to_pkcs8_pem(LineEnding::LF).unwrap().as_bytes()).unwrap();
    files
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let clock = || Arc::new(TestClock(AtomicU64::new(NOW))) as Arc<dyn Clock>;
    let refused = |settings: &LdapSettings| {
        LdapDirectory::new(settings, clock()).err().map(|error| error.to_string())
    };
    let plain = LdapSettings::new("ldap://127.0.0.1:389");
    assert_eq!(refused(&plain), None);
    for url in ["ldap://[::1]:389", "ldap://localhost", "ldap://127.9.9.9"] {
        assert_eq!(refused(&LdapSettings::new(url)), None, "{url}");
    }
    let is = |settings: LdapSettings, error: LdapSettingsError| {
        assert_eq!(refused(&settings), Some(error.to_string()));
    };
    for url in ["ldap://192.0.2.1", "ldap://localhost.example.org", "ldap://127.0.0.1.example.org"]
    {
        is(LdapSettings::new(url), LdapSettingsError::Plain);
    }
    let odd = ["http://127.0.0.1", "ldap://", "127.0.0.1", "ldap://a@127.0.0.1", "ldapi://%2ftmp"];
    for url in odd.into_iter().chain(["ldap://127.0.0.1/o=nhs", "ldap://127.0.0.1?x", ""]) {
        is(LdapSettings::new(url), LdapSettingsError::Url);
    }
    is(LdapSettings::new("ldaps://localhost"), LdapSettingsError::Authorities);
    let pem = Some(demo::testing::folder().join("pki/root.crt.pem"));
    is(LdapSettings { authorities: pem, ..plain.clone() }, LdapSettingsError::Authorities);
    is(LdapSettings { base: "nhs".into(), ..plain.clone() }, LdapSettingsError::Base);
    is(LdapSettings { timeout_seconds: 0, ..plain.clone() }, LdapSettingsError::Timeout);
    is(LdapSettings { bind_dn: Some(READER.into()), ..plain.clone() }, LdapSettingsError::Bind);
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    let without =
        LdapSettings { bind_dn: Some(READER.into()), password_file: Some(empty.clone()), ..plain };
    is(without, LdapSettingsError::Bind);
    let tls = LdapSettings::new("ldaps://localhost");
    let no_pem = LdapSettings { authorities: Some(empty.clone()), ..tls };
    is(no_pem, LdapSettingsError::Pem(empty));
}

#[test]
fn settings_are_read_with_their_defaults() {
    let mut settings: LdapSettings =
        toml::from_str("url = \"ldaps://sds.example.org\"\nauthorities = \"sds.pem\"").unwrap();
    settings.paths_from(std::path::Path::new("/srv"));
    let expected = LdapSettings {
        authorities: Some("/srv/sds.pem".into()),
        ..LdapSettings::new("ldaps://sds.example.org")
    };
    assert_eq!(settings, expected);
    assert_eq!((settings.timeout_seconds, settings.cache_seconds), (5, 60));
    assert!(toml::from_str::<LdapSettings>("url = \"ldap://localhost\"\nca = \"a\"").is_err());
}
