use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};

use crate::command::{command, repository};

/// A folder that is filled with what a package holds, then goes.
pub struct Tree {
    folder: PathBuf,
}

impl Tree {
    /// An empty one.
    pub fn new(folder: PathBuf) -> Result<Self> {
        let _ = fs::remove_dir_all(&folder);
        let tree = Self { folder };
        tree.folder_at("")?;
        Ok(tree)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Makes a folder that all may enter, and those above it.
    pub fn folder_at(&self, path: &str) -> Result<()> {
        let folder = self.folder.join(path);
        fs::create_dir_all(&folder)?;
        for above in folder.ancestors().take_while(|above| above.starts_with(&self.folder)) {
            fs::set_permissions(above, fs::Permissions::from_mode(PROGRAM))?;
        }
        Ok(())
    }

    /// Writes a file that all may read.
    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> Result<()> {
        self.write(path, content.as_ref(), FILE)
    }

    /// Writes a file of the repository.
    pub fn copy(&self, from: &str, path: &str) -> Result<()> {
        let content = fs::read(repository().join(from)).with_context(|| from.to_owned())?;
        self.file(path, content)
    }

    /// Writes the files of a folder of the repository, and of those below it.
    pub fn copy_all(&self, from: &str, path: &str) -> Result<()> {
        for entry in fs::read_dir(repository().join(from)).with_context(|| from.to_owned())? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().context("a name that is no text")?;
            let (from, path) = (format!("{from}/{name}"), format!("{path}/{name}"));
            if entry.file_type()?.is_dir() {
                self.copy_all(&from, &path)?
            } else {
                self.copy(&from, &path)?
            }
        }
        Ok(())
    }

    /// Writes a built program.
    pub fn program(&self, built: &Path, path: &str) -> Result<()> {
        let content = fs::read(built).with_context(|| built.display().to_string())?;
        self.write(path, &content, PROGRAM)
    }

    /// Writes a file as gzip has it, without a name or a time.
    pub fn compressed(&self, path: &str, content: impl AsRef<[u8]>) -> Result<()> {
        self.file(path, content)?;
        let mut gzip = command("gzip");
        let status = gzip.args(["-9n"]).arg(self.folder.join(path)).status().context("gzip")?;
        ensure!(status.success(), "gzip: {status}");
        Ok(())
    }

    /// Makes a link.
    pub fn link(&self, to: &str, path: &str) -> Result<()> {
        let link = self.folder.join(path);
        let folder = link.parent().context("no folder")?;
        self.folder_at(&folder.strip_prefix(&self.folder)?.to_string_lossy())?;
        Ok(symlink(to, link)?)
    }

    /// The files below a folder of it, by their path from there, sorted.
    pub fn files(&self, below: &str) -> Result<Vec<String>> {
        let mut find = command("find");
        find.current_dir(self.folder.join(below)).args([".", "-type", "f", "-printf", "%P\\n"]);
        let output = find.stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "find: {}", output.status);
        let mut files: Vec<_> =
            String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
        files.sort();
        Ok(files)
    }

    fn write(&self, path: &str, content: &[u8], mode: u32) -> Result<()> {
        let file = self.folder.join(path);
        let folder = Path::new(path).parent().context("no folder")?;
        self.folder_at(&folder.to_string_lossy())?;
        fs::write(&file, content).with_context(|| file.display().to_string())?;
        Ok(fs::set_permissions(&file, fs::Permissions::from_mode(mode))?)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // What is left is in the way of nothing.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const FILE: u32 = 0o644;
const PROGRAM: u32 = 0o755;
