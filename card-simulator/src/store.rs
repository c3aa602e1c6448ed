//! The folder in which one card keeps its state.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use trussed::virt::{StorageConfig, StoreConfig};

use crate::folder::{self, Hold};
use crate::public_key::Slot;

/// One card's folder, locked as long as this value lives: two programs that run the same card
/// would destroy its file system.
pub struct Store {
    folder: PathBuf,
    _hold: Hold,
}

impl Store {
    /// Makes a folder (or takes an empty one) for a fresh card.
    ///
    /// # Errors
    /// When the folder holds a card already, or cannot be written.
    pub fn create(folder: &Path) -> Result<Self> {
        folder::create(folder)?;
        let store = Self::hold(folder)?;
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
        Self::hold(folder)
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

    fn hold(folder: &Path) -> Result<Self> {
        Ok(Self { folder: folder.to_owned(), _hold: folder::hold(folder)? })
    }
}

const INTERNAL: &str = "internal.flash";
const EXTERNAL: &str = "external.flash";
/// The size that the emulated flash of `trussed::virt` has.
const FLASH_BYTES: u64 = 512 * 128;
