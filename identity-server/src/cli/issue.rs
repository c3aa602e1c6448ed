use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use wardkey_pki::Certificate;
use wardkey_spine::UserId;

use crate::{
    Ambient, Clock as _, Config,
    demo::{Demo, PersonOrder, PersonPurpose},
    store::Store,
};

#[derive(Debug, Args)]
pub(super) struct Issue {
    /// The demo folder.
    #[arg(long)]
    dir: PathBuf,
    /// Who: a user id of 12 digits.
    #[arg(long)]
    uid: String,
    /// What for.
    #[arg(long)]
    purpose: PersonPurpose,
    /// The PEM file of the public key.
    #[arg(long)]
    public_key: PathBuf,
    /// The PEM file that the certificate is written to.
    #[arg(long)]
    out: PathBuf,
    /// Make one whose validity lies in the past, for tests.
    #[arg(long)]
    expired: bool,
    /// `wrong` makes one with the keyUsage of the other purpose, for tests.
    #[arg(long, default_value = "right")]
    usage: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Usage {
    Right,
    Wrong,
}

impl Issue {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        let uid = UserId::parse(&self.uid).context("--uid is not 12 digits")?;
        let public_key = std::fs::read_to_string(&self.public_key)
            .with_context(|| self.public_key.display().to_string())?;
        let order = PersonOrder {
            uid: uid.to_string(),
            purpose: self.purpose,
            expired: self.expired,
            wrong_usage: self.usage == Usage::Wrong,
        };
        let pem = Demo::new(&self.dir).issue(&order, &public_key, ambient.now(), ambient)?;
        if self.purpose == PersonPurpose::Login {
            let config = Config::read(&self.dir)?;
            super::serve::runtime()?.block_on(register(&self.dir, &config, &uid, &pem, ambient))?;
        }
        std::fs::write(&self.out, pem).with_context(|| self.out.display().to_string())
    }
}

async fn register(
    folder: &Path,
    config: &Config,
    uid: &UserId,
    pem: &str,
    ambient: &Ambient,
) -> anyhow::Result<()> {
    let store = Store::open(&config.database(folder), &config.node).await?;
    let certificate = Certificate::from_pem(pem)?.sha256();
    let registered = store.register_certificate(uid.as_str(), &certificate, ambient.now()).await?;
    store.close().await;
    anyhow::ensure!(registered, "the certificate is registered for another user");
    Ok(())
}
