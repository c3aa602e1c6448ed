//! The commands: one file each, the same verb as in the protocol.

pub mod authenticate;
pub mod authorize;
pub mod cards;
pub mod delegate;
pub mod select_role;
pub mod sign;
pub mod sign_in;
pub mod sign_out;
pub mod signing_certificate;
pub mod status;
pub mod subscribe;
pub mod ticket;
pub mod user;
