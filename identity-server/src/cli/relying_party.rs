use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use wardkey_protocol::Origin;

use crate::{Ambient, AuditEvent, Clock as _};

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
        let now = ambient.now();
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::Add { dir, name, origin } => {
                    let origin = Origin::parse(&origin).context("not a web origin")?;
                    let mut unit = super::open(&dir).await?.begin().await?;
                    unit.put_relying_party(origin.as_str(), &name).await?;
                    unit.audit(now, trail("relying_party_add", &origin)).await?;
                    Ok(unit.commit().await?)
                }
                Action::List { dir } => {
                    for (origin, name) in super::open(&dir).await?.relying_parties().await? {
                        println!("{origin}\t{name}");
                    }
                    Ok(())
                }
                Action::Remove { dir, origin } => {
                    let origin = Origin::parse(&origin).context("not a web origin")?;
                    let mut unit = super::open(&dir).await?.begin().await?;
                    let removed = unit.remove_relying_party(origin.as_str()).await?;
                    ensure!(removed, "{} is not registered in the database", origin.as_str());
                    unit.audit(now, trail("relying_party_remove", &origin)).await?;
                    Ok(unit.commit().await?)
                }
            }
        })
    }
}

fn trail(action: &str, origin: &Origin) -> AuditEvent {
    AuditEvent {
        action: action.to_owned(),
        outcome: "ok".to_owned(),
        relying_party: Some(origin.as_str().to_owned()),
        ..AuditEvent::default()
    }
}
