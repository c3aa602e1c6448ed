//! Systems that nobody listens to yet.

use std::{convert::Infallible, io};

use crate::{Appearance, DesktopEvent};

/// Nothing is known.
#[must_use]
pub fn appearance() -> Appearance {
    Appearance::default()
}

/// There is none.
pub struct Desktop(Infallible);

impl Desktop {
    /// # Errors
    ///
    /// Always `Unsupported`.
    pub fn connect() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Tells of nothing.
    pub fn listen(self, _on_event: impl FnMut(DesktopEvent) + 'static) -> io::Error {
        match self.0 {}
    }
}
