use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::super::Directory;
use crate::Timestamp;

/// What was said of people not long ago.
pub(super) struct Cache {
    max_age: Duration,
    known: BTreeMap<String, (Timestamp, Arc<Directory>)>,
}

impl Cache {
    pub(super) fn new(max_age: Duration) -> Self {
        Self { max_age, known: BTreeMap::new() }
    }

    /// What was said of a person, if that is not too old.
    pub(super) fn get(&self, uid: &str, now: Timestamp) -> Option<Arc<Directory>> {
        let (asked, known) = self.known.get(uid)?;
        self.is_current(*asked, now).then(|| Arc::clone(known))
    }

    /// Keeps what was said of a person who was asked for then.
    pub(super) fn put(&mut self, uid: &str, asked: Timestamp, said: Arc<Directory>) {
        if self.max_age.is_zero() {
            return;
        }
        if self.known.len() >= MAX_PEOPLE {
            let max_age = self.max_age;
            self.known.retain(|_, (other, _)| asked.since(*other) < max_age);
        }
        if self.known.len() < MAX_PEOPLE {
            self.known.insert(uid.to_owned(), (asked, said));
        }
    }

    /// A clock that went back makes nothing younger.
    fn is_current(&self, asked: Timestamp, now: Timestamp) -> bool {
        asked <= now && now.since(asked) < self.max_age
    }
}

const MAX_PEOPLE: usize = 10_000;
