//! Protocol versions, agreed on each hop by `hello`.

wire_struct! {
    /// The protocol versions that one side speaks, both ends included.
    #[derive(Copy, Eq)]
    pub struct VersionRange {
        /// The oldest version.
        pub min: u16,
        /// The newest version.
        pub max: u16,
    }
}

impl VersionRange {
    /// What this build speaks.
    pub const OURS: Self = Self { min: 1, max: 2 };

    /// The newest version that both sides speak; `None` when there is none.
    #[must_use]
    pub fn agree(self, other: Self) -> Option<u16> {
        let version = self.max.min(other.max);
        (version >= self.min && version >= other.min).then_some(version)
    }
}

/// The version that chunks came with. A request says the lowest version that has what it uses, so
/// that an older agent still takes the others.
pub const CHUNKS: u16 = 2;

/// The version of this build, as `hello` and `status` state it.
pub const BUILD: &str = env!("CARGO_PKG_VERSION");
