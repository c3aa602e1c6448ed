use wardkey_xml::{Document, ElementBuilder, Limits};

use super::{SERVICE, Session, SessionServiceError, VERSION, response::SESSION};

/// What the server posts to a listener's address: something happened to a session.
#[derive(PartialEq, Eq)]
pub struct SessionNotification {
    /// The number of the notification.
    pub id: u64,
    /// The session as it stands now; its `sid` is the ticket that the listener was added with.
    pub session: Session,
    /// What happened.
    pub kind: NotificationKind,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: u64,
}

/// What happens to sessions, by the numbers of the server's open lineage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotificationKind {
    /// It began.
    Creation,
    /// It ended: idle for too long.
    IdleTimeout,
    /// It ended: its longest time was over.
    MaxTimeout,
    /// It ended: the user logged out.
    Logout,
    /// It came back.
    Reactivation,
    /// It ended: somebody destroyed it.
    Destroy,
    /// A property changed.
    PropertyChanged,
}

impl SessionNotification {
    /// Reads the body of a notification.
    ///
    /// # Errors
    /// [`SessionServiceError`] when it is none.
    pub fn read(body: &[u8]) -> Result<Self, SessionServiceError> {
        let malformed = SessionServiceError::Malformed;
        let document = Document::parse(body, &Limits::MESSAGE)?;
        let root = document.root();
        if !root.is("", SET) || root.attribute("svcid") != Some(SERVICE) {
            return Err(malformed(SET));
        }
        let content = root.only_child("", "Notification").ok_or(malformed("Notification"))?;
        let inner = Document::parse(content.text().trim().as_bytes(), &Limits::MESSAGE)?;
        let notification = inner.root();
        if !notification.is("", NOTIFICATION) {
            return Err(malformed(NOTIFICATION));
        }
        let text = |name: &'static str| {
            notification
                .only_child("", name)
                .map(|element| element.text().trim().to_owned())
                .ok_or(malformed(name))
        };
        let number = |value: Option<&str>, name| {
            value.and_then(|value| value.parse().ok()).ok_or(malformed(name))
        };
        let session = notification.only_child("", SESSION).ok_or(malformed(SESSION))?;
        Ok(Self {
            id: number(notification.attribute("notid"), "notid")?,
            session: Session::of(session)?,
            kind: NotificationKind::from_number(&text("Type")?).ok_or(malformed("Type"))?,
            at: number(Some(&text("Time")?), "Time")?,
        })
    }

    /// Writes the body of the notification.
    ///
    /// # Errors
    /// [`SessionServiceError`] when a text holds a character that cannot stand in XML.
    pub fn write(&self) -> Result<String, SessionServiceError> {
        let content = ElementBuilder::new(NOTIFICATION)
            .attribute("vers", VERSION)
            .attribute("notid", self.id.to_string())
            .child(self.session.to_element())
            .child(ElementBuilder::new("Type").text(self.kind.number().to_string()))
            .child(ElementBuilder::new("Time").text(self.at.to_string()));
        let set = ElementBuilder::new(SET)
            .attribute("vers", VERSION)
            .attribute("svcid", SERVICE)
            .attribute("notid", self.id.to_string())
            .child(ElementBuilder::new("Notification").cdata(content.to_xml()?));
        Ok(set.to_document()?)
    }
}

impl NotificationKind {
    /// Its number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Creation => 0,
            Self::IdleTimeout => 1,
            Self::MaxTimeout => 2,
            Self::Logout => 3,
            Self::Reactivation => 4,
            Self::Destroy => 5,
            Self::PropertyChanged => 6,
        }
    }

    fn from_number(number: &str) -> Option<Self> {
        let all = [
            Self::Creation,
            Self::IdleTimeout,
            Self::MaxTimeout,
            Self::Logout,
            Self::Reactivation,
            Self::Destroy,
            Self::PropertyChanged,
        ];
        all.into_iter().find(|kind| kind.number().to_string() == number)
    }
}

const NOTIFICATION: &str = "SessionNotification";
const SET: &str = "NotificationSet";
