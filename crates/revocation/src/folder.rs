use std::{
    fs, io,
    path::PathBuf,
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest as _, Sha256};
use wardkey_pki::Crl;

/// Copies of lists as files, named after the SHA-256 of their URL.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// `None`: there is no copy that can be read.
    pub(crate) fn read(&self, url: &str) -> Option<Vec<u8>> {
        let path = self.path(url);
        let bytes = fs::metadata(&path).ok()?.len();
        if bytes > u64::try_from(Crl::MAX_BYTES).ok()? {
            return None;
        }
        fs::read(path).ok()
    }

    /// Writes the whole copy or none of it: to another file first, which then takes its place.
    pub(crate) fn write(&self, url: &str, der: &[u8]) {
        static WRITES: AtomicU64 = AtomicU64::new(0);
        let write = WRITES.fetch_add(1, Ordering::Relaxed);
        let path = self.path(url);
        let draft = path.with_extension(format!("{}-{write}.draft", process::id()));
        if fs::write(&draft, der).and_then(|()| fs::rename(&draft, &path)).is_err() {
            // The copy is a convenience; a draft left behind would only be litter.
            let _ = fs::remove_file(&draft);
        }
    }

    pub(crate) fn remove(&self, url: &str) {
        // Nothing to remove is what was wanted.
        let _ = fs::remove_file(self.path(url));
    }

    fn path(&self, url: &str) -> PathBuf {
        let digest = Sha256::digest(url.as_bytes());
        let name = base16ct::lower::encode_string(&digest);
        self.0.join(name).with_extension("crl")
    }
}
