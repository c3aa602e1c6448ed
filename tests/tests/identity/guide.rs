//! The samples of `docs/ticket.md`, run as they stand there against a server.

#[path = "guide/user_of.rs"]
mod user_of;

use std::{fs, path::Path, process::Command, time::SystemTime};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_pki::Certificate;
use wardkey_spine::{Ticket, assertion::AssertionError, role_assertion_path};
use wardkey_tests::stage::AMIRA;

use super::{Named, ORIGIN, one_node::OneNode, outsiders::python};

pub const TRIALS: &[Named] = &[
    ("guide::a_role_assertion_in_python", in_python),
    ("guide::a_role_assertion_in_rust", in_rust),
];

fn in_python() -> Result<()> {
    let at = OneNode::start()?;
    let mut session = at.sign_in(AMIRA)?;
    let ticket = at.agent.child(&mut session, ORIGIN)?;
    let program = at.folder.path().join("guide.py");
    fs::write(&program, format!("{}{CALL}", sample("python")?))?;
    let user_of = |ticket: &str, certificate: &str, origin: &str| -> Result<Value> {
        let pki = |file: &str| at.node.folder().join("pki").join(file);
        let mut python = Command::new(python()?);
        python.arg(&program).args([ticket, &at.node.url]).arg(pki("tls-ca.crt.pem"));
        let output = python.arg(pki(certificate)).arg(origin).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&said)
            .with_context(|| format!("{said}{}", String::from_utf8_lossy(&output.stderr)))
    };
    let user = user_of(&ticket, ASSERTIONS, ORIGIN)?;
    ensure!(user["uid"] == json!([AMIRA.uid]), "{user}");
    ensure!(user["ssbSessionRoleUid"][0].is_string(), "{user}");

    // Whatever is wrong has an end of its own.
    let refused = user_of(&ticket, ASSERTIONS, "https://other.example")?;
    ensure!(refused == "ValueError: the assertion is for somebody else", "{refused}");
    let refused = user_of(&ticket, "root.crt.pem", ORIGIN)?;
    ensure!(refused.as_str().is_some_and(|it| it.starts_with("InvalidSignature")), "{refused}");
    at.agent.sign_out(&session)?;
    let ended = user_of(&ticket, ASSERTIONS, ORIGIN)?;
    ensure!(ended.is_null(), "{ended}");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a backend's clock is the computer's")]
fn in_rust() -> Result<()> {
    let printed = include_str!("guide/user_of.rs");
    ensure!(sample("rust")? == printed, "the guide has another sample than guide/user_of.rs");
    let at = OneNode::start()?;
    let mut session = at.sign_in(AMIRA)?;
    let ticket = Ticket::parse(&at.agent.child(&mut session, ORIGIN)?)?;
    let answer = at.agent.get(role_assertion_path(&ticket).as_str())?;
    let certificate = fs::read(at.node.folder().join("pki").join(ASSERTIONS))?;
    let certificate = Certificate::from_pem(&certificate)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let user_of =
        |origin| user_of::user_of(answer.body.as_bytes(), certificate.spki(), origin, now);
    let assertion = user_of(ORIGIN)?;
    ensure!(assertion.person.uid.as_str() == AMIRA.uid, "{:?}", assertion.person);
    ensure!(assertion.session_role().is_some(), "no role");
    let refused = user_of("https://other.example").err();
    ensure!(refused == Some(AssertionError::OtherAudience), "{refused:?}");
    Ok(())
}

/// The guide's one block of a language.
fn sample(language: &str) -> Result<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ticket.md");
    let text = fs::read_to_string(file)?;
    let (_, rest) = text.split_once(&format!("```{language}\n")).context("no such sample")?;
    let (code, _) = rest.split_once("```").context("no end")?;
    Ok(code.to_owned())
}

/// Calls what the sample defines; its result as JSON, or the name and text of what it raised.
const CALL: &str = r#"

if __name__ == "__main__":
    import json
    import sys

    ticket, server, authority, certificate, origin = sys.argv[1:]
    with open(certificate, encoding="ascii") as file:
        certificate = file.read()
    try:
        print(json.dumps(user_of(ticket, server, authority, certificate, origin)))
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"))
"#;
const ASSERTIONS: &str = "assertion.crt.pem";
