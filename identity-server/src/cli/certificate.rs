use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use wardkey_pki::Certificate as X509;

use crate::Ambient;

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
                        println!("{}", base16ct::lower::encode_string(&hash));
                    }
                    Ok(())
                }
                Action::Remove { dir, file } => remove(&dir, &file, ambient).await,
            }
        })
    }
}

async fn add(folder: &Path, file: &Path, ambient: &Ambient) -> anyhow::Result<()> {
    let identity = super::identity(folder, ambient).await?;
    identity.add_certificate(&super::read(file)?).await?;
    Ok(())
}

async fn remove(folder: &Path, file: &Path, ambient: &Ambient) -> anyhow::Result<()> {
    let hash = X509::from_pem(super::read(file)?)?.sha256();
    Ok(super::identity(folder, ambient).await?.remove_certificate(&hash).await?)
}
