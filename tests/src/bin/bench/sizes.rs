use std::{collections::BTreeSet, path::Path, process::Command};

use anyhow::Result;
use wardkey_tests::{figure::Figure, stage::Programs};

/// What a page loads, compressed: to sign in and to sign; and besides, only where it verifies.
pub fn npm(area: &'static str) -> Result<Vec<Figure>> {
    let dist = Programs::find()?.sdk.join("dist");
    let of = |name: &str, files: &BTreeSet<String>| -> Result<Figure> {
        let sizes = files.iter().map(|file| compressed(&dist.join(file)));
        let sum = sizes.sum::<Result<f64>>()?;
        Ok(Figure::new(area, name, "KB", sum / 1000.0))
    };
    let page = loaded(&dist, "index.js")?;
    let verifier: BTreeSet<_> = loaded(&dist, "verify.js")?.difference(&page).cloned().collect();
    let lazy = BTreeSet::from(["verify_octets.js".to_owned()]);
    Ok(vec![
        of("npm: loader and core, gzipped", &page)?.at_most(60.0),
        of("npm: verifier's loader, gzipped", &verifier)?,
        of("npm: verifier (lazy), gzipped", &lazy)?,
    ])
}

/// A module with all that it imports before it runs.
fn loaded(dist: &Path, entry: &str) -> Result<BTreeSet<String>> {
    let (mut found, mut ahead) = (BTreeSet::new(), vec![entry.to_owned()]);
    while let Some(file) = ahead.pop() {
        let source = std::fs::read_to_string(dist.join(&file))?;
        let imports = source.split("from \"./").skip(1).filter_map(|rest| rest.split('"').next());
        ahead.extend(imports.map(str::to_owned).filter(|import| !found.contains(import)));
        found.insert(file);
    }
    Ok(found)
}

/// What a workstation loads.
pub fn extension(area: &'static str) -> Result<Vec<Figure>> {
    let extension = Programs::find()?.extension;
    let of = |name: &str, file: &Path| -> Result<Figure> {
        Ok(Figure::new(area, name, "KB", compressed(file)? / 1000.0))
    };
    Ok(vec![
        of("extension: content script, gzipped", &extension.join("src/content.js"))?,
        Figure::new(
            area,
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
