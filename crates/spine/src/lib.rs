//! The wire formats of the Spine Security Broker, read and written in both directions.
//!
//! - Card login between agent and server: [`GpObject`] and its [`Message`]s ([`ActivateRequest`],
//!   [`ActivateResponse`], [`ValidateRequest`], [`ValidateResponse`], [`LogoutRequest`],
//!   [`ErrorBody`]).
//! - Session management by applications: [`session_service`].
//! - Who the user is and in which roles: [`assertion`].
//! - The bearer secret that ties them together: [`Ticket`].
//! - What the Ticket API answers to programs on the workstation: [`ticket_api`].
//!
//! The Spine's own specification (External Interface Specification, parts 6 and 7) is not
//! public. Shapes follow what NHS Digital has published (developer.nhs.uk, Spine Core, legacy
//! authentication) and what open clients exchange. The crate does no input or output; time and
//! randomness are parameters.
#![forbid(unsafe_code)]

mod activate;
pub mod assertion;
mod error_body;
mod gpobject;
mod identifier;
mod job_role;
mod logout;
mod message;
mod mime;
mod query;
pub mod session_service;
mod status_page;
mod ticket;
pub mod ticket_api;
mod time;
mod validate;

pub use activate::{ActivateRequest, ActivateResponse, LoginIdentity};
pub use error_body::{ErrorBody, ErrorCode};
pub use gpobject::{GpObject, GpObjectError, GpParam};
pub use identifier::{DeviceId, IdentifierError, LogSessionId, UserId};
pub use job_role::{JobRole, JobRoleName, JobRoleNameError};
pub use logout::LogoutRequest;
pub use message::{Answer, Message, MessageError};
pub use mime::{MimeError, unwrap_cms, wrap_cms};
pub use query::{
    QueryError, RoleSelection, role_assertion_path, role_assertion_ticket, role_selection_path,
    role_selection_query,
};
pub use status_page::{STATUS_OK, is_status_ok};
pub use ticket::{Ticket, TicketError};
pub use time::{TimeError, UnixTime};
pub use validate::{ServerSession, ValidateRequest, ValidateResponse};
