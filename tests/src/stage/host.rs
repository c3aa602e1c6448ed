use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use rustix::process::{Pid, Signal};
use wardkey_agent_link::Instance;

use super::Identity;

/// The host's instance: its policy, and the agent that a relay will start in it.
#[derive(Debug)]
pub struct Host {
    folder: PathBuf,
    instance: Instance,
}

impl Host {
    /// Makes a fresh instance whose policy admits one origin for everything.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn set_up(folder: &Path, identity: &Identity, origin: &str) -> Result<Self> {
        Self::with_policy(folder, &policy(identity, origin))
    }

    /// Makes a fresh instance with a policy of one's own.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn with_policy(folder: &Path, policy: &str) -> Result<Self> {
        let _ = fs::remove_dir_all(folder);
        let instance = Instance::at(folder.to_owned());
        instance.prepare()?;
        let host = Self { folder: folder.to_owned(), instance };
        host.write_policy(policy)?;
        Ok(host)
    }

    /// The instance that is in a folder.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), instance: Instance::at(folder.to_owned()) }
    }

    /// Writes another policy; it counts from the agent's next start.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn write_policy(&self, policy: &str) -> Result<()> {
        Ok(fs::write(self.instance.policy(), policy)?)
    }

    /// The instance's folder, for `WARDKEY_INSTANCE`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The agent's process id, while one runs.
    #[must_use]
    pub fn agent(&self) -> Option<Pid> {
        let pid = fs::read_to_string(self.instance.lock()).ok()?.trim().parse().ok()?;
        let pid = Pid::from_raw(pid)?;
        rustix::process::test_kill_process(pid).is_ok().then_some(pid)
    }

    /// Kills the agent, as a crash would.
    pub fn kill_agent(&self) {
        if let Some(pid) = self.agent() {
            // It may have ended in between.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill_agent();
    }
}

/// A policy that admits one origin for everything.
#[must_use]
pub fn policy(identity: &Identity, origin: &str) -> String {
    format!(
        r#"
development = true

[[server]]
url = "{url}"
name = "Wardkey demo identity server"
authority = "{authority}"
signing_anchors = ["{root}"]
signing_authorities = ["{content}"]
signing_policy = "1.2.826.0.1275.102.0.3.2.0"

[[origin]]
origin = "{origin}"
capabilities = ["authenticate", "sign", "sign_content_not_shown", "sign_in", "signing_certificate", "ticket", "user_details"]
"#,
        url = identity.url(),
        authority = identity.pki("tls-ca.crt.pem").display(),
        root = identity.pki("root.crt.pem").display(),
        content = identity.pki("content-ca.crt.pem").display(),
    )
}
