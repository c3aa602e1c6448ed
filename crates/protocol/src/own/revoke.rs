//! `revoke`: takes back what users let a site do. What policy grants stays.

use crate::access::Capability;

wire_struct! {
    /// What to take back.
    #[cfg_attr(feature = "bindings", ts(rename = "RevokeArgs"), schemars(rename = "RevokeArgs"))]
    #[derive(Eq)]
    pub struct Args {
        /// From which site.
        pub origin: String,
        /// What; everything if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub capability: Option<Capability>,
    }

    /// What was taken back.
    #[derive(Copy, Eq)]
    pub struct Revoked {
        /// How many consents there were.
        pub revoked: u32,
    }
}
