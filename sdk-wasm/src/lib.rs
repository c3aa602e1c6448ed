//! What the npm package `wardkey` does in WebAssembly, as two modules of one crate.
//!
//! Feature `core` builds `core.wasm`, which every page loads: `client` writes the requests, reads
//! what comes back and knows what is under way. Feature `verify` builds `verify.wasm`, which is
//! loaded when a signature is first verified: `verification` asks the browser's own cryptography. The
//! TypeScript around them owns the port, the clock and the promises.
#![forbid(unsafe_code)]

#[cfg(feature = "core")]
pub mod client;
#[cfg(feature = "core")]
mod core_module;
#[cfg(feature = "core")]
mod page_json;
#[cfg(feature = "verify")]
pub mod verification;
#[cfg(feature = "verify")]
mod verify_module;
