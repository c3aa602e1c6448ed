//! What administrators do, by a command or in the browser: one file for each kind of thing. Each
//! change is logged in the unit that makes it.

mod authorities;
mod certificates;
mod clients;
mod people;
mod relying_parties;
mod sessions;

pub use authorities::Authority;
pub use clients::read_client;
pub use people::Upload;

use wardkey_pki::ParseError;

use crate::{AuditEvent, InternalError, store::StoreError};

/// Why an administrator's wish is not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdministrationError {
    /// The certificate is registered for another user.
    #[error("the certificate is registered for another user")]
    AnothersCertificate,
    /// The certificate can't be read.
    #[error("not a certificate: {0}")]
    Certificate(#[from] ParseError),
    /// The registration of a client is wrong.
    #[error("{0}")]
    Client(String),
    /// An import can't be made as it is.
    #[error("{0}")]
    Import(String),
    /// There is no certificate, or one that is not a certification authority's.
    #[error("not the certificate of a certification authority")]
    NoAuthority,
    /// A login certificate names nobody.
    #[error("the certificate's common name is no user id")]
    NoUserId,
    /// An origin is none.
    #[error("not a web origin, as in https://ward.example")]
    NotAnOrigin,
    /// People come from the directory of `[ldap]`.
    #[error("people come from the directory of [ldap]: change them there")]
    PeopleElsewhere,
    /// There is no such thing.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// The server's own trouble.
    #[error(transparent)]
    Internal(#[from] InternalError),
}

impl From<StoreError> for AdministrationError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.into())
    }
}

fn trail(action: &str) -> AuditEvent {
    AuditEvent { action: action.to_owned(), outcome: "ok".to_owned(), ..AuditEvent::default() }
}
