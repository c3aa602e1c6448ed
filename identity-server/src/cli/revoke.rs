use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::{Ambient, Clock as _, demo::Demo};

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// The demo folder.
    #[arg(long)]
    dir: PathBuf,
    /// The PEM file of the certificate.
    #[arg(long)]
    certificate: PathBuf,
}

impl Revoke {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        let pem = std::fs::read_to_string(&self.certificate)
            .with_context(|| self.certificate.display().to_string())?;
        Ok(Demo::new(self.dir).revoke(&pem, ambient.now())?)
    }
}
