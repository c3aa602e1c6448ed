use wardkey_pki::{Crl, UnixTime};

use super::{CacheSettings, RevocationError};
use crate::folder::Folder;

/// What is known of one distribution point.
pub struct Slot {
    pub list: Option<Held>,
    pub failure: Option<(UnixTime, RevocationError)>,
    pub used: UnixTime,
}

impl Slot {
    /// The list, if it needs not be fetched again.
    pub fn current(&self, settings: &CacheSettings, now: UnixTime) -> Option<Crl> {
        let held = self.list.as_ref()?;
        let due = now.seconds_since(held.fetched) >= settings.max_age_seconds;
        (!due && held.list.is_current(now)).then(|| held.list.clone())
    }
}

/// A list that was fetched.
pub struct Held {
    pub list: Crl,
    pub fetched: UnixTime,
}

impl Held {
    /// When the copy was fetched is not known, so it counts as fetched when the list was made.
    pub fn from_folder(folder: &Folder, url: &str) -> Option<Self> {
        let list = Crl::from_der(&folder.read(url)?).ok()?;
        Some(Self { fetched: list.this_update(), list })
    }
}
