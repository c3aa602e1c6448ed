use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use wardkey_agent_link::Instance;

use super::Run;
use crate::{
    folder::Folder,
    people,
    ports::Ports,
    server::{New, Server},
    terminal::say,
};

impl Run {
    /// The server of the folder, which listens.
    ///
    /// It is made anew where it was made for something else, or where others have its ports: a
    /// simulation that was begun at the same moment (as test runners do), or any program since.
    pub(super) fn serving(
        &self,
        folder: &Folder,
        program: &Path,
        origins: &[String],
        instance: &Instance,
    ) -> Result<Server> {
        let mut tries = TRIES;
        loop {
            let mut server = self.server(folder, program, origins, instance)?;
            let Err(error) = server.start() else { return Ok(server) };
            tries -= 1;
            let said = error.to_string();
            let in_use = format!("(os error {})", Errno::ADDRINUSE.raw_os_error());
            let named = self.port.is_some_and(|port| said.contains(&format!(":{port}: ")));
            if tries == 0 || named || !said.contains(&in_use) {
                return Err(error);
            }
            fs::remove_file(note(folder))?;
        }
    }

    /// The server of the folder, made anew where that is needed.
    fn server(
        &self,
        folder: &Folder,
        program: &Path,
        origins: &[String],
        instance: &Instance,
    ) -> Result<Server> {
        let people = self.users.as_deref().map(|file| {
            let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
            people::for_server(&text).with_context(|| file.display().to_string())
        });
        let people = people.transpose()?;
        let sdk = self.sdk.as_deref().map(std::path::absolute).transpose()?;
        let made_for = format!("{:?}\n{sdk:?}\n{people:?}\n", self.port);
        let note = note(folder);
        if fs::read_to_string(&note).is_ok_and(|made| made == made_for) {
            return Server::of(program, &folder.server());
        }
        say("Making an Identity Server of its own, which takes a moment.");
        // The revocation lists are those of other authorities too.
        for old in [folder.server(), folder.cards(), instance.revocation_cache()] {
            if old.exists() {
                fs::remove_dir_all(&old).with_context(|| old.display().to_string())?;
            }
        }
        let origin = origins.first().context("no origin")?;
        let ports = Ports::choose(self.port)?;
        let new = New { origin, ports, sdk: sdk.as_deref(), people: people.as_deref() };
        Server::make(program, &folder.server(), &new)?;
        fs::write(note, made_for)?;
        Server::of(program, &folder.server())
    }
}

/// The file that says what the server of the folder was made for.
fn note(folder: &Folder) -> PathBuf {
    folder.path().join("made-for")
}

/// How often others may take the ports between their choice and the server's start.
const TRIES: u32 = 5;
