//! The Online Certificate Status Protocol (RFC 6960), without I/O: what to ask a responder, and
//! what its answer says. Whether an answer is signed by whom it should be is judged with the path.

mod answer;
mod error;
mod request;
mod response;
mod wire;

pub use answer::{OcspAnswer, OcspFreshness, OcspStatus};
pub use error::{OcspError, OcspRefusal};
pub use request::{OcspHash, OcspRequest};
pub use response::OcspResponse;
