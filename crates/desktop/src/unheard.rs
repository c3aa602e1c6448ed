//! Systems that nobody listens to yet.

use std::{convert::Infallible, io};

use crate::DesktopEvent;

/// There is none.
pub struct Desktop(Infallible);

impl Desktop {
    /// # Errors
    ///
    /// Always.
    pub fn connect() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// # Errors
    ///
    /// Never.
    pub fn wait(&mut self) -> io::Result<DesktopEvent> {
        match self.0 {}
    }
}
