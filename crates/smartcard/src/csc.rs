//! Keys that a service keeps, or a phone behind it: the Cloud Signature Consortium's API, version
//! 2.0.0.2 ("Architectures and protocols for remote signature applications"; sections are its).
//!
//! Each credential of a user is a [`Token`](crate::Token) with one certificate. What goes over the
//! network is the caller's, behind [`Transport`]; nothing here reads a clock or opens a connection.
//!
//! A key is authorised at its service for the very digests that it signs (section 11.6), so that
//! what the service hands out for them serves no others; a credential of SCAL 1, where the service
//! need not keep to that, is left out unless it is admitted by name.

mod authorization;
mod backend;
mod credential;
mod expression;
mod sign_algo;
mod signing;
mod transport;
mod wire;

pub use authorization::{Ask, AskKind};
pub use backend::{ClientSecret, RemoteBackend, RemoteService, ServiceSettings};
pub use transport::{Answer, Place, Request, Transport};

#[cfg(test)]
mod tests;
