//! Files that are there whole or not at all.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};

/// A file that is written once, under another name beside it first.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    beside: PathBuf,
    file: File,
}

/// One output for each document: `out` itself, or in that folder.
///
/// # Errors
///
/// Where one can't be written, or would take the place of a document or of another one.
pub fn prepare(files: &[PathBuf], out: &Path, ending: &str) -> Result<Vec<Output>> {
    let folder = out.is_dir();
    ensure!(folder || files.len() == 1, "--out: several signatures need a folder that is there");
    let mut taken = HashSet::new();
    for file in files {
        taken.insert(fs::canonicalize(file).with_context(|| file.display().to_string())?);
    }
    let mut outputs = Vec::with_capacity(files.len());
    for file in files {
        let path = if folder { out.join(named_after(file, ending)) } else { out.to_owned() };
        let output = Output::new(&path).with_context(|| path.display().to_string())?;
        ensure!(taken.insert(output.whole()?), "{} is taken already", path.display());
        outputs.push(output);
    }
    Ok(outputs)
}

impl Output {
    fn new(path: &Path) -> Result<Self> {
        let name = path.file_name().context("no file name")?.to_string_lossy();
        let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
        let file = File::options().write(true).create_new(true).open(&beside)?;
        Ok(Self { path: path.to_owned(), beside, file })
    }

    /// Its path by the names that the folders really have.
    fn whole(&self) -> Result<PathBuf> {
        if let Ok(there) = fs::canonicalize(&self.path) {
            return Ok(there);
        }
        let folder = fs::canonicalize(&self.beside)?;
        Ok(folder.with_file_name(self.path.file_name().unwrap_or_default()))
    }

    /// Writes it; its path.
    pub fn write(mut self, octets: &[u8]) -> Result<PathBuf> {
        let path = self.path.clone();
        let put = (|| {
            self.file.write_all(octets)?;
            self.file.sync_all()?;
            fs::rename(&self.beside, &self.path)
        })();
        put.with_context(|| path.display().to_string())?;
        Ok(path)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // It has its own name already, or is not wanted.
        let _ = fs::remove_file(&self.beside);
    }
}

fn named_after(file: &Path, ending: &str) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    format!("{stem}-signed.{ending}")
}
