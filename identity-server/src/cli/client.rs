use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use wardkey_oidc::Client as Registration;

use crate::store::Store;

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
    pub(super) fn run(self) -> anyhow::Result<()> {
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::Add { dir, file } => add(&super::open(&dir).await?, &file).await,
                Action::List { dir } => {
                    for document in super::open(&dir).await?.clients().await? {
                        println!("{document}");
                    }
                    Ok(())
                }
                Action::Remove { dir, id } => remove(&super::open(&dir).await?, &id).await,
            }
        })
    }
}

async fn add(store: &Store, file: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let client: Registration = if file.extension().is_some_and(|extension| extension == "toml") {
        toml::from_str(&text)?
    } else {
        serde_json::from_str(&text)?
    };
    client.check().with_context(|| format!("client {}", client.id))?;
    let mut unit = store.begin().await?;
    unit.put_client(&client.id, &serde_json::to_string(&client)?).await?;
    Ok(unit.commit().await?)
}

async fn remove(store: &Store, id: &str) -> anyhow::Result<()> {
    let mut unit = store.begin().await?;
    if !unit.remove_client(id).await? {
        bail!("there is no client {id}");
    }
    Ok(unit.commit().await?)
}
