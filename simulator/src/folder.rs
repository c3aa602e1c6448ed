use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use wardkey_agent_link::Instance;

/// The folder of one simulation: server, cards, sockets, and the instance of its agent.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The one that was named, else `wardkey-simulator` in the user's data folder.
    pub fn chosen(
        named: Option<PathBuf>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let of_user = || {
            let data = set("XDG_DATA_HOME");
            let data = data.or_else(|| set("HOME").map(|home| home.join(".local/share")));
            data.map(|data| data.join("wardkey-simulator"))
        };
        let folder = named.or_else(of_user).context("no home folder: name one by --folder")?;
        let folder = Self(std::path::absolute(folder)?);
        let longest = folder.instance().socket().as_os_str().len();
        ensure!(longest <= MAX_SOCKET, "{} is too long a path for sockets", folder.0.display());
        Ok(folder)
    }

    /// Makes it, closed to others.
    pub fn prepare(&self) -> Result<()> {
        Ok(Instance::at(self.0.clone()).prepare()?)
    }

    /// The Identity Server's.
    pub fn server(&self) -> PathBuf {
        self.0.join("server")
    }

    /// The cards', one for each person.
    pub fn cards(&self) -> PathBuf {
        self.0.join("cards")
    }

    /// The agent's instance, where it is not the user's own.
    pub fn instance(&self) -> Instance {
        Instance::at(self.instance_folder())
    }

    /// The folder of that instance, for `WARDKEY_INSTANCE`.
    pub fn instance_folder(&self) -> PathBuf {
        self.0.join("agent")
    }

    /// Where the agent reaches what is simulated.
    pub fn socket(&self) -> PathBuf {
        self.0.join("cards.sock")
    }

    /// Where commands come from other terminals.
    pub fn control(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    /// Held by the simulation that runs in it.
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// What `sun_path` holds, without the NUL (unix(7)).
const MAX_SOCKET: usize = 107;

#[cfg(test)]
mod tests;
