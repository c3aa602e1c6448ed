use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use toml::{Table, Value};

use super::process::{Process, free_port, run};

/// An Identity Server's folder, of which nodes are made.
#[derive(Debug)]
pub struct Site {
    program: PathBuf,
    folder: PathBuf,
    /// The server's base address, which is its identity; a node's own address may be another.
    pub url: String,
}

/// One node of an Identity Server: a process that can be killed and started again.
#[derive(Debug)]
pub struct Node {
    program: PathBuf,
    folder: PathBuf,
    /// Where this node listens.
    pub url: String,
    process: Option<Process>,
}

impl Site {
    /// Makes the folder: authorities, people, configuration.
    ///
    /// # Errors
    ///
    /// What `wardkey-identity init` says.
    pub fn init(program: &Path, folder: &Path, origin: &str) -> Result<Self> {
        let port = free_port()?;
        let mut init = Command::new(program);
        init.arg("init").arg("--dir").arg(folder).args(["--origin", origin]);
        init.args(["--https-port", &port.to_string()]);
        init.args(["--crl-port", &free_port()?.to_string()]);
        run(&mut init).context("init")?;
        let url = format!("https://localhost:{port}");
        Ok(Self { program: program.to_owned(), folder: folder.to_owned(), url })
    }

    /// The PEM file that clients pin.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.join("pki/tls-ca.crt.pem")
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A node with a folder of its own, started; `change` sees its configuration first.
    ///
    /// # Errors
    ///
    /// When it does not listen in time.
    pub fn node(
        &self,
        name: &str,
        database: &str,
        change: impl FnOnce(&mut Table),
    ) -> Result<Node> {
        let folder = self.folder.with_file_name(format!("node-{name}"));
        copy(&self.folder, &folder)?;
        let file = folder.join("identity.toml");
        let mut config: Table = fs::read_to_string(&file)?.parse()?;
        let (port, crl_port) = (free_port()?, free_port()?);
        for (key, value) in [
            ("node", name.to_owned()),
            ("database", database.to_owned()),
            ("listen", format!("127.0.0.1:{port}")),
            ("crl_listen", format!("127.0.0.1:{crl_port}")),
        ] {
            config.insert(key.to_owned(), Value::String(value));
        }
        change(&mut config);
        fs::write(&file, config.to_string())?;
        let scheme = if config.contains_key("tls") { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{port}");
        let mut node = Node { program: self.program.clone(), folder, url, process: None };
        node.start()?;
        Ok(node)
    }
}

impl Node {
    /// Starts it, as first or after [`Node::kill`].
    ///
    /// # Errors
    ///
    /// When it does not listen in time.
    pub fn start(&mut self) -> Result<()> {
        // A killed process keeps its port until it is gone.
        self.process = None;
        let mut serve = Command::new(&self.program);
        serve.arg("serve").arg("--dir").arg(&self.folder).env("RUST_LOG", "error");
        let mut process = Process::start("identity server", &mut serve)?;
        process.wait_for_line("ready", STARTS)?;
        self.process = Some(process);
        Ok(())
    }

    /// Kills it, as a power failure would, in the middle of whatever it does.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn kill(&self) -> Result<()> {
        self.process.as_ref().context("it does not run")?.signal(Signal::KILL)
    }

    /// Asks it to stop, as a service manager does.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn ask_to_stop(&self) -> Result<()> {
        self.process.as_ref().context("it does not run")?.signal(Signal::TERM)
    }

    /// The process alone, which runs until it is dropped.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn into_process(self) -> Result<Process> {
        self.process.context("it does not run")
    }

    /// Its process id.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn id(&self) -> Result<u32> {
        Ok(self.process.as_ref().context("it does not run")?.id())
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs the server's program on this node's folder, with these arguments before it.
    ///
    /// # Errors
    ///
    /// When it fails, with what it said.
    pub fn command(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        run(command.args(arguments).arg("--dir").arg(&self.folder))
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

const STARTS: Duration = Duration::from_secs(20);
