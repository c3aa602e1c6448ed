use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

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
        let pki = identity.folder().join("pki");
        Self::at(programs, (&identity.url(), &pki), port, anchors)
    }

    /// The same of a server by its address and the folder of its PKI.
    ///
    /// # Errors
    ///
    /// When it does not listen in time.
    pub fn at(
        programs: &Programs,
        (server, pki): (&str, &Path),
        port: u16,
        anchors: &[PathBuf],
    ) -> Result<Self> {
        let mut command = Command::new(&programs.demo_app);
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--origin", &format!("http://localhost:{port}")]);
        command.args(["--identity-server", server]);
        command.arg("--identity-authority").arg(pki.join("tls-ca.crt.pem"));
        command.arg("--assertion-certificate").arg(pki.join("assertion.crt.pem"));
        command.arg("--signing-anchor").arg(pki.join("root.crt.pem"));
        command.arg("--signing-authority").arg(pki.join("content-ca.crt.pem"));
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
