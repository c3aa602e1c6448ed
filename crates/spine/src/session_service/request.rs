use wardkey_xml::{Element, ElementBuilder};

use super::{SessionServiceError, VERSION, request_id, unwrap, unwrap_one, wrap};
use crate::Ticket;

/// One request to the session service.
#[derive(Debug)]
pub struct SessionRequest {
    /// The number of the set, given back in the response.
    pub set_id: u32,
    /// The number of the request inside it, given back in the response.
    pub request_id: u32,
    /// What is asked.
    pub operation: Operation,
}

/// What an application asks.
#[derive(Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Tell an address when the session ends.
    AddSessionListener {
        /// The session.
        ticket: Ticket,
        /// The address that is posted to.
        url: String,
    },
    /// End another session than the one that asks.
    DestroySession {
        /// The session that asks.
        ticket: Ticket,
        /// The session that ends.
        target: Ticket,
    },
    /// Is the session valid, and whose is it?
    GetSession {
        /// The session.
        ticket: Ticket,
        /// Whether this counts as activity of the user.
        reset: bool,
    },
    /// What sessions are there? For administrators.
    GetValidSessions {
        /// The session that asks.
        ticket: Ticket,
        /// Which users: their ids, with `*` for any characters; all where it is not named.
        pattern: Option<String>,
    },
    /// End the session that asks.
    Logout {
        /// The session.
        ticket: Ticket,
    },
}

impl SessionRequest {
    /// Reads the body of a set with one request.
    ///
    /// # Errors
    /// [`SessionServiceError`] when it is none, or asks for an operation that is not served.
    pub fn read(body: &[u8]) -> Result<Self, SessionServiceError> {
        let (set_id, content) = unwrap_one(body, SET, "Request")?;
        Self::of(set_id, content.root())
    }

    /// Reads the body of a set of requests, in their order.
    ///
    /// # Errors
    /// [`SessionServiceError`] when one is none, or asks for an operation that is not served, or
    /// there are more than [`MAX_REQUESTS`](super::MAX_REQUESTS).
    pub fn read_set(body: &[u8]) -> Result<Vec<Self>, SessionServiceError> {
        let (set_id, contents) = unwrap(body, SET, "Request")?;
        contents.iter().map(|content| Self::of(set_id, content.root())).collect()
    }

    fn of(set_id: u32, root: Element<'_>) -> Result<Self, SessionServiceError> {
        if !root.is("", REQUEST) {
            return Err(SessionServiceError::Malformed(REQUEST));
        }
        let mut operations = root.children();
        let operation = operations.next().ok_or(SessionServiceError::Malformed(REQUEST))?;
        if operations.next().is_some() {
            return Err(SessionServiceError::Malformed(REQUEST));
        }
        let operation = match operation.local() {
            "AddSessionListener" => Operation::AddSessionListener {
                ticket: ticket(operation, SESSION_ID)?,
                url: text(operation, URL)?.ok_or(SessionServiceError::Malformed(URL))?,
            },
            "DestroySession" => Operation::DestroySession {
                ticket: ticket(operation, SESSION_ID)?,
                target: ticket(operation, DESTROY_SESSION_ID)?,
            },
            "GetSession" => Operation::GetSession {
                ticket: ticket(operation, SESSION_ID)?,
                reset: match operation.attribute("reset") {
                    None | Some("false") => false,
                    Some("true") => true,
                    Some(_) => return Err(SessionServiceError::Malformed("reset")),
                },
            },
            "GetValidSessions" => Operation::GetValidSessions {
                ticket: ticket(operation, SESSION_ID)?,
                pattern: text(operation, PATTERN)?,
            },
            "Logout" => Operation::Logout { ticket: ticket(operation, SESSION_ID)? },
            _ => return Err(SessionServiceError::OperationUnknown),
        };
        Ok(Self { set_id, request_id: request_id(root)?, operation })
    }

    /// Writes the body of the request.
    ///
    /// # Errors
    /// [`SessionServiceError`] when it cannot be written; tickets always can.
    pub fn write(&self) -> Result<String, SessionServiceError> {
        let id = |name: &str, ticket: &Ticket| ElementBuilder::new(name).text(ticket.expose());
        let operation = match &self.operation {
            Operation::AddSessionListener { ticket, url } => {
                ElementBuilder::new("AddSessionListener")
                    .child(id(SESSION_ID, ticket))
                    .child(ElementBuilder::new(URL).text(url))
            }
            Operation::DestroySession { ticket, target } => ElementBuilder::new("DestroySession")
                .child(id(SESSION_ID, ticket))
                .child(id(DESTROY_SESSION_ID, target)),
            Operation::GetSession { ticket, reset } => ElementBuilder::new("GetSession")
                .attribute("reset", reset.to_string())
                .child(id(SESSION_ID, ticket)),
            Operation::GetValidSessions { ticket, pattern } => {
                let pattern = pattern.as_ref().map(|text| ElementBuilder::new(PATTERN).text(text));
                ElementBuilder::new("GetValidSessions")
                    .child(id(SESSION_ID, ticket))
                    .children(pattern)
            }
            Operation::Logout { ticket } => {
                ElementBuilder::new("Logout").child(id(SESSION_ID, ticket))
            }
        };
        let content = ElementBuilder::new(REQUEST)
            .attribute("vers", VERSION)
            .attribute("reqid", self.request_id.to_string())
            .child(operation);
        Ok(wrap(SET, "Request", self.set_id, &[content])?)
    }
}

fn ticket(operation: Element<'_>, name: &'static str) -> Result<Ticket, SessionServiceError> {
    operation
        .only_child("", name)
        .and_then(|id| Ticket::parse(id.text().trim()).ok())
        .ok_or(SessionServiceError::Malformed(name))
}

/// The text of a child that is there once at the most.
fn text(operation: Element<'_>, name: &'static str) -> Result<Option<String>, SessionServiceError> {
    let mut named = operation.children_named("", name);
    match (named.next(), named.next()) {
        (None, _) => Ok(None),
        (Some(child), None) => {
            let text = child.text();
            let text = text.trim();
            if text.is_empty() || text.len() > MAX_TEXT {
                return Err(SessionServiceError::Malformed(name));
            }
            Ok(Some(text.to_owned()))
        }
        (Some(_), Some(_)) => Err(SessionServiceError::Malformed(name)),
    }
}

const DESTROY_SESSION_ID: &str = "DestroySessionID";
/// The longest address or pattern, in octets.
const MAX_TEXT: usize = 2048;
const PATTERN: &str = "Pattern";
const REQUEST: &str = "SessionRequest";
const SESSION_ID: &str = "SessionID";
const SET: &str = "RequestSet";
const URL: &str = "URL";
