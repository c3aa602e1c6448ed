//! `POST /amserver/sessionservice`: how applications check, keep up and end a session.
//!
//! The Spine's Access Manager API was never published. The format is that of the open lineage of
//! its server (Sun Access Manager, OpenAM: SessionRequest, SessionResponse, SessionNotification), of
//! which the Spine is known to serve `GetSession`: a set of requests, each of whose content is XML
//! inside a CDATA section.

mod notification;
mod request;
mod response;

pub use notification::{NotificationKind, SessionNotification};
pub use request::{Operation, SessionRequest};
pub use response::{Outcome, Session, SessionResponse, SessionState};

use wardkey_xml::{Document, Element, ElementBuilder, Limits, XmlError};

/// Why octets are no request or response of the session service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionServiceError {
    /// Not XML, or a value that cannot stand in it.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// An element or attribute is missing, repeated or malformed.
    #[error("session service: malformed {0}")]
    Malformed(&'static str),
    /// An operation that is not served.
    #[error("session service: operation not served")]
    OperationUnknown,
    /// More requests in a set than [`MAX_REQUESTS`].
    #[error("session service: too many requests in a set")]
    TooMany,
}

/// The set around requests or responses, and the number that ties a set of responses to its
/// requests.
fn wrap(
    set: &str,
    element: &str,
    set_id: u32,
    contents: &[ElementBuilder],
) -> Result<String, XmlError> {
    let mut wrapped = ElementBuilder::new(set)
        .attribute("vers", VERSION)
        .attribute("svcid", SERVICE)
        .attribute("reqid", set_id.to_string());
    for content in contents {
        wrapped = wrapped.child(ElementBuilder::new(element).cdata(content.to_xml()?));
    }
    wrapped.to_document()
}

/// The number and the contents of a set of requests or responses: one at least.
fn unwrap(
    body: &[u8],
    set: &'static str,
    element: &'static str,
) -> Result<(u32, Vec<Document>), SessionServiceError> {
    let document = Document::parse(body, &Limits::MESSAGE)?;
    let root = document.root();
    if !root.is("", set) {
        return Err(SessionServiceError::Malformed(set));
    }
    let number = request_id(root)?;
    let mut contents = Vec::new();
    for child in root.children() {
        if !child.is("", element) {
            return Err(SessionServiceError::Malformed(element));
        }
        if contents.len() == MAX_REQUESTS {
            return Err(SessionServiceError::TooMany);
        }
        contents.push(Document::parse(child.text().trim().as_bytes(), &Limits::MESSAGE)?);
    }
    if contents.is_empty() {
        return Err(SessionServiceError::Malformed(element));
    }
    Ok((number, contents))
}

/// The only content of a set.
fn unwrap_one(
    body: &[u8],
    set: &'static str,
    element: &'static str,
) -> Result<(u32, Document), SessionServiceError> {
    let (number, contents) = unwrap(body, set, element)?;
    let [content] =
        <[Document; 1]>::try_from(contents).map_err(|_| SessionServiceError::TooMany)?;
    Ok((number, content))
}

fn request_id(element: Element<'_>) -> Result<u32, SessionServiceError> {
    element
        .attribute("reqid")
        .and_then(|number| number.parse().ok())
        .ok_or(SessionServiceError::Malformed("reqid"))
}

/// How many requests a set may hold.
pub const MAX_REQUESTS: usize = 16;
const SERVICE: &str = "session";
const VERSION: &str = "1.0";

#[cfg(test)]
mod tests;
