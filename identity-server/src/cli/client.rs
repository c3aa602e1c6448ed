use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::{Ambient, administration::read_client};

#[derive(Debug, Args)]
pub(super) struct Client {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Register a client, or change its registration.
    Add {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// The registration, JSON or TOML.
        file: PathBuf,
    },
    /// Print the registrations, a JSON line each.
    List {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Remove a client; its tokens end at once.
    Remove {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// Its client_id.
        id: String,
    },
}

impl Client {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::Add { dir, file } => {
                    let text = String::from_utf8(super::read(&file)?)?;
                    let client = read_client(&text).with_context(|| file.display().to_string())?;
                    Ok(super::identity(&dir, ambient).await?.put_client(&client).await?)
                }
                Action::List { dir } => {
                    for document in super::open(&dir).await?.clients().await? {
                        println!("{document}");
                    }
                    Ok(())
                }
                Action::Remove { dir, id } => {
                    Ok(super::identity(&dir, ambient).await?.remove_client(&id).await?)
                }
            }
        })
    }
}
