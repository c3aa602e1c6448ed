//! `cargo xtask package`: what is handed out, with checksums.

use std::fs;

use anyhow::Result;

use crate::{
    artefacts,
    command::{self, built, cargo, command, repository},
    setup,
};

pub fn run() -> Result<()> {
    setup::check_node()?;
    setup::install()?;
    let folder = repository().join("target/package");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut build = cargo();
    build.args(["build", "--release"]);
    for package in ["wardkey-host", "wardkey-identity", "wardkey-sdk-build"] {
        build.args(["--package", package]);
    }
    command::run(&mut build)?;
    let release = built()?.with_file_name("release");
    for artefact in [artefacts::npm_package(&release)?, artefacts::extension()?] {
        let name = artefact.file_name().unwrap_or_default();
        fs::copy(&artefact, folder.join(name))?;
    }
    for program in ["wardkey-host", "wardkey-identity"] {
        let archive = folder.join(format!("{program}-{VERSION}-{TARGET}.tar.gz"));
        let mut tar = command("tar");
        // The same input gives the same archive.
        tar.args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"]);
        tar.arg("-czf").arg(&archive).arg("-C").arg(&release).arg(program);
        tar.arg("-C").arg(repository()).args(["LICENSE", "README.md", "SECURITY.md"]);
        command::run(&mut tar)?;
    }
    let sums = "cd target/package && sha256sum * > SHA256SUMS && cat SHA256SUMS";
    command::run(command("sh").args(["-c", sums]))
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const TARGET: &str = if cfg!(target_arch = "aarch64") { "linux-aarch64" } else { "linux-x86_64" };
