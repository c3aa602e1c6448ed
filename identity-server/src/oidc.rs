//! The OpenID Provider: `wardkey-oidc`'s rules over the sessions of this server.

mod grant;

pub use grant::{Grant, StoredToken, Terms, TokenKind};
