//! Finds the languages: each is a file of `languages/`, and nothing else says which there are.

#[path = "build/languages.rs"]
mod languages;

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../languages").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build");
    let included = languages::included(&folder)?;
    Ok(fs::write(Path::new(&env::var("OUT_DIR")?).join("languages.rs"), included)?)
}
