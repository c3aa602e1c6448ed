use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use tokio::sync::Mutex;
use tracing::warn;
use wardkey_pki::Crl;

/// A folder of revocation lists (`*.crl`, DER), which others may write to at any time. A file is
/// parsed again only when it has changed.
pub(crate) struct ListFolder {
    folder: PathBuf,
    parsed: Mutex<HashMap<PathBuf, (Stamp, Crl)>>,
}

/// What tells a changed file; its node too, since a new file may be moved into its place within
/// the clock's resolution.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    node: u64,
}

impl ListFolder {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, parsed: Mutex::default() }
    }

    /// The lists that can be read. One that can't is left out, with a warning: whoever needs it
    /// finds it missing and refuses.
    pub(crate) async fn read(&self) -> Vec<Crl> {
        let mut parsed = self.parsed.lock().await;
        let mut now = HashMap::new();
        for (path, stamp) in self.files().await {
            let list = match parsed.remove(&path) {
                Some((former, list)) if former == stamp => Some(list),
                _ => parse(&path, stamp).await,
            };
            if let Some(list) = list {
                now.insert(path, (stamp, list));
            }
        }
        *parsed = now;
        parsed.values().map(|(_, list)| list.clone()).collect()
    }

    async fn files(&self) -> Vec<(PathBuf, Stamp)> {
        let mut files = Vec::new();
        let mut entries = match tokio::fs::read_dir(&self.folder).await {
            Ok(entries) => entries,
            Err(error) => {
                warn!(folder = %self.folder.display(), %error, "no revocation lists");
                return files;
            }
        };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != "crl") {
                continue;
            }
            if let Ok(metadata) = entry.metadata().await {
                files.push((path, Stamp::of(&metadata)));
            }
        }
        files
    }
}

impl Stamp {
    fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let node = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let node = 0;
        Self { modified: metadata.modified().ok(), length: metadata.len(), node }
    }
}

async fn parse(path: &Path, stamp: Stamp) -> Option<Crl> {
    let read = async {
        if stamp.length > Crl::MAX_BYTES as u64 {
            return Err("too large".to_owned());
        }
        let der = tokio::fs::read(path).await.map_err(|error| error.to_string())?;
        Crl::from_der(&der).map_err(|error| error.to_string())
    };
    match read.await {
        Ok(list) => Some(list),
        Err(error) => {
            warn!(path = %path.display(), error, "a revocation list can't be used");
            None
        }
    }
}
