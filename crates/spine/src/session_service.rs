//! `POST /amserver/sessionservice`: how applications check, keep up and end a session.
//!
//! The Spine's Access Manager API was never published. The format is that of the open lineage of
//! its server (Sun Access Manager, OpenAM: SessionRequest and SessionResponse), of which the
//! Spine is known to serve `GetSession`: a set with one request, whose content is XML inside a
//! CDATA section.

mod request;
mod response;

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
}

/// The set around one request or response, and the number that ties a response to its request.
fn wrap(
    set: &str,
    element: &str,
    request_id: u32,
    content: &ElementBuilder,
) -> Result<String, XmlError> {
    ElementBuilder::new(set)
        .attribute("vers", VERSION)
        .attribute("svcid", SERVICE)
        .attribute("reqid", request_id.to_string())
        .child(ElementBuilder::new(element).cdata(content.to_xml()?))
        .to_document()
}

/// The number and the content of a set with one request or response.
fn unwrap(
    body: &[u8],
    set: &'static str,
    element: &'static str,
) -> Result<(u32, Document), SessionServiceError> {
    let document = Document::parse(body, &Limits::MESSAGE)?;
    let root = document.root();
    if !root.is("", set) {
        return Err(SessionServiceError::Malformed(set));
    }
    let number = request_id(root)?;
    let content = root.only_child("", element).ok_or(SessionServiceError::Malformed(element))?;
    Ok((number, Document::parse(content.text().trim().as_bytes(), &Limits::MESSAGE)?))
}

fn request_id(element: Element<'_>) -> Result<u32, SessionServiceError> {
    element
        .attribute("reqid")
        .and_then(|number| number.parse().ok())
        .ok_or(SessionServiceError::Malformed("reqid"))
}

const SERVICE: &str = "session";
const VERSION: &str = "1.0";

#[cfg(test)]
mod tests;
