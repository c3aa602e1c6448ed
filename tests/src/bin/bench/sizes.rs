use std::{path::Path, process::Command};

use anyhow::Result;
use wardkey_tests::{figure::Figure, stage::Programs};

/// What a page loads, compressed: to sign in and to sign; and besides, only where it verifies.
pub fn wasm() -> Result<Vec<Figure>> {
    let dist = Programs::find()?.sdk.join("dist");
    let of = |name: &str, file: &str| -> Result<Figure> {
        Ok(Figure::new("signing", name, "KB", compressed(&dist.join(file))? / 1000.0))
    };
    Ok(vec![
        of("npm: core wasm, gzipped", "core.wasm")?,
        of("npm: verify wasm (lazy), gzipped", "verify.wasm")?,
        of("npm: entry module, gzipped", "index.js")?,
    ])
}

/// What a workstation loads.
pub fn extension() -> Result<Vec<Figure>> {
    let extension = Programs::find()?.extension;
    let of = |name: &str, file: &Path| -> Result<Figure> {
        Ok(Figure::new("road", name, "KB", compressed(file)? / 1000.0))
    };
    Ok(vec![
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
