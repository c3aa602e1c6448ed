use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

/// A small file system of its own over a folder, until it is dropped.
#[derive(Debug)]
pub struct Disk(PathBuf);

impl Disk {
    /// Mounts it; what was in the folder is out of sight. `None`: this machine, or this user,
    /// mounts none.
    ///
    /// # Errors
    ///
    /// Where the folder can't be made.
    pub fn over(folder: &Path, megabytes: usize) -> Result<Option<Self>> {
        fs::create_dir_all(folder)?;
        let mut mount = Command::new("mount");
        let size = format!("size={megabytes}m,mode=0700");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder);
        let mounted = mount.output().is_ok_and(|done| done.status.success());
        Ok(mounted.then(|| Self(folder.to_owned())))
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Writes to it until nothing fits any more.
    ///
    /// # Errors
    ///
    /// When it is larger than it should be.
    pub fn fill(&self) -> Result<()> {
        let much = fs::write(self.filler(), vec![0; 64 << 20]);
        much.err().context("the disk is larger than it should be").map(drop)
    }

    /// Makes room again.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn make_room(&self) -> Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What writes to it may not have gone yet.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
