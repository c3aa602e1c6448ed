use std::net::{Ipv4Addr, SocketAddr};

use wardkey_protocol::Origin;

use super::{DemoError, Init, LOGIN_POLICY};
use crate::{
    Config, ConfigError, LimitSettings, ProxySettings,
    config::{KeyFiles, RelyingParty, SessionTimes, Trust},
};

/// The configuration of a demo folder.
///
/// # Errors
///
/// Where the port makes no address.
pub fn configuration(init: &Init) -> Result<Config, DemoError> {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let key = |name: &str| KeyFiles {
        certificate: format!("pki/{name}.crt.pem").into(),
        key: format!("pki/{name}.key.pem").into(),
    };
    Ok(Config {
        listen: local(init.https_port),
        public_url: public_url(init.https_port)?,
        crl_listen: local(init.crl_port),
        database: "wardkey.db".to_owned(),
        node: "main".to_owned(),
        users: Some("users.toml".into()),
        ldap: None,
        demo: true,
        training: false,
        wrapping_key: "pki/wrapping.key".into(),
        sdk: init.sdk.clone(),
        tls: Some(key("tls")),
        assertion: key("assertion"),
        trust: Trust {
            anchors: vec!["pki/root.crt.pem".into()],
            intermediates: vec!["pki/login-ca.crt.pem".into()],
            login_policies: vec![LOGIN_POLICY.to_string()],
            crl_folder: "pki/crl".into(),
            fetch_crls: false,
            ocsp: false,
            ocsp_max_age_minutes: 24 * 60,
            ocsp_responder: None,
            legacy_login: None,
        },
        session: SessionTimes::default(),
        proxy: ProxySettings::default(),
        relying_party_authorities: Vec::new(),
        administration: crate::Administration { activities: vec!["B0062".to_owned()] },
        limits: LimitSettings::default(),
        traces: None,
        drain_seconds: 0,
        metrics_listen: None,
        relying_parties: vec![RelyingParty {
            origin: init.origin.clone(),
            name: "Demo ward".into(),
        }],
    })
}

/// The server's base address; the default port is left out, as in every origin.
fn public_url(port: u16) -> Result<Origin, DemoError> {
    let text = match port {
        443 => "https://localhost".to_owned(),
        port => format!("https://localhost:{port}"),
    };
    Origin::parse(&text).map_err(|_| ConfigError::Invalid("the port makes no address").into())
}
