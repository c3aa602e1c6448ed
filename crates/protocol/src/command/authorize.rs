//! `authorize`: a single-use proof for the Identity Server's own `/authorize`, where the browser's
//! cookie alone never suffices. For the server's own origin only.

use crate::{Fault, command::invalid, limits::MAX_AUTHORIZE_REQUEST};

wire_struct! {
    /// What the server asks.
    #[cfg_attr(feature = "bindings", ts(rename = "AuthorizeArgs"), schemars(rename = "AuthorizeArgs"))]
    #[derive(Eq)]
    pub struct Args {
        /// The request that the server signed: a compact JWS over
        /// [`AuthorizeRequestClaims`](crate::authorize_api::AuthorizeRequestClaims).
        pub request: String,
    }

    /// The agent's proof.
    #[cfg_attr(feature = "bindings", ts(rename = "AuthorizeResult"), schemars(rename = "AuthorizeResult"))]
    pub struct Authorized {
        /// A compact JWS by the session's key over
        /// [`AuthorizeClaims`](crate::authorize_api::AuthorizeClaims), for the server alone.
        pub proof: String,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let fits = self.request.len() <= MAX_AUTHORIZE_REQUEST;
        if fits && is_compact_jws(&self.request) { Ok(()) } else { Err(invalid("request")) }
    }
}

/// Three parts of base64url (RFC 7515, section 7.1); what they say is the agent's to read.
fn is_compact_jws(text: &str) -> bool {
    let is_base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_base64url);
    text.split('.').count() == 3 && text.split('.').all(is_part)
}
