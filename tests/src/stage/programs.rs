use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};

/// Where the built programs and packed artefacts are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// `wardkey-host`.
    pub host: PathBuf,
    /// `wardkey-identity`.
    pub identity: PathBuf,
    /// `wardkey-card-simulator`.
    pub card_simulator: PathBuf,
    /// `wardkey-demo-app`.
    pub demo_app: PathBuf,
    /// The extension for Chromium, unpacked from its zip.
    pub extension: PathBuf,
    /// The extension for Firefox, as it is handed out.
    pub extension_firefox: PathBuf,
    /// The npm package, unpacked from its tarball.
    pub sdk: PathBuf,
}

/// A program that was built beside this one.
///
/// # Errors
///
/// Where it is missing; `cargo xtask test` builds them all.
pub fn built(name: &str) -> Result<PathBuf> {
    let this = env::current_exe()?;
    let deps = this.parent().context("no folder")?;
    let built = if deps.ends_with("deps") { deps.parent().context("no folder")? } else { deps };
    let program = built.join(name);
    ensure!(program.exists(), "{} is missing: run it by `cargo xtask`", program.display());
    Ok(program)
}

impl Programs {
    /// Finds them beside this test's own executable and in the repository.
    ///
    /// # Errors
    ///
    /// The first that is missing; `cargo xtask test road` builds them all.
    pub fn find() -> Result<Self> {
        let this = env::current_exe()?;
        let deps = this.parent().context("no folder")?;
        let built = if deps.ends_with("deps") { deps.parent().context("no folder")? } else { deps };
        let artefacts = built.join("artefacts");
        let programs = Self {
            host: built.join("wardkey-host"),
            identity: built.join("wardkey-identity"),
            card_simulator: built.join("wardkey-card-simulator"),
            demo_app: built.join("wardkey-demo-app"),
            extension: artefacts.join("extension"),
            extension_firefox: artefacts.join("wardkey-firefox.xpi"),
            sdk: artefacts.join("npm/package"),
        };
        for path in programs.all() {
            ensure!(path.exists(), "{} is missing: run it by `cargo xtask`", path.display());
        }
        Ok(programs)
    }

    /// The extension's id, as its folder states it.
    ///
    /// # Errors
    ///
    /// Where the file is missing.
    pub fn extension_id(&self) -> Result<String> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../extension/ID");
        Ok(std::fs::read_to_string(file)?.trim().to_owned())
    }

    fn all(&self) -> [&Path; 7] {
        [
            &self.host,
            &self.identity,
            &self.card_simulator,
            &self.demo_app,
            &self.extension,
            &self.extension_firefox,
            &self.sdk,
        ]
    }
}
