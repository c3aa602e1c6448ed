//! The folder in which one card keeps its state.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};
use trussed::virt::{StorageConfig, StoreConfig};

use crate::public_key::Slot;

/// One card's folder, locked as long as this value lives: two programs that run the same card
/// would destroy its file system.
pub struct Store {
    folder: PathBuf,
    _lock: File,
}

impl Store {
    /// Makes a folder (or takes an empty one) for a fresh card.
    ///
    /// # Errors
    /// When the folder holds a card already, or cannot be written.
    pub fn create(folder: &Path) -> Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let store = Self::lock(folder)?;
        if store.flash().exists() {
            bail!("{} holds a card already", folder.display());
        }
        Ok(store)
    }

    /// Opens the folder of a card made before.
    ///
    /// # Errors
    /// When there is no card in it, or another program runs it.
    pub fn open(folder: &Path) -> Result<Self> {
        if !folder.join(INTERNAL).exists() || !folder.join(EXTERNAL).exists() {
            bail!("{} holds no card: `provision` makes one", folder.display());
        }
        Self::lock(folder)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the public key of a slot lies, as SubjectPublicKeyInfo in PEM.
    pub fn public_key_path(&self, slot: Slot) -> PathBuf {
        self.folder.join(format!("{slot}.pub.pem"))
    }

    /// The card's file systems: two in files, one in memory that a power cycle clears.
    ///
    /// # Errors
    /// When a file has not the size of an emulated flash.
    pub(crate) fn file_systems(&self) -> Result<StoreConfig<'static>> {
        for name in [INTERNAL, EXTERNAL] {
            let path = self.folder.join(name);
            if let Ok(metadata) = fs::metadata(&path)
                && metadata.len() != FLASH_BYTES
            {
                bail!("{} is damaged: it has not {FLASH_BYTES} bytes", path.display());
            }
        }
        Ok(StoreConfig {
            internal: StorageConfig::filesystem(self.flash()),
            external: StorageConfig::filesystem(self.folder.join(EXTERNAL)),
            volatile: StorageConfig::ram(),
        })
    }

    fn flash(&self) -> PathBuf {
        self.folder.join(INTERNAL)
    }

    fn lock(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .with_context(|| format!("the card in {} is in use", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }
}

const INTERNAL: &str = "internal.flash";
const EXTERNAL: &str = "external.flash";
const LOCK: &str = "lock";
/// The size that the emulated flash of `trussed::virt` has.
const FLASH_BYTES: u64 = 512 * 128;
