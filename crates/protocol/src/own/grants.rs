//! `grants`: what each site may do.

use crate::access::Capability;

wire_names! {
    /// Who granted something.
    #[non_exhaustive]
    pub enum GrantedBy {
        /// The user, when they were asked.
        Consent,
        /// This computer's policy, which only an administrator changes.
        Policy,
    }
}

wire_struct! {
    /// Every site that may do something.
    #[derive(Eq)]
    pub struct Grants {
        /// In the order of their origins.
        pub sites: Vec<SiteGrants>,
        /// What a site that policy does not name may come to do, once the user lets it.
        pub askable: Vec<Capability>,
    }

    /// One site at one Identity Server.
    #[derive(Eq)]
    pub struct SiteGrants {
        /// The site.
        pub origin: String,
        /// What policy calls the Identity Server; its address where policy has it no more.
        pub server: String,
        /// What it may do, in the order of their names.
        pub granted: Vec<Granted>,
        /// What else it may come to do, once the user lets it.
        pub askable: Vec<Capability>,
        /// Whether it may use the calls of `web-eid.js`.
        pub web_eid: bool,
    }

    /// One thing that a site may do.
    #[derive(Eq)]
    pub struct Granted {
        /// What.
        pub capability: Capability,
        /// By whom.
        pub by: GrantedBy,
        /// For consent: the user id of whoever gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub uid: Option<String>,
        /// For consent: when, in seconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional, as = "Option<f64>"))]
        pub since: Option<u64>,
    }
}
