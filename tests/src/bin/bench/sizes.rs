use std::{path::Path, process::Command};

use anyhow::Result;
use wardkey_tests::{figure::Figure, stage::Programs};

/// What a page and a workstation load, compressed.
pub fn measure() -> Result<Vec<Figure>> {
    let programs = Programs::find()?;
    let (dist, extension) = (programs.sdk.join("dist"), &programs.extension);
    let of = |name: &str, file: &Path| -> Result<Figure> {
        Ok(Figure::new("road", name, "KB", compressed(file)? / 1000.0))
    };
    Ok(vec![
        of("npm: core wasm, gzipped", &dist.join("core.wasm"))?,
        of("npm: verify wasm (lazy), gzipped", &dist.join("verify.wasm"))?,
        of("npm: entry module, gzipped", &dist.join("index.js"))?,
        of("extension: content script, gzipped", &extension.join("src/content.js"))?,
        Figure::new(
            "road",
            "extension: content script, raw",
            "KB",
            raw(&extension.join("src/content.js"))?,
        )
        .at_most(5.0),
    ])
}

fn raw(file: &Path) -> Result<f64> {
    Ok(std::fs::metadata(file)?.len() as f64 / 1000.0)
}

fn compressed(file: &Path) -> Result<f64> {
    let output = Command::new("gzip").args(["-9", "-c"]).arg(file).output()?;
    anyhow::ensure!(output.status.success(), "gzip: {}", file.display());
    Ok(output.stdout.len() as f64)
}
