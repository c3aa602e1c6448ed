//! Authorities and clients, as an administrator looks after them by commands beside a node that
//! runs.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use toml::Table;
use wardkey_tests::stage::{AMIRA, SoftCard};

use super::{
    Named,
    oidc::{CALLBACK, authorize},
    one_node::OneNode,
};

pub const TRIALS: &[Named] = &[
    ("commands::authorities_are_added_listed_and_removed", authorities),
    ("commands::clients_are_registered_listed_and_removed", clients),
];

/// Without its intermediate authority a configuration trusts nobody's card.
pub fn without_intermediates(config: &mut Table) {
    if let Some(trust) = config.get_mut("trust").and_then(toml::Value::as_table_mut) {
        trust.insert("intermediates".to_owned(), toml::Value::Array(Vec::new()));
    }
}

/// Waits until a running node knows what a command did.
pub fn wait_until(so: impl Fn() -> Result<bool>, what: &str) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !so()? {
        ensure!(Instant::now() < end, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Whether the authorities that are trusted now let this card in; they are all that may be wrong.
pub fn is_trusted(ward: &OneNode, card: &SoftCard) -> Result<bool> {
    match ward.agent.sign_in(card) {
        Ok(_) => Ok(true),
        Err(refused) => {
            let said = format!("{refused:#}");
            ensure!(said.contains("CertificateUntrusted"), "{said}");
            Ok(false)
        }
    }
}

fn authorities() -> Result<()> {
    let ward = OneNode::with(without_intermediates)?;
    let card = ward.card(AMIRA)?;
    ensure!(!is_trusted(&ward, &card)?, "a card of nobody's authority");
    let pki = |name: &str| ward.node.folder().join("pki").join(name).display().to_string();
    let (root, login, server) = (pki("root.crt.pem"), pki("login-ca.crt.pem"), pki("tls.crt.pem"));

    let said = ward.node.command(&["authority", "add", "--intermediate", &login])?;
    ensure!(said.trim() == "1 added", "{said}");
    wait_until(|| is_trusted(&ward, &card), "the authority is trusted")?;
    let session = ward.agent.sign_in(&card)?;
    let listed = ward.node.command(&["authority", "list"])?;
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
    let [configured, added] = lines.as_slice() else { anyhow::bail!("{listed}") };
    ensure!(configured[1..3] == ["anchor", "configuration"], "{listed}");
    ensure!(configured[3].contains("CN=Demo Root Authority"), "{listed}");
    ensure!(added[0].len() == 64 && added[1..3] == ["intermediate", "database"], "{listed}");
    ensure!(added[3].contains("CN=Demo Login CA"), "{listed}");

    // Added twice it is there once; a server's certificate is no authority's.
    ward.node.command(&["authority", "add", "--intermediate", &login])?;
    ensure!(ward.node.command(&["authority", "list"])? == listed, "it is there twice");
    ensure!(ward.node.command(&["authority", "add", &server]).is_err(), "a server for authority");
    ensure!(ward.node.command(&["authority", "remove", &root]).is_err(), "the configuration's");

    ward.node.command(&["authority", "remove", &login])?;
    wait_until(|| Ok(!is_trusted(&ward, &card)?), "the authority is trusted no more")?;
    ensure!(ward.agent.is_valid(&session, false)?, "a session went with the authority");
    ensure!(ward.node.command(&["authority", "remove", &login]).is_err(), "removed twice");
    let log = ward.node.command(&["audit", "list"])?;
    for action in ["authority_add_intermediate", "authority_remove"] {
        ensure!(log.contains(&format!("\"action\":\"{action}\"")), "{action} is not in the log");
    }
    Ok(())
}

fn clients() -> Result<()> {
    let ward = OneNode::start()?;
    let file = ward.folder.path().join("client");
    let path = file.display().to_string();
    let add = |text: &str| -> Result<String> {
        std::fs::write(&file, text)?;
        ward.node.command(&["client", "add", &path])
    };
    let list = || -> Result<Vec<Value>> {
        let listed = ward.node.command(&["client", "list"])?;
        Ok(listed.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    };
    ensure!(list()?.is_empty(), "who registered these?");
    let mut rota = json!({
        "id": "rota", "name": "Rota", "profile": "cis2", "redirect_uris": [CALLBACK],
        "authentication": { "method": "client_secret_post", "secret_sha256": "0".repeat(64) },
        "scopes": ["openid", "profile"],
    });
    add(&rota.to_string())?;
    add(&toml::to_string(&json!({
        "id": "board", "name": "Bed board", "profile": "cis2",
        "grant_types": ["client_credentials"],
        "authentication": { "method": "client_secret_post", "secret_sha256": "1".repeat(64) },
    }))?)?;
    let listed = list()?;
    let names: Vec<&Value> = listed.iter().map(|client| &client["name"]).collect();
    ensure!(names == ["Bed board", "Rota"], "{listed:?}");
    ensure!(listed[1]["redirect_uris"] == json!([CALLBACK]), "{listed:?}");
    let asked = || -> Result<u16> { Ok(ward.agent.get(&authorize("rota", CALLBACK, ""))?.status) };
    wait_until(|| Ok(asked()? == 200), "the client is known")?;

    // Registered again it is changed; what is wrong changes nothing.
    rota["name"] = json!("Rota of the ward");
    add(&rota.to_string())?;
    let changed = list()?;
    ensure!(changed.len() == 2 && changed[1]["name"] == rota["name"], "{changed:?}");
    rota["redirect_uris"] = json!(["http://ward.example/callback"]);
    ensure!(add(&rota.to_string()).is_err(), "an address that anybody reads along");
    rota["redirect_uris"] = json!([CALLBACK]);
    rota["profil"] = json!("fapi2");
    ensure!(add(&rota.to_string()).is_err(), "a member that nobody knows");
    ensure!(list()? == changed, "a wrong registration changed something");

    ward.node.command(&["client", "remove", "rota"])?;
    ensure!(list()?.len() == 1, "it is listed still");
    wait_until(|| Ok(asked()? == 400), "the client is known no more")?;
    ensure!(ward.node.command(&["client", "remove", "rota"]).is_err(), "removed twice");
    let log = ward.node.command(&["audit", "list"])?;
    let logged = |action: &str| log.matches(&format!("\"action\":\"{action}\"")).count();
    ensure!(logged("client_put") == 3 && logged("client_remove") == 1, "{log}");
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(20);
