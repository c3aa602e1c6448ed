use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use wardkey_protocol::Origin;

use crate::{Ambient, Clock as _, demo};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The new folder.
    #[arg(long)]
    dir: PathBuf,
    /// The web origin of the demo app, as in http://localhost:8300.
    #[arg(long)]
    origin: String,
    /// The port of the server.
    #[arg(long, default_value_t = 8443)]
    https_port: u16,
    /// The folder of the npm package's modules (its `dist`), for the sign-in page.
    #[arg(long)]
    sdk: Option<PathBuf>,
    /// The port of the revocation lists.
    #[arg(long, default_value_t = 8480)]
    crl_port: u16,
}

impl Init {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        let origin = Origin::parse(&self.origin).context("--origin")?;
        let init = demo::Init {
            origin,
            https_port: self.https_port,
            crl_port: self.crl_port,
            sdk: self.sdk.map(std::path::absolute).transpose()?,
        };
        Ok(demo::Demo::new(self.dir).init(&init, ambient.now(), ambient)?)
    }
}
