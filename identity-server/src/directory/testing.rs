//! People for the tests of a directory.

use super::{Directory, User};

/// The people of the demo.
pub(super) fn demo() -> Directory {
    crate::demo::people().unwrap()
}

/// One with three roles at two organisations.
pub(super) fn tom() -> User {
    demo().user("555000000102").unwrap().clone()
}
