use base64ct::{Base64, Encoding as _};
use wardkey_protocol::Origin;
use wardkey_spine::{
    Ticket,
    session_service::{NotificationKind, Outcome, SessionNotification, SessionState},
};

use super::{Failed, Identity, InternalError, TicketRefusal};
use crate::{
    Timestamp,
    delivery::{EndCause, Task},
    store::Listener,
};

impl Identity {
    /// Keeps an address that is told when the session of this ticket ends: one of the app that the
    /// ticket is bound to, or, for the session's own ticket, of any registered app. Nobody else's
    /// is ever asked.
    pub(super) async fn add_listener(
        &self,
        ticket: &Ticket,
        url: &str,
    ) -> Result<Outcome, Failed<TicketRefusal>> {
        let (stored, session) = self.active::<TicketRefusal>(ticket).await?;
        let refused = || Failed::Refused(TicketRefusal::NotPermitted);
        let origin = origin_of(url).ok_or_else(refused)?;
        let admitted = match &stored.relying_party {
            Some(bound) => origin.as_str() == bound,
            None => self.is_relying_party(&origin).await?,
        };
        if !admitted {
            return Err(refused());
        }
        let wrapped = self.rules.wrapping.wrap(ticket.expose().as_bytes());
        let wrapped = wrapped.map_err(|_| InternalError::Key)?;
        let url = url.to_owned();
        let listener = Listener { ticket: ticket.sha256(), url, session: session.id, wrapped };
        match self.store.add_listener(&listener, MOST_LISTENERS).await? {
            true => Ok(Outcome::ListenerAdded),
            false => Err(refused()),
        }
    }

    /// Whether this app may have tickets.
    pub(super) async fn is_relying_party(&self, origin: &Origin) -> Result<bool, InternalError> {
        Ok(self.rules.relying_parties.contains(origin)
            || self.store.is_relying_party(origin.as_str()).await?)
    }

    /// What a listener is told; `None`: the session is long over, and forgotten.
    ///
    /// # Errors
    /// The server's trouble.
    pub(crate) async fn notification(
        &self,
        task: &Notice<'_>,
    ) -> Result<Option<String>, InternalError> {
        let Some(session) = self.store.session(task.session).await? else { return Ok(None) };
        let wrapped = Base64::decode_vec(task.ticket).map_err(|_| InternalError::Key)?;
        let ticket = self.rules.wrapping.unwrap(&wrapped).map_err(|_| InternalError::Key)?;
        let sid = std::str::from_utf8(&ticket).map_err(|_| InternalError::Key)?.to_owned();
        let mut view = self.view(&session, sid)?;
        view.state = SessionState::Destroyed;
        let notification = SessionNotification {
            id: task.at.millis(),
            session: view,
            kind: kind(task.cause),
            at: task.at.millis(),
        };
        let written = notification.write();
        written.map(Some).map_err(|error| InternalError::Answer(error.to_string()))
    }
}

/// What a listener is to be told.
pub(crate) struct Notice<'a> {
    /// The session.
    pub(crate) session: &'a str,
    /// The ticket that the listener knows it by, wrapped, in base64.
    pub(crate) ticket: &'a str,
    /// Why it ended.
    pub(crate) cause: EndCause,
    /// When.
    pub(crate) at: Timestamp,
}

/// The task of telling a listener.
pub(super) fn task(
    url: String,
    wrapped: &[u8],
    session: &str,
    cause: EndCause,
    at: Timestamp,
) -> Task {
    let (session, ticket) = (session.to_owned(), Base64::encode_string(wrapped));
    Task::SessionNotification { url, session, ticket, cause, at: at.millis() }
}

fn kind(cause: EndCause) -> NotificationKind {
    match cause {
        EndCause::Destroyed => NotificationKind::Destroy,
        EndCause::Idle => NotificationKind::IdleTimeout,
        EndCause::Logout => NotificationKind::Logout,
        EndCause::MaxTime => NotificationKind::MaxTimeout,
    }
}

/// The origin of an address without a user or a fragment; `None`: it is no such address.
fn origin_of(url: &str) -> Option<Origin> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | '#' | '\\');
    let (scheme, rest) = url.split_once("://")?;
    if !url.chars().all(plain) || !matches!(scheme, "https" | "http") {
        return None;
    }
    let authority = rest.split(['/', '?']).next()?;
    Origin::parse(&format!("{scheme}://{authority}")).ok()
}

/// How many addresses may listen to one session.
const MOST_LISTENERS: u32 = 16;
