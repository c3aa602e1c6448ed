use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::Ambient;

#[derive(Debug, Args)]
pub(super) struct RelyingParty {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Register an app for tickets, or change its name.
    Add {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// Its name, for people.
        #[arg(long)]
        name: String,
        /// Its web origin, as in https://ward.example.
        origin: String,
    },
    /// Print the apps that are registered in the database, a line each.
    List {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Remove an app; its tickets end at once.
    Remove {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// Its web origin.
        origin: String,
    },
}

impl RelyingParty {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::Add { dir, name, origin } => {
                    let identity = super::identity(&dir, ambient).await?;
                    Ok(identity.put_relying_party(&origin, &name).await?)
                }
                Action::List { dir } => {
                    for (origin, name) in super::open(&dir).await?.relying_parties().await? {
                        println!("{origin}\t{name}");
                    }
                    Ok(())
                }
                Action::Remove { dir, origin } => {
                    let identity = super::identity(&dir, ambient).await?;
                    Ok(identity.remove_relying_party(&origin).await?)
                }
            }
        })
    }
}
