//! A demo folder for tests, made once: its keys take a second.

use std::{path::Path, sync::OnceLock};

use tempfile::TempDir;
use wardkey_protocol::Origin;

use super::{Demo, Init};
use crate::{Ambient, Timestamp};

/// When the folder was made.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_468_800_000);

/// One folder for all tests: its keys take seconds to make.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        Demo::new(folder.path()).init(&init(), NOW, &Ambient).unwrap();
        folder
    });
    made.path()
}

pub(crate) fn init() -> Init {
    Init {
        origin: Origin::parse("http://localhost:8300").unwrap(),
        https_port: 8443,
        crl_port: 8480,
        sdk: None,
    }
}

/// A copy, for tests that change it.
pub(crate) fn copy() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for folder in ["", "pki", "pki/crl"] {
        std::fs::create_dir_all(copy.path().join(folder)).unwrap();
        for entry in self::folder().join(folder).read_dir().unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let to = copy.path().join(folder).join(entry.file_name());
                std::fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    copy
}
