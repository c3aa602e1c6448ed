//! The demo certification authorities, in the shape of the NHS's, and a folder that `serve` runs
//! from. Not for production: the authorities' keys lie in files beside the server.

mod authority;
mod configuration;
mod folder;
mod people;
mod shape;

pub use authority::{Authority, IssueError};
pub use folder::{Demo, DemoError, Init, PersonOrder};
#[cfg(test)]
pub(crate) use people::people;
pub use shape::{CONTENT_POLICY, LOGIN_POLICY, PersonPurpose};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
