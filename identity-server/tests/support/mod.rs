//! What the tests over HTTP share.

pub mod agent;
pub mod card;
