use std::fmt;

use serde_path_to_error::Segment;

/// The way to a value, such as `server[2].url`. Entries of a list count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Entry(usize),
}

impl KeyPath {
    /// The way to a key at the top.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self::default().key(key)
    }

    /// On to a key of this table.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    /// On to an entry of this list, counted from 0.
    #[must_use]
    pub fn entry(&self, index: usize) -> Self {
        self.with(Step::Entry(index))
    }

    /// What holds it.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, before) = self.0.split_last()?;
        Some(Self(before.to_vec()))
    }

    /// Whether it is the way to the whole.
    #[must_use]
    pub fn is_top(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is that way or leads on from it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The same way once so many entries stand before those of this list.
    #[must_use]
    pub fn moved(mut self, list: &Self, by: usize) -> Self {
        if self.is_within(list)
            && let Some(Step::Entry(index)) = self.0.get_mut(list.0.len())
        {
            *index += by;
        }
        self
    }

    fn with(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

impl From<&serde_path_to_error::Path> for KeyPath {
    fn from(path: &serde_path_to_error::Path) -> Self {
        let steps = path.iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Step::Entry(*index)),
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        Self(steps.collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if number == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Entry(index) => write!(f, "[{}]", index + 1)?,
            }
        }
        Ok(())
    }
}
