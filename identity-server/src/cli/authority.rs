use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use wardkey_pki::Certificate;

use crate::{Ambient, store::AuthorityKind};

#[derive(Debug, Args)]
pub(super) struct Authority {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Trust the certification authorities of a file for logins.
    Add {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// They are not trusted by themselves: they stand between people and a trust anchor.
        #[arg(long)]
        intermediate: bool,
        /// Their certificates, PEM.
        file: PathBuf,
    },
    /// Print every authority, a line each: SHA-256, kind, where it is named, subject.
    List {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Remove an authority of the database; sessions go on.
    Remove {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// Its certificate, PEM.
        file: PathBuf,
    },
}

impl Authority {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::Add { dir, intermediate, file } => {
                    let kind = if intermediate {
                        AuthorityKind::Intermediate
                    } else {
                        AuthorityKind::Anchor
                    };
                    let pem = super::read(&file)?;
                    let identity = super::identity(&dir, ambient).await?;
                    let added = identity.add_authorities(&pem, kind).await;
                    let added = added.with_context(|| file.display().to_string())?;
                    println!("{added} added");
                    Ok(())
                }
                Action::List { dir } => {
                    for authority in super::identity(&dir, ambient).await?.authorities().await? {
                        let place = if authority.configured { "configuration" } else { "database" };
                        println!(
                            "{}\t{}\t{place}\t{}",
                            authority.certificate.sha256_hex(),
                            authority.kind.as_str(),
                            authority.certificate.subject(),
                        );
                    }
                    Ok(())
                }
                Action::Remove { dir, file } => {
                    let hash = Certificate::from_pem(super::read(&file)?)?.sha256();
                    Ok(super::identity(&dir, ambient).await?.remove_authority(&hash).await?)
                }
            }
        })
    }
}
