//! The program's commands, each in a file of its name.

mod audit;
mod client;
mod crl;
mod directory;
mod init;
mod issue;
mod revoke;
mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::Ambient;

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
    /// Put a certificate on the revocation list of the demo authority that issued it.
    Revoke(revoke::Revoke),
    /// Run the server.
    Serve(Folder),
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
            Command::Audit(audit) => audit.run(),
            Command::Client(client) => client.run(),
            Command::Crl(folder) => crl::run(&folder.dir, ambient),
            Command::Directory(directory) => directory.run(ambient),
            Command::Init(init) => init.run(ambient),
            Command::Issue(issue) => issue.run(ambient),
            Command::Revoke(revoke) => revoke.run(ambient),
            Command::Serve(folder) => serve::run(&folder.dir, *ambient),
        }
    }
}
