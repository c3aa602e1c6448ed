//! OpenID Connect for a provider shaped like NHS CIS2: what requests say, whether they may, and
//! what answers hold. No I/O: time and randomness are parameters, and what a store has to
//! remember (an assertion's `jti`, a proof's) is returned as a [`Replay`].
//!
//! Each client has one [`Profile`]: `cis2`, as the NHS's applications are built today, or `fapi2`
//! (FAPI 2.0 Security Profile). Both follow RFC 9700: exact redirects, PKCE with S256, `iss` in
//! the answer (RFC 9207).
#![forbid(unsafe_code)]

mod acr;
mod authorization;
mod claims;
mod client;
mod client_authentication;
mod discovery;
mod dpop;
mod error;
mod jose;
mod keys;
mod logout;
mod parameters;
mod pkce;
mod scope;
mod token;

pub use acr::{Acr, Assurance};
pub use authorization::{
    AuthorizationError, AuthorizationRequest, AuthorizationResponse, Prompt, PushedReference,
    ResponseMode,
};
pub use claims::{IdToken, Membership, Organisation, Person, Role, UserInfo, half_hash};
pub use client::{Authentication, Client, ClientError, GrantType, Profile, secret_hash};
pub use client_authentication::{Caller, ClientCredentials, Replay};
pub use discovery::{Endpoints, discovery};
pub use dpop::{DpopProof, DpopRequest};
pub use error::{ErrorCode, OAuthError};
pub use jose::{Algorithm, thumbprint};
pub use keys::{KeyError, KeySet, SigningKey};
pub use logout::{LogoutHint, LogoutRequest, LogoutToken};
pub use parameters::Parameters;
pub use pkce::CodeChallenge;
pub use scope::Scopes;
pub use token::{IntrospectionResponse, TokenGrant, TokenRequest, TokenResponse};
