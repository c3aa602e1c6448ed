//! An agent and application written from the Spine's published facts, in another language.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use toml::{Table, Value};
use wardkey_tests::stage::{Node, Site, TOM, built};

use super::{Named, ORIGIN, outsiders::script, untimed};

pub const TRIALS: &[Named] = &[
    ("legacy::an_agent_of_the_spine_does_its_whole_part", whole_part),
    ("legacy::an_agent_of_the_spine_is_refused_by_default", refused_by_default),
];

/// A node that listens where its addresses lead, and a legacy card: RSA.
struct Legacy {
    site: Site,
    certificate: PathBuf,
    key: PathBuf,
    _node: Node,
    _folder: TempDir,
}

impl Legacy {
    fn new(digests: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-identity-").tempdir()?;
        let program = built("wardkey-identity")?;
        let site = Site::init(&program, &folder.path().join("site"), ORIGIN)?;
        let listen = site.url.replace("https://localhost", "127.0.0.1");
        let node = site.node("a", "wardkey.db", |config| {
            untimed(config);
            config.insert("listen".to_owned(), Value::String(listen));
            admit(config, digests);
        })?;
        let key = folder.path().join("card.key.pem");
        let public = folder.path().join("card.pub.pem");
        let certificate = folder.path().join("card.crt.pem");
        openssl(Command::new("openssl").args(["genrsa", "-out"]).arg(&key).arg("2048"))?;
        openssl(
            Command::new("openssl")
                .args(["rsa", "-pubout", "-in"])
                .arg(&key)
                .arg("-out")
                .arg(&public),
        )?;
        let paths = [&public, &certificate].map(|path| path.to_str().context("path"));
        let [public, out] = paths;
        node.command(&[
            "issue",
            "--uid",
            TOM.uid,
            "--purpose",
            "login",
            "--public-key",
            public?,
            "--out",
            out?,
        ])?;
        Ok(Self { site, certificate, key, _node: node, _folder: folder })
    }

    /// What the outsider says, by lines.
    fn run(&self, digest: &str) -> Result<Vec<String>> {
        let mut agent = script("spine_agent.py")?;
        agent.arg(&self.site.url).arg(self.site.authority());
        agent.arg(&self.certificate).arg(&self.key).args([TOM.uid, digest]);
        let output = agent.output()?;
        let (said, errors) =
            (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{said}{errors}");
        Ok(said.lines().map(str::to_owned).collect())
    }
}

fn admit(config: &mut Table, digests: &[&str]) {
    let digests: Vec<Value> = digests.iter().map(|name| Value::String((*name).into())).collect();
    let trust = config.get_mut("trust").and_then(Value::as_table_mut);
    if let (Some(trust), false) = (trust, digests.is_empty()) {
        let legacy = Table::from_iter([("digests".to_owned(), Value::Array(digests))]);
        trust.insert("legacy_login".to_owned(), Value::Table(legacy));
    }
}

fn openssl(command: &mut Command) -> Result<()> {
    let output = command.output().context("openssl")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn whole_part() -> Result<()> {
    let legacy = Legacy::new(&["sha1", "sha2"])?;
    for digest in ["sha1", "sha256"] {
        let said = legacy.run(digest)?;
        let expected = [
            "activated 5.2.7",
            "validated Lindqvist Tom Mr 555900000102 555900000103 555900000104",
            "selected 555900000104 OK",
            "session false True",
            "session true True",
            "assertion 200 555900000104",
            "logout OK",
            "session after False True",
            "assertion after False",
        ];
        ensure!(said == expected, "{digest}: {said:#?}");
    }
    Ok(())
}

fn refused_by_default() -> Result<()> {
    for (admitted, digest) in [(&[][..], "sha256"), (&["sha2"], "sha1")] {
        let said = Legacy::new(admitted)?.run(digest)?;
        let last = said.last().context("nothing")?;
        ensure!(said.len() == 2 && last.starts_with("refused 403"), "{digest}: {said:#?}");
    }
    Ok(())
}
