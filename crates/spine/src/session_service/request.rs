use wardkey_xml::{Element, ElementBuilder};

use super::{SessionServiceError, VERSION, request_id, unwrap, wrap};
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
    /// End the session that asks.
    Logout {
        /// The session.
        ticket: Ticket,
    },
}

impl SessionRequest {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`SessionServiceError`] when it is none, or asks for an operation that is not served.
    pub fn read(body: &[u8]) -> Result<Self, SessionServiceError> {
        let (set_id, content) = unwrap(body, SET, "Request")?;
        let root = content.root();
        if !root.is("", REQUEST) {
            return Err(SessionServiceError::Malformed(REQUEST));
        }
        let mut operations = root.children();
        let operation = operations.next().ok_or(SessionServiceError::Malformed(REQUEST))?;
        if operations.next().is_some() {
            return Err(SessionServiceError::Malformed(REQUEST));
        }
        let operation = match operation.local() {
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
            Operation::DestroySession { ticket, target } => ElementBuilder::new("DestroySession")
                .child(id(SESSION_ID, ticket))
                .child(id(DESTROY_SESSION_ID, target)),
            Operation::GetSession { ticket, reset } => ElementBuilder::new("GetSession")
                .attribute("reset", reset.to_string())
                .child(id(SESSION_ID, ticket)),
            Operation::Logout { ticket } => {
                ElementBuilder::new("Logout").child(id(SESSION_ID, ticket))
            }
        };
        let content = ElementBuilder::new(REQUEST)
            .attribute("vers", VERSION)
            .attribute("reqid", self.request_id.to_string())
            .child(operation);
        Ok(wrap(SET, "Request", self.set_id, &content)?)
    }
}

fn ticket(operation: Element<'_>, name: &'static str) -> Result<Ticket, SessionServiceError> {
    operation
        .only_child("", name)
        .and_then(|id| Ticket::parse(id.text().trim()).ok())
        .ok_or(SessionServiceError::Malformed(name))
}

const DESTROY_SESSION_ID: &str = "DestroySessionID";
const REQUEST: &str = "SessionRequest";
const SESSION_ID: &str = "SessionID";
const SET: &str = "RequestSet";
