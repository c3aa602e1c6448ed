use std::str::FromStr;

use wardkey_xml::{Element, ElementBuilder};

use super::{SessionServiceError, VERSION, request_id, unwrap_one, wrap};
use crate::{Ticket, UserId};

/// The answer of the session service to one request.
pub struct SessionResponse {
    /// The number of the set, from the request.
    pub set_id: u32,
    /// The number of the request inside it.
    pub request_id: u32,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a request.
#[non_exhaustive]
pub enum Outcome {
    /// `DestroySession` is done.
    Destroyed,
    /// The request failed.
    Exception {
        /// The operation that failed: `GetSession`, `Logout` or `DestroySession`.
        operation: String,
        /// Why, as text.
        message: String,
    },
    /// `AddSessionListener` is done.
    ListenerAdded,
    /// `Logout` is done.
    LoggedOut,
    /// The session that `GetSession` asked for.
    Session(Box<Session>),
    /// The sessions that `GetValidSessions` asked for.
    Sessions {
        /// They.
        sessions: Vec<Session>,
        /// Whether these are all: an answer has a limit.
        complete: bool,
    },
}

/// What `GetSession` tells of a session. It has no `Debug`: properties may hold tickets.
#[derive(PartialEq, Eq)]
pub struct Session {
    /// The session's name in the answer: the ticket that was asked about.
    pub sid: String,
    /// The directory name of the user.
    pub client_id: String,
    /// The realm of the user.
    pub client_domain: String,
    /// Minutes that the session may last.
    pub max_minutes: u64,
    /// Minutes that it may be idle.
    pub max_idle_minutes: u64,
    /// Minutes that an application may rely on this answer.
    pub max_caching_minutes: u64,
    /// Seconds since the last activity.
    pub idle_seconds: u64,
    /// Seconds that are left of its longest time.
    pub left_seconds: u64,
    /// Where it stands.
    pub state: SessionState,
    /// Named values, among them `SessionHandle` and `UserId`.
    pub properties: Vec<(String, String)>,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// Ended.
    Destroyed,
    /// Idle for too long.
    Inactive,
    /// Not one yet, or no longer.
    Invalid,
    /// In use.
    Valid,
}

impl SessionResponse {
    /// Reads the body of a set with one response.
    ///
    /// # Errors
    /// [`SessionServiceError`] when it is none.
    pub fn read(body: &[u8]) -> Result<Self, SessionServiceError> {
        let (set_id, content) = unwrap_one(body, SET, "Response")?;
        let root = content.root();
        if !root.is("", RESPONSE) {
            return Err(SessionServiceError::Malformed(RESPONSE));
        }
        let mut operations = root.children();
        let operation = operations.next().ok_or(SessionServiceError::Malformed(RESPONSE))?;
        if operations.next().is_some() {
            return Err(SessionServiceError::Malformed(RESPONSE));
        }
        let done = operation.only_child("", "OK").is_some();
        let outcome = if let Some(exception) = operation.only_child("", "Exception") {
            Outcome::Exception {
                operation: operation.local().to_owned(),
                message: exception.text().trim().to_owned(),
            }
        } else {
            match operation.local() {
                "AddSessionListener" if done => Outcome::ListenerAdded,
                "DestroySession" if done => Outcome::Destroyed,
                "Logout" if done => Outcome::LoggedOut,
                "GetSession" => {
                    let session = operation.only_child("", SESSION);
                    let session = session.ok_or(SessionServiceError::Malformed(SESSION))?;
                    Outcome::Session(Box::new(Session::of(session)?))
                }
                "GetValidSessions" => sessions(operation)?,
                "AddSessionListener" | "DestroySession" | "Logout" => {
                    return Err(SessionServiceError::Malformed("OK"));
                }
                _ => return Err(SessionServiceError::OperationUnknown),
            }
        };
        Ok(Self { set_id, request_id: request_id(root)?, outcome })
    }

    /// Writes the body of the response.
    ///
    /// # Errors
    /// [`SessionServiceError`] when a text holds a character that cannot stand in XML.
    pub fn write(&self) -> Result<String, SessionServiceError> {
        Ok(wrap(SET, "Response", self.set_id, &[self.to_element()])?)
    }

    /// Writes the body of a set of responses, in their order, to a set of requests.
    ///
    /// # Errors
    /// [`SessionServiceError`] when a text holds a character that cannot stand in XML.
    pub fn write_set(set_id: u32, responses: &[Self]) -> Result<String, SessionServiceError> {
        let contents: Vec<ElementBuilder> = responses.iter().map(Self::to_element).collect();
        Ok(wrap(SET, "Response", set_id, &contents)?)
    }

    fn to_element(&self) -> ElementBuilder {
        let done = |name: &str| ElementBuilder::new(name).child(ElementBuilder::new("OK").text(""));
        let operation = match &self.outcome {
            Outcome::Destroyed => done("DestroySession"),
            Outcome::ListenerAdded => done("AddSessionListener"),
            Outcome::LoggedOut => done("Logout"),
            Outcome::Exception { operation, message } => {
                ElementBuilder::new(operation).child(ElementBuilder::new("Exception").text(message))
            }
            Outcome::Session(session) => {
                ElementBuilder::new("GetSession").child(session.to_element())
            }
            Outcome::Sessions { sessions, complete } => {
                let all = sessions.iter().map(Session::to_element);
                let status = if *complete { COMPLETE } else { CUT };
                ElementBuilder::new("GetValidSessions")
                    .child(ElementBuilder::new(SESSION_LIST).children(all))
                    .child(ElementBuilder::new("Status").text(status))
            }
        };
        ElementBuilder::new(RESPONSE)
            .attribute("vers", VERSION)
            .attribute("reqid", self.request_id.to_string())
            .child(operation)
    }
}

fn sessions(operation: Element<'_>) -> Result<Outcome, SessionServiceError> {
    let malformed = SessionServiceError::Malformed;
    let list = operation.only_child("", SESSION_LIST).ok_or(malformed(SESSION_LIST))?;
    let sessions = list.children_named("", SESSION).map(Session::of).collect::<Result<_, _>>()?;
    let status = operation.only_child("", "Status").ok_or(malformed("Status"))?;
    let complete = match status.text().trim() {
        COMPLETE => true,
        CUT => false,
        _ => return Err(malformed("Status")),
    };
    Ok(Outcome::Sessions { sessions, complete })
}

impl Session {
    /// The user, when the session is valid by the rule that applications follow: its state is
    /// valid, `SessionHandle` is the handle of the ticket that was asked about, and `UserId` is
    /// there, each once.
    #[must_use]
    pub fn valid_for(&self, ticket: &Ticket) -> Option<UserId> {
        let handle = self.property(SESSION_HANDLE)?.strip_prefix(HANDLE_PREFIX)?;
        if self.state != SessionState::Valid || handle != ticket.expose() {
            return None;
        }
        UserId::parse(self.property(USER_ID)?).ok()
    }

    /// The two properties that make applications take a session for valid.
    #[must_use]
    pub fn validity_properties(ticket: &Ticket, user: &UserId) -> Vec<(String, String)> {
        vec![
            (SESSION_HANDLE.to_owned(), format!("{HANDLE_PREFIX}{}", ticket.expose())),
            (USER_ID.to_owned(), user.as_str().to_owned()),
        ]
    }

    /// The value of a property that is there once.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        let mut found = self.properties.iter().filter(|(found, _)| found == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    }

    pub(super) fn of(element: Element<'_>) -> Result<Self, SessionServiceError> {
        let text = |name: &'static str| {
            element.attribute(name).ok_or(SessionServiceError::Malformed(name)).map(str::to_owned)
        };
        let number = |name: &'static str| {
            element
                .attribute(name)
                .and_then(|value| value.trim().parse().ok())
                .ok_or(SessionServiceError::Malformed(name))
        };
        let properties = element
            .children_named("", PROPERTY)
            .map(|property| {
                let name = property.attribute("name").filter(|name| !name.is_empty());
                let value = property.attribute("value");
                name.zip(value).map(|(name, value)| (name.to_owned(), value.to_owned()))
            })
            .collect::<Option<_>>()
            .ok_or(SessionServiceError::Malformed(PROPERTY))?;
        Ok(Self {
            sid: text("sid")?,
            client_id: text("cid")?,
            client_domain: text("cdomain")?,
            max_minutes: number("maxtime")?,
            max_idle_minutes: number("maxidle")?,
            max_caching_minutes: number("maxcaching")?,
            idle_seconds: number("timeidle")?,
            left_seconds: number("timeleft")?,
            state: text("state")?.parse()?,
            properties,
        })
    }

    pub(super) fn to_element(&self) -> ElementBuilder {
        ElementBuilder::new(SESSION)
            .attribute("sid", &self.sid)
            .attribute("stype", "user")
            .attribute("cid", &self.client_id)
            .attribute("cdomain", &self.client_domain)
            .attribute("maxtime", self.max_minutes.to_string())
            .attribute("maxidle", self.max_idle_minutes.to_string())
            .attribute("maxcaching", self.max_caching_minutes.to_string())
            .attribute("timeidle", self.idle_seconds.to_string())
            .attribute("timeleft", self.left_seconds.to_string())
            .attribute("state", self.state.as_str())
            .children(self.properties.iter().map(|(name, value)| {
                // Start and end tag: applications look for it by pattern.
                ElementBuilder::new(PROPERTY)
                    .attribute("name", name)
                    .attribute("value", value)
                    .text("")
            }))
    }
}

impl SessionState {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Destroyed => "destroyed",
            Self::Inactive => "inactive",
            Self::Invalid => "invalid",
            Self::Valid => "valid",
        }
    }
}

impl FromStr for SessionState {
    type Err = SessionServiceError;

    fn from_str(name: &str) -> Result<Self, SessionServiceError> {
        [Self::Destroyed, Self::Inactive, Self::Invalid, Self::Valid]
            .into_iter()
            .find(|state| state.as_str() == name)
            .ok_or(SessionServiceError::Malformed("state"))
    }
}

/// `Status` when all sessions are there, and when there are more than the limit.
const COMPLETE: &str = "0";
const CUT: &str = "1";
const HANDLE_PREFIX: &str = "shandle:";
const PROPERTY: &str = "Property";
const RESPONSE: &str = "SessionResponse";
pub(super) const SESSION: &str = "Session";
const SESSION_LIST: &str = "SessionList";
const SESSION_HANDLE: &str = "SessionHandle";
const SET: &str = "ResponseSet";
const USER_ID: &str = "UserId";
