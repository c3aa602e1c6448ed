use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use wardkey_tests::stage::AMIRA;

use super::{Named, one_node::OneNode};

pub const TRIALS: &[Named] = &[
    ("outsiders::xmlsec1_verifies_the_assertion", xmlsec1),
    ("outsiders::signxml_verifies_the_assertion", signxml),
];

/// A node, and an assertion that it gave.
struct Asserted {
    assertion: String,
    certificate: PathBuf,
    at: OneNode,
}

impl Asserted {
    fn new() -> Result<Self> {
        let at = OneNode::start()?;
        let reply = at.agent.assertion(&at.sign_in(AMIRA)?)?;
        ensure!(reply.status == 200, "{reply:?}");
        let certificate = at.node.folder().join("pki/assertion.crt.pem");
        Ok(Self { assertion: reply.body, certificate, at })
    }

    /// The same with another person in it.
    fn forged(&self) -> Result<String> {
        ensure!(self.assertion.contains(AMIRA.uid), "another user");
        Ok(self.assertion.replace(AMIRA.uid, "555000000102"))
    }
}

fn xmlsec1() -> Result<()> {
    let asserted = Asserted::new()?;
    let verify = |assertion: &str| -> Result<Output> {
        let file = asserted.at.folder.path().join("assertion.xml");
        fs::write(&file, assertion)?;
        let mut xmlsec1 = Command::new("xmlsec1");
        xmlsec1.args(["--verify", "--enabled-key-data", "x509", "--pubkey-cert-pem"]);
        xmlsec1.arg(&asserted.certificate);
        xmlsec1.args(["--id-attr:AssertionID", "urn:oasis:names:tc:SAML:1.0:assertion:Assertion"]);
        xmlsec1.arg(&file).output().context("xmlsec1")
    };
    let verified = verify(&asserted.assertion)?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    ensure!(!verify(&asserted.forged()?)?.status.success(), "a forged assertion verifies");
    Ok(())
}

fn signxml() -> Result<()> {
    let asserted = Asserted::new()?;
    let verify = |assertion: &str| -> Result<Output> {
        let mut verify = script("verify_assertion.py")?;
        let mut child = verify
            .arg(&asserted.certificate)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        child.stdin.take().context("no input")?.write_all(assertion.as_bytes())?;
        Ok(child.wait_with_output()?)
    };
    let verified = verify(&asserted.assertion)?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let attributes = String::from_utf8_lossy(&verified.stdout);
    for attribute in ["ssbAssertionVersion=1.1", "uid=555000000101", "ssbSessionRoleUid="] {
        ensure!(attributes.contains(attribute), "{attributes}");
    }
    let forged = verify(&asserted.forged()?)?;
    let said = String::from_utf8_lossy(&forged.stderr);
    ensure!(!forged.status.success() && said.contains("InvalidDigest"), "{said}");
    Ok(())
}

/// A script of `outsiders`, with Python's packages for it.
pub fn script(name: &str) -> Result<Command> {
    let mut command = Command::new(python()?);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("outsiders").join(name));
    Ok(command)
}

/// The Python that has packages.
pub fn python() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = folder.join("../target/outsiders/bin/python");
    ensure!(python.exists(), "{} is missing: run it by `cargo xtask`", python.display());
    Ok(python)
}
