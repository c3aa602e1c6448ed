use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::{Ambient, Clock as _};

#[derive(Debug, Args)]
pub(super) struct Session {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// End a session, or all of a user; everybody who relies on it is told.
    End {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// Every session of this user.
        #[arg(long, conflicts_with = "id", required_unless_present = "id")]
        uid: Option<String>,
        /// The session.
        id: Option<String>,
    },
    /// Print the sessions that are not over, a line each, the newest first: id, state, user, role,
    /// authenticator, when it began, the last activity.
    List {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// Those of this user only.
        #[arg(long)]
        uid: Option<String>,
        /// So many at the most.
        #[arg(long, default_value_t = 1000)]
        limit: u32,
    },
}

impl Session {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::End { dir, uid, id } => end(&dir, uid, id, ambient).await,
                Action::List { dir, uid, limit } => {
                    list(&dir, uid.as_deref(), limit, ambient).await
                }
            }
        })
    }
}

async fn list(
    folder: &Path,
    uid: Option<&str>,
    limit: u32,
    ambient: &Ambient,
) -> anyhow::Result<()> {
    let now = ambient.now();
    for session in super::open(folder).await?.sessions(uid, limit).await? {
        println!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}",
            session.id,
            session.state_at(now).as_str(),
            session.uid,
            session.role.as_deref().unwrap_or("-"),
            session.authenticator.as_str(),
            session.created,
            session.last_activity,
        );
    }
    Ok(())
}

async fn end(
    folder: &Path,
    uid: Option<String>,
    id: Option<String>,
    ambient: &Ambient,
) -> anyhow::Result<()> {
    let identity = super::identity(folder, ambient).await?;
    let ended = match (uid, id) {
        (Some(uid), _) => identity.end_sessions_of(&uid).await?,
        (None, Some(id)) => identity.end_session(&id).await.map(|()| 1)?,
        (None, None) => 0,
    };
    println!("{ended} ended");
    Ok(())
}
