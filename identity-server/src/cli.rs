//! The program's commands, each in a file of its name.

mod audit;
mod authority;
mod certificate;
mod client;
mod crl;
mod directory;
mod init;
mod issue;
mod relying_party;
mod revoke;
mod serve;
mod session;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::{Ambient, Config, Identity, server, store::Store};

/// The Identity Server: card login, sessions, tickets, role assertions.
#[derive(Debug, Parser)]
#[command(name = "wardkey-identity", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the audit log.
    Audit(audit::Audit),
    /// Say whose certificates people may log in with.
    Authority(authority::Authority),
    /// Register login certificates of people.
    Certificate(certificate::Certificate),
    /// Register OpenID Connect clients.
    Client(client::Client),
    /// Make the demo's revocation lists anew, valid for 24 hours.
    Crl(Folder),
    /// Move people, roles and organisations in and out, as LDIF or CSV.
    Directory(directory::Directory),
    /// Make a demo folder: configuration, people, certification authorities, server keys.
    Init(init::Init),
    /// Certify a person's key with a demo authority, and register it where it is for login.
    Issue(issue::Issue),
    /// Register apps for tickets.
    RelyingParty(relying_party::RelyingParty),
    /// Put a certificate on the revocation list of the demo authority that issued it.
    Revoke(revoke::Revoke),
    /// Run the server.
    Serve(serve::Serve),
    /// List and end sessions.
    Session(session::Session),
}

#[derive(Debug, Args)]
struct Folder {
    /// The folder that holds identity.toml.
    #[arg(long)]
    dir: PathBuf,
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        match self.command {
            Command::Audit(audit) => audit.run(ambient),
            Command::Authority(authority) => authority.run(ambient),
            Command::Certificate(certificate) => certificate.run(ambient),
            Command::Client(client) => client.run(ambient),
            Command::Crl(folder) => crl::run(&folder.dir, ambient),
            Command::Directory(directory) => directory.run(ambient),
            Command::Init(init) => init.run(ambient),
            Command::Issue(issue) => issue.run(ambient),
            Command::RelyingParty(relying_party) => relying_party.run(ambient),
            Command::Revoke(revoke) => revoke.run(ambient),
            Command::Serve(serve) => serve.run(*ambient),
            Command::Session(session) => session.run(ambient),
        }
    }
}

/// The database of this folder.
async fn open(folder: &Path) -> anyhow::Result<Store> {
    let config = Config::read(folder)?;
    Ok(Store::open(&config.database(folder), &config.node).await?)
}

/// The rules of this folder over its database, beside a server that may run.
async fn identity(folder: &Path, ambient: &Ambient) -> anyhow::Result<Identity> {
    let config = Config::read(folder)?;
    let store = Store::open(&config.database(folder), &config.node).await?;
    Ok(server::identity(&config, folder, store, Arc::new(*ambient), Arc::new(*ambient)).await?)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests;
