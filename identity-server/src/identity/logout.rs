use wardkey_spine::{LogoutRequest, Ticket};

use super::{Failed, Identity, TicketRefusal};
use crate::{delivery::EndCause, session::State};

impl Identity {
    /// Ends a session by its own ticket, as the agent does.
    ///
    /// # Errors
    /// [`TicketRefusal`], or the server's trouble.
    pub async fn logout(&self, request: &LogoutRequest) -> Result<(), Failed<TicketRefusal>> {
        self.end_by(&request.sso_ticket, Some(request.uid.as_str())).await
    }

    /// Ends the session of this ticket, which has to be the session's own; it may be locked or
    /// suspended. Where a user is named, it has to be the session's.
    pub(super) async fn end_by(
        &self,
        ticket: &Ticket,
        uid: Option<&str>,
    ) -> Result<(), Failed<TicketRefusal>> {
        let no_session = || Failed::Refused(TicketRefusal::NoSession);
        let found = self.store.session_of(&ticket.sha256()).await?;
        let (ticket, session) = found.ok_or_else(no_session)?;
        let over = session.state_at(self.clock.now()) == State::Ended;
        if over || uid.is_some_and(|uid| uid != session.uid) {
            return Err(no_session());
        }
        if ticket.relying_party.is_some() {
            return Err(Failed::Refused(TicketRefusal::NotPermitted));
        }
        if self.end(&session.id, EndCause::Logout).await? { Ok(()) } else { Err(no_session()) }
    }
}
