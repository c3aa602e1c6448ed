//! Whoever reads the documents types their command lines as they stand there, and each works.

use std::{env, fs, os::unix::fs::symlink, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use wardkey_tests::stage::{Host, built};

use super::{
    documents::{SERVER, blocks},
    world::{Test, World, fixtures},
};

pub const TRIALS: &[(&str, Test)] = &[("typed::what_the_documents_have_people_type_works", typed)];

fn typed(_: &mut World) -> Result<()> {
    let desk = Desk::set_up()?;
    let mut count = 0;
    for (document, names) in DOCUMENTS {
        let mut typed = 0;
        for (_, text) in blocks(document)?.iter().filter(|(language, _)| language == "sh") {
            for line in text.lines().filter(|line| is_typed(line)) {
                desk.types(line, names).with_context(|| format!("{document}: {line}"))?;
                typed += 1;
            }
        }
        ensure!(typed > 0, "{document} has none");
        count += typed;
    }
    println!("{count} command lines typed");
    Ok(())
}

/// Whether a line calls a program of ours and needs nobody else: an administrator's lines, and those that
/// show a dialog or need a card, are played elsewhere (`agent/package.rs`, `agent/programs.rs`).
fn is_typed(line: &str) -> bool {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("wardkey-host") => matches!(words.next(), Some("doctor" | "policy" | "verify")),
        program => program == Some("wardkey-identity"),
    }
}

/// A folder with the programs on its path, and the files that the documents name.
struct Desk {
    folder: TempDir,
    host: Host,
}

impl Desk {
    fn set_up() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-typed-").tempdir()?;
        let bin = folder.path().join("bin");
        fs::create_dir(&bin)?;
        for program in ["wardkey-host", "wardkey-identity"] {
            symlink(built(program)?, bin.join(program))?;
        }
        let authority = folder.path().join("identity/pki/tls-ca.crt.pem").display().to_string();
        let root = fixtures().join("root.pem").display().to_string();
        let trusts = format!("authority = {authority:?}\nsigning_anchors = [{root:?}]");
        let policy = SERVER.replace("authority = \"/nowhere.pem\"", &trusts);
        let host = Host::with_policy(&folder.path().join("instance"), &policy)?;
        fs::write(folder.path().join("policy.toml"), &policy)?;
        for file in ["note.jws", "root.crl"] {
            fs::copy(fixtures().join(file), folder.path().join(file))?;
        }
        for (name, secret) in
            [("letters.json", "docs/oidc.md"), ("other.json", "identity-server/README.md")]
        {
            let client = blocks(secret)?.into_iter().find(|(language, _)| language == "json");
            let (_, client) = client.with_context(|| format!("{secret} has no client"))?;
            // What the reader puts in for himself.
            let client = client.replace('…', &"0f".repeat(32)).replace("[]", KEYS);
            fs::write(folder.path().join(name), client)?;
        }
        let desk = Self { folder, host };
        for line in BEFORE {
            desk.types(line, &[])?;
        }
        Ok(desk)
    }

    /// Types a line, with one's own names where the document has any.
    fn types(&self, line: &str, names: &[(&str, &str)]) -> Result<()> {
        let named = names.iter().fold(line.to_owned(), |line, (name, own)| line.replace(name, own));
        let folder = self.folder.path();
        let bin = folder.join("bin");
        let path = env::join_paths([bin.as_path(), Path::new("/usr/bin"), Path::new("/bin")])?;
        let mut shell = Command::new("timeout");
        shell
            .args(["120", "sh", "-c", &named])
            .current_dir(folder)
            .env("PATH", path)
            .env("HOME", folder);
        let output = shell.env("WARDKEY_INSTANCE", self.host.folder()).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let trouble = String::from_utf8_lossy(&output.stderr);
        // The policy's server is nobody's, which the doctor finds.
        let fits = match named.starts_with("wardkey-host doctor") {
            true => output.status.code() == Some(1) && said.contains("server_"),
            false => output.status.success(),
        };
        ensure!(fits, "{}\n{said}\n{trouble}", output.status);
        Ok(())
    }
}

/// What somebody did before.
const BEFORE: &[&str] = &[
    "wardkey-identity init --dir identity --origin http://localhost:8300",
    "wardkey-identity directory export --dir identity --format ldif --out people.ldif",
    "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
    "openssl pkey -in key.pem -pubout -out public.pem",
    "wardkey-identity issue --dir identity --uid 555000000101 --purpose login \
     --public-key public.pem --out card-of-555000000101.pem",
    "wardkey-identity client add --dir identity other.json",
];
/// The documents, and whatever stands for one's own in them.
const DOCUMENTS: &[(&str, &[(&str, &str)])] = &[
    ("docs/deploying.md", &[]),
    ("docs/doctor.md", &[("FILE", "report.zip")]),
    ("docs/identity-server.md", &[("DIR", "identity")]),
    ("docs/policy.md", &[("FILE", "policy.toml"), ("FOLDER", "templates")]),
    ("docs/ticket-api.md", &[("FILE", "note.jws --crl root.crl --time 2026-11-23T09:45:00Z")]),
];
/// A client's (RFC 7517, appendix A.1).
const KEYS: &str = r#"[{"kty": "EC", "crv": "P-256", "kid": "1",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]"#;
