use super::*;

/// Every key, so that a new one does not compile before it is here.
fn everything() -> Config {
    let key = || KeyFiles { certificate: "c.pem".into(), key: "k.pem".into() };
    Config {
        listen: ([127, 0, 0, 1], 8443).into(),
        public_url: Origin::parse("https://id.example").unwrap(),
        crl_listen: ([127, 0, 0, 1], 8480).into(),
        database: "wardkey.db".into(),
        node: "main".into(),
        users: Some("users.toml".into()),
        demo: true,
        tls: Some(key()),
        assertion: key(),
        wrapping_key: "wrapping.key".into(),
        sdk: Some("dist".into()),
        ldap: Some(LdapSettings {
            bind_dn: Some("cn=reader".into()),
            password_file: Some("password".into()),
            authorities: Some("ca.pem".into()),
            client: Some(key()),
            ..LdapSettings::new("ldaps://ldap.example")
        }),
        trust: Trust {
            anchors: vec!["root.pem".into()],
            intermediates: vec!["ca.pem".into()],
            login_policies: vec!["1.2.3".into()],
            crl_folder: "crl".into(),
            fetch_crls: true,
            ocsp: true,
            ocsp_max_age_minutes: 60,
            ocsp_responder: Some("http://ocsp.example".into()),
            legacy_login: Some(LegacyLogin {
                digests: vec![LegacyDigest::Sha1],
                users: Some(vec!["555000000101".into()]),
            }),
        },
        training: true,
        session: SessionTimes {
            max_minutes: 600,
            idle_minutes: 60,
            lease_seconds: 30,
            challenge_seconds: 120,
            role_change_needs_card: true,
            per_user: NonZeroU32::new(2),
        },
        proxy: ProxySettings { trusted: vec!["10.0.0.0/8".parse().unwrap()] },
        relying_party_authorities: vec!["ca.pem".into()],
        administration: Administration { activities: vec!["B0062".into()] },
        limits: LimitSettings { requests_per_second: 500, logins_per_minute: 30 },
        traces: Some(TraceSettings { endpoint: "http://127.0.0.1:4318".into(), percent: 10 }),
        drain_seconds: 5,
        metrics_listen: Some(([127, 0, 0, 1], 9100).into()),
        relying_parties: vec![RelyingParty {
            origin: Origin::parse("https://ward.example").unwrap(),
            name: "Ward".into(),
        }],
    }
}

/// The keys, as `[table] key` or `key`.
fn keys(table: &toml::Table, within: &str, found: &mut Vec<String>) {
    for (key, value) in table {
        let below = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
        match value {
            toml::Value::Table(table) => keys(table, &below, found),
            toml::Value::Array(values) if values.iter().all(toml::Value::is_table) => {
                values.iter().filter_map(toml::Value::as_table).for_each(|table| {
                    keys(table, &below, found);
                });
            }
            _ => found.push(below),
        }
    }
}

#[test]
fn every_key_is_in_the_readme() {
    let text = toml::to_string(&everything()).unwrap();
    let read: Config = toml::from_str(&text).unwrap();
    assert_eq!(read, everything());
    let mut found = Vec::new();
    keys(&text.parse().unwrap(), "", &mut found);
    assert!(found.contains(&"session.per_user".to_owned()), "{found:?}");
    let missing: Vec<String> =
        found.into_iter().filter(|key| !README.contains(&format!("| `{key}` |"))).collect();
    assert!(missing.is_empty(), "not in the README: {missing:?}");
}

#[test]
fn values_that_make_no_sense_are_refused() {
    type Spoil = fn(&mut Config);
    let wrong: [(Spoil, &str); 6] = [
        (|config| config.public_url = Origin::parse("http://id.example").unwrap(), "https"),
        (|config| config.trust.login_policies.clear(), "login_policies"),
        (|config| config.session.lease_seconds = 0, "session"),
        (|config| config.traces.as_mut().unwrap().percent = 101, "percent"),
        (|config| config.trust.legacy_login.as_mut().unwrap().digests.clear(), "digests"),
        (
            |config| {
                config.tls = None;
                config.listen = ([192, 0, 2, 1], 8443).into();
                config.proxy.trusted.clear();
            },
            "loopback",
        ),
    ];
    assert!(everything().check().is_ok());
    for (spoil, said) in wrong {
        let mut config = everything();
        spoil(&mut config);
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert!(toml::from_str::<Config>("unknown = 1").is_err());
}

const README: &str = include_str!("../../README.md");

#[test]
fn the_documentations_configuration_is_one() {
    let page = include_str!("../../../docs/identity-server.md");
    let (_, text) = page.split_once("```toml\n").unwrap();
    let (text, _) = text.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("identity.toml"), text).unwrap();
    let config = Config::read(folder.path()).unwrap();
    assert!(!config.demo && config.trust.fetch_crls && config.tls.is_some());
}
