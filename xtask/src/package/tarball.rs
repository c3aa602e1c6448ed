//! A folder with a program, to be unpacked by whoever uses it; a later one is unpacked over it.

use std::path::Path;

use anyhow::Result;

use super::{VERSION, epoch, licences, tree::Tree};
use crate::command::{self, command};

pub fn make(programs: &Path, out: &Path) -> Result<()> {
    for program in ["wardkey-host", "wardkey-identity"] {
        // Who packages what was built elsewhere may have the agent alone.
        if programs.join(program).exists() {
            archive(program, programs, out)?;
        }
    }
    Ok(())
}

fn archive(program: &str, programs: &Path, out: &Path) -> Result<()> {
    let tree = Tree::new(out.join(".tarball"))?;
    tree.program(&programs.join(program), &format!("{program}/{program}"))?;
    for file in ["LICENSE", "README.md", "SECURITY.md", "CHANGELOG.md"] {
        tree.copy(file, &format!("{program}/{file}"))?;
    }
    tree.file(&format!("{program}/third-party-licences.txt"), licences::of(program)?)?;
    if program == "wardkey-host" {
        tree.copy("docs/policy.md", "wardkey-host/docs/policy.md")?;
        tree.copy("docs/deploying.md", "wardkey-host/docs/deploying.md")?;
        if programs.join(TICKET_API).exists() {
            tree.program(&programs.join(TICKET_API), &format!("wardkey-host/{TICKET_API}"))?;
            let header = "wardkey_ticket_api.h";
            tree.copy(&format!("ticket-api/include/{header}"), &format!("wardkey-host/{header}"))?;
            tree.copy("docs/ticket-api.md", "wardkey-host/docs/ticket-api.md")?;
        }
        tree.copy_all("packaging/policy", "wardkey-host/policy")?;
    } else {
        tree.copy("identity-server/README.md", "wardkey-identity/identity-server.md")?;
    }
    pack(&tree, program, TARGET, out)
}

/// Packs a folder of a tree into the archive of its name, for those who have this system.
pub fn pack(tree: &Tree, folder: &str, system: &str, out: &Path) -> Result<()> {
    let archive = out.join(format!("{folder}-{VERSION}-{system}.tar.gz"));
    let mut tar = command("tar");
    tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner"]);
    tar.arg(format!("--mtime=@{}", epoch())).arg("-czf").arg(&archive);
    command::run(tar.arg("-C").arg(tree.path()).arg(folder))
}

const TICKET_API: &str = "libwardkey_ticket_api.so";
/// What was built runs on this system.
pub const TARGET: &str =
    if cfg!(target_arch = "aarch64") { "linux-aarch64" } else { "linux-x86_64" };
