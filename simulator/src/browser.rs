//! `browser`: Chromium in a profile of its own, with everything in place.

use std::{
    env, fs,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sha2::{Digest as _, Sha256};
use wardkey_agent_link::Instance;
use wardkey_pki::Certificate;
use wardkey_protocol::Base64;

use crate::{agent, folder::Folder};

/// What to start.
#[derive(Debug, Args)]
pub struct Browser {
    /// The browser; without it the Chromium in PATH. Chrome and Edge load no extension so
    #[arg(long, value_name = "PROGRAM")]
    browser: Option<PathBuf>,
    /// The extension's folder; without it the one beside this program
    #[arg(long, value_name = "FOLDER")]
    extension: Option<PathBuf>,
    /// What to open, and whatever else Chromium takes, after `--`
    arguments: Vec<String>,
}

impl Browser {
    /// Becomes the browser.
    pub fn run(self, folder: &Folder) -> Result<()> {
        let host = agent::find().context("there is no wardkey-host beside this program")?;
        let extension = self.extension.or_else(|| agent::extension_beside(&host));
        let extension = extension.context("there is no extension beside it: name its folder")?;
        let extension = std::path::absolute(extension)?;
        ensure!(extension.join("manifest.json").exists(), "{} is none", extension.display());
        let browser = self.browser.or_else(chromium).context("there is no chromium in PATH")?;
        let profile = folder.path().join("browser");
        fs::create_dir_all(&profile)?;
        let mut install = Command::new(&host);
        install.args(["install", "--browser", "chromium", "--manifest-dir"]);
        install.arg(profile.join("NativeMessagingHosts")).stdout(Stdio::null());
        ensure!(install.status()?.success(), "the host can't be installed");

        let mut command = Command::new(browser);
        command.arg(format!("--user-data-dir={}", profile.display()));
        command.arg(format!("--load-extension={}", extension.display()));
        command.args(["--no-first-run", "--no-default-browser-check"]);
        command.arg(format!("--ignore-certificate-errors-spki-list={}", server_pin(folder)?));
        if rustix::process::getuid().is_root() {
            // Chromium's sandbox refuses to run as root.
            command.arg("--no-sandbox");
        }
        if folder.instance().policy().exists() {
            command.env(Instance::VARIABLE, folder.instance_folder());
        }
        Err(command.args(self.arguments).exec()).context("the browser can't be started")
    }
}

/// What the browser has to know of the server's TLS certificate: the SHA-256 of its key.
fn server_pin(folder: &Folder) -> Result<String> {
    let file = folder.server().join("pki/tls.crt.pem");
    let pem = fs::read_to_string(&file)
        .with_context(|| format!("{}; start a simulation first", file.display()))?;
    let certificate = Certificate::from_pem(&pem)?;
    Ok(Base64(Sha256::digest(certificate.spki()).to_vec()).encode())
}

fn chromium() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let named = |name: &str| {
        let mut files = env::split_paths(&path).map(|folder| folder.join(name));
        files.find(|file| file.is_file())
    };
    ["chromium", "chromium-browser"].into_iter().find_map(named)
}
