//! `authenticate`: a challenge proof for apps with their own login, as a `web-eid:1` token.

use crate::{Base64, Fault, Nonce};

wire_struct! {
    /// The relying party's challenge.
    #[cfg_attr(feature = "bindings", ts(rename = "AuthenticateArgs"), schemars(rename = "AuthenticateArgs"))]
    #[derive(Eq)]
    pub struct Args {
        /// The nonce, which the relying party made and keeps.
        pub nonce: Nonce,
    }

    /// A `web-eid:1.0` authentication token.
    #[cfg_attr(feature = "bindings", ts(rename = "AuthenticateResult"), schemars(rename = "AuthenticateResult"))]
    pub struct Token {
        /// The login certificate, DER.
        pub unverified_certificate: Base64,
        /// `RS256`, `ES256` or `ES384`.
        pub algorithm: String,
        /// The signature over `H(H(origin) || H(nonce))`.
        pub signature: Base64,
        /// `web-eid:1.0`.
        pub format: String,
        /// The program that made it.
        pub app_version: String,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
