//! X.509 certificates, revocation lists and RFC 5280 path validation.
//!
//! The crate is synchronous and does no I/O: the time, the certificates and the revocation lists
//! are parameters, and each public-key operation is an
//! [`Obligation`](wardkey_crypto::Obligation) of a [`Pending`] judgement. Native callers enable
//! the feature `native` and call `Pending::discharge`; a browser answers with WebCrypto and calls
//! [`Pending::conclude`].
//!
//! ```
//! use wardkey_pki::{Certificate, Crl, PathRequest, Pending, Purpose, Revocation, UnixTime};
//!
//! fn login(leaf: Certificate, ca: Certificate, root: Certificate, list: Crl, now: UnixTime) -> Pending {
//!     PathRequest::new(leaf, vec![root], now, Purpose::Login, Revocation::required(vec![list]))
//!         .with_intermediates(vec![ca])
//!         .start()
//! }
//! ```
#![forbid(unsafe_code)]

mod certificate;
mod crl;
mod error;
mod name;
mod ocsp;
mod path;
mod pem;
mod purpose;
mod time;

pub use certificate::{BasicConstraints, Certificate, KeyUsage, KeyUsagePeriod};
pub use const_oid::ObjectIdentifier;
pub use crl::{Crl, RevocationReason, Revoked};
pub use error::{ParseError, PathError, RevocationGap};
pub use name::Name;
pub use ocsp::{
    OcspAnswer, OcspError, OcspFreshness, OcspHash, OcspRefusal, OcspRequest, OcspResponse,
    OcspStatus,
};
pub use path::{
    AlgorithmPolicy, Check, CheckKind, PathReport, PathRequest, Pending, Revocation,
    RevocationEvidence, RevocationSource,
};
pub use purpose::Purpose;
pub use time::UnixTime;

#[cfg(test)]
mod tests;
