//! `shims`: what the extension answers on a site in place of others' extensions, by policy alone.

wire_struct! {
    /// Of which site.
    #[cfg_attr(feature = "bindings", ts(rename = "ShimsArgs"), schemars(rename = "ShimsArgs"))]
    #[derive(Eq)]
    pub struct Args {
        /// The document's origin, as the browser has it; `null` when it is opaque.
        pub origin: String,
        /// Whether the document is the tab's top document.
        pub top: bool,
    }

    /// What the site has.
    #[derive(Copy, Default, Eq)]
    pub struct Shims {
        /// The calls of `web-eid.js`.
        pub web_eid: bool,
    }
}
