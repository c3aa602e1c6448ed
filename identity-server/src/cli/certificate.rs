use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use wardkey_pki::Certificate as X509;
use wardkey_spine::UserId;

use crate::{Ambient, AuditEvent, Clock as _};

#[derive(Debug, Args)]
pub(super) struct Certificate {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Register a login certificate for the user whose id is its common name.
    Add {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// The certificate, PEM.
        file: PathBuf,
    },
    /// Print the SHA-256 of the login certificates of a user, a line each.
    List {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// The user id.
        #[arg(long)]
        uid: String,
    },
    /// Remove a login certificate: nobody logs in with it any more, and its sessions end.
    Remove {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// The certificate, PEM.
        file: PathBuf,
    },
}

impl Certificate {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::Add { dir, file } => add(&dir, &file, ambient).await,
                Action::List { dir, uid } => {
                    for hash in super::open(&dir).await?.certificates(&uid).await? {
                        println!("{}", super::hex(&hash));
                    }
                    Ok(())
                }
                Action::Remove { dir, file } => remove(&dir, &file, ambient).await,
            }
        })
    }
}

async fn add(folder: &Path, file: &Path, ambient: &Ambient) -> anyhow::Result<()> {
    let certificate = read(file)?;
    let name = certificate.subject().common_name().unwrap_or_default().to_owned();
    let uid = UserId::parse(&name).context("the certificate's common name is no user id")?;
    let mut unit = super::open(folder).await?.begin().await?;
    let registered =
        unit.register_certificate(uid.as_str(), &certificate.sha256(), ambient.now()).await?;
    ensure!(registered, "the certificate is registered for another user");
    unit.audit(ambient.now(), trail("certificate_add", uid.as_str(), &certificate)).await?;
    Ok(unit.commit().await?)
}

async fn remove(folder: &Path, file: &Path, ambient: &Ambient) -> anyhow::Result<()> {
    let certificate = read(file)?;
    let identity = super::identity(folder, ambient).await?;
    let mut unit = identity.store.begin().await?;
    let uid = unit.remove_certificate(&certificate.sha256()).await?;
    let uid = uid.context("the certificate is not registered")?;
    unit.audit(ambient.now(), trail("certificate_remove", &uid, &certificate)).await?;
    unit.commit().await?;
    for session in identity.store.sessions(Some(&uid), u32::MAX).await? {
        if session.credential == certificate.sha256() {
            identity.destroy(&session.id).await?;
        }
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<X509> {
    let pem = std::fs::read(file).with_context(|| file.display().to_string())?;
    Ok(X509::from_pem(pem)?)
}

fn trail(action: &str, uid: &str, certificate: &X509) -> AuditEvent {
    AuditEvent {
        action: action.to_owned(),
        outcome: "ok".to_owned(),
        uid: Some(uid.to_owned()),
        certificate: Some(certificate.sha256_hex()),
        ..AuditEvent::default()
    }
}
