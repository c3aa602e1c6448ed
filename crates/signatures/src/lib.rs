//! Signatures of people: content commitment and login, built in two steps and verified by
//! obligations.
//!
//! The crate does no I/O and no public-key arithmetic, and reads no clock. To sign, `prepare`
//! gives the octets for the card and `assemble` takes what the card made. To verify, `verify`
//! checks everything but the public-key operations and gives a pending judgement with one
//! [`Obligation`](wardkey_crypto::Obligation) for each; native callers enable the feature
//! `native` and call its `discharge`, a browser answers with WebCrypto and calls its `conclude`.
//!
//! | module | format | key |
//! |---|---|---|
//! | [`login`] | the login structure, CMS with signed attributes | login |
//! | [`web_eid`] | the `web-eid:1` authentication token | login |
//! | [`jws`] | compact JWS of fixed members | the key of a session |
//! | [`eps`] | the EPS advanced electronic signature | content commitment |
//! | [`cades`] | CAdES B-B and B-T, with [`timestamp`]s | content commitment |
//! | [`jades`] | JAdES B-B and B-T, and plain JWS | content commitment |
//! | [`pades`] | PAdES B-B and B-T, in a [`pdf`] | content commitment |
//! | [`xades`] | XAdES B-B and B-T, and plain XML signatures | content commitment |
//! | [`raw`] | a bare signature over a document | content commitment |
//!
//! No octets made for one of them can be read as another's: see [`SigningInput`].
#![forbid(unsafe_code)]

pub mod cades;
mod certificate;
mod cms;
mod commitment;
mod document;
pub mod eps;
#[cfg(feature = "verify")]
pub mod file;
pub mod jades;
mod json;
#[cfg(feature = "verify")]
mod judgement;
pub mod jws;
pub mod login;
#[cfg(feature = "verify")]
mod options;
pub mod pades;
pub mod pdf;
pub mod raw;
#[cfg(feature = "verify")]
pub mod report;
mod signing_input;
pub mod timestamp;
mod tlv;
pub mod web_eid;
pub mod xades;

pub use commitment::Commitment;
pub use document::Document;
#[cfg(feature = "verify")]
pub use options::VerifyOptions;
pub use signing_input::SigningInput;

#[cfg(test)]
mod testing;
