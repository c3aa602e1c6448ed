//! The documentation as a site, with the references, to be put on any web server.

use std::path::Path;

use anyhow::Result;

use super::{tarball, tree::Tree};
use crate::{
    artefacts,
    command::{self, command},
    setup,
};

pub fn make(programs: &Path, out: &Path) -> Result<()> {
    // The reference of the npm package is of its sources, which need what was made of the core.
    if artefacts::last_npm_package().is_err() {
        artefacts::npm_package(programs)?;
    }
    setup::typedoc()?;
    let tree = Tree::new(out.join(".site"))?;
    let mut build = command("node");
    build.arg("docs/site/build.mjs").arg(tree.path().join(FOLDER));
    command::run(&mut build)?;
    tarball::pack(&tree, FOLDER, "any", out)
}

const FOLDER: &str = "wardkey-site";
