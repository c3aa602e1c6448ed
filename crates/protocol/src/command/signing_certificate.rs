//! `signing_certificate`: the content-commitment certificate of the card.

use crate::{Base64, Fault};

wire_struct! {
    /// Nothing to say.
    #[cfg_attr(feature = "bindings", ts(rename = "SigningCertificateArgs"), schemars(rename = "SigningCertificateArgs"))]
    #[derive(Default, Eq)]
    pub struct Args {}

    /// The certificate that `sign` will use.
    #[cfg_attr(feature = "bindings", ts(rename = "SigningCertificateResult"), schemars(rename = "SigningCertificateResult"))]
    pub struct SigningCertificate {
        /// The certificate, DER.
        pub certificate: Base64,
        /// The signature algorithms that its key makes, as `RS256`; the one that `sign` chooses first.
        pub algorithms: Vec<String>,
    }
}

impl Args {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}
