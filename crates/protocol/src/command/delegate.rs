//! `delegate`: the top document lets documents of other origins in its frames call. Each of them has
//! to be admitted itself, and to be in the top document's own tab; it holds as long as the top
//! document's port, and until the next `delegate`.

use crate::{Fault, Origin, command::invalid};

wire_struct! {
    /// Whom it lets call.
    #[cfg_attr(feature = "bindings", ts(rename = "DelegateArgs"), schemars(rename = "DelegateArgs"))]
    #[derive(Eq)]
    pub struct Args {
        /// The origins of the documents in its frames, as browsers write them; at most 20. Those of
        /// before do not count any more.
        pub origins: Vec<String>,
    }

    /// They may.
    #[derive(Copy, Default, Eq)]
    pub struct Delegated {}
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.origins.len() > MAX_ORIGINS {
            return Err(invalid("origins: at most 20"));
        }
        if self.origins.iter().any(|origin| Origin::parse(origin).is_err()) {
            return Err(invalid("origins: the ASCII form of origins"));
        }
        Ok(())
    }
}

const MAX_ORIGINS: usize = 20;
