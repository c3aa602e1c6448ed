use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::Result;

use super::{Identity, Programs, process::Process};

/// The demo app's backend, which serves its pages and the npm package.
#[derive(Debug)]
pub struct DemoApp {
    port: u16,
    _process: Process,
}

impl DemoApp {
    /// Starts it as a relying party of an Identity Server.
    ///
    /// # Errors
    ///
    /// When it does not listen in time.
    pub fn start(programs: &Programs, identity: &Identity, port: u16) -> Result<Self> {
        Self::trusting_timestamps(programs, identity, port, &[])
    }

    /// The same, believing timestamps of these authorities (PEM).
    ///
    /// # Errors
    ///
    /// When it does not listen in time.
    pub fn trusting_timestamps(
        programs: &Programs,
        identity: &Identity,
        port: u16,
        anchors: &[PathBuf],
    ) -> Result<Self> {
        let mut command = Command::new(&programs.demo_app);
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--origin", &format!("http://localhost:{port}")]);
        command.args(["--identity-server", &identity.url()]);
        command.arg("--identity-authority").arg(identity.pki("tls-ca.crt.pem"));
        command.arg("--assertion-certificate").arg(identity.pki("assertion.crt.pem"));
        command.arg("--signing-anchor").arg(identity.pki("root.crt.pem"));
        command.arg("--signing-authority").arg(identity.pki("content-ca.crt.pem"));
        for anchor in anchors {
            command.arg("--timestamp-anchor").arg(anchor);
        }
        command.arg("--sdk").arg(&programs.sdk);
        let mut process = Process::start("demo app", &mut command)?;
        process.wait_for_line("ready", Duration::from_secs(10))?;
        Ok(Self { port, _process: process })
    }

    /// The base address, which is also its origin.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}
