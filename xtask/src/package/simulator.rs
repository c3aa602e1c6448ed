//! Everything that a developer of web apps lacks, in one folder: the simulator, the programs that it
//! starts or that browsers start for it, and the extension. It is for no workstation.

use std::{fs, path::Path};

use anyhow::Result;

use super::{licences, tarball, tree::Tree};
use crate::artefacts;

pub fn make(programs: &Path, out: &Path) -> Result<()> {
    artefacts::extension()?;
    let tree = Tree::new(out.join(".simulator"))?;
    for program in PROGRAMS {
        tree.program(&programs.join(program), &format!("{FOLDER}/{program}"))?;
        let licences = licences::of(program)?;
        tree.file(&format!("{FOLDER}/third-party-licences/{program}.txt"), licences)?;
    }
    // Who packages what was built elsewhere may not have what makes it.
    if programs.join("wardkey-sdk-build").exists() {
        let package = fs::read(artefacts::npm_package(programs)?)?;
        tree.file(&format!("{FOLDER}/wardkey.tgz"), package)?;
    }
    tree.copy_all("extension/dist/chromium", &format!("{FOLDER}/extension"))?;
    tree.copy("docs/simulator.md", &format!("{FOLDER}/README.md"))?;
    tree.copy("LICENSE", &format!("{FOLDER}/LICENSE"))?;
    tarball::pack(&tree, FOLDER, tarball::TARGET, out)
}

/// What is in it; the first is the one that developers start.
pub const PROGRAMS: [&str; 3] = ["wardkey-simulator", "wardkey-host", "wardkey-identity"];
const FOLDER: &str = "wardkey-simulator";
