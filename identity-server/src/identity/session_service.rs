use wardkey_spine::{
    Ticket, UserId,
    session_service::{
        Operation, Outcome, Session as View, SessionRequest, SessionResponse, SessionState,
    },
};

use super::{Change, Failed, Identity, InternalError, TicketRefusal};
use crate::{session::State, store::TicketChange};

impl Identity {
    /// Answers an application: is the session valid, keep it up, end it. What is refused is
    /// answered with an exception, whose text is the same for tickets that are unknown and those
    /// of sessions that ended, were idle, or are locked or suspended.
    ///
    /// # Errors
    /// [`InternalError`] when the server fails.
    pub async fn session_service(
        &self,
        request: &SessionRequest,
    ) -> Result<SessionResponse, InternalError> {
        let (name, outcome) = match &request.operation {
            Operation::GetSession { ticket, reset } => {
                ("GetSession", self.get_session(ticket, *reset).await)
            }
            Operation::Logout { ticket } => {
                ("Logout", self.end_by(ticket, None).await.map(|()| Outcome::LoggedOut))
            }
            Operation::DestroySession { ticket, target } => {
                ("DestroySession", self.destroy_session(ticket, target).await)
            }
            _ => ("SessionRequest", Err(Failed::Refused(TicketRefusal::NotPermitted))),
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(Failed::Refused(refusal)) => {
                Outcome::Exception { operation: name.to_owned(), message: refusal.to_string() }
            }
            Err(Failed::Internal(error)) => return Err(error),
        };
        Ok(SessionResponse { set_id: request.set_id, request_id: request.request_id, outcome })
    }

    async fn get_session(
        &self,
        ticket: &Ticket,
        reset: bool,
    ) -> Result<Outcome, Failed<TicketRefusal>> {
        let (_, mut session) = self.active::<TicketRefusal>(ticket).await?;
        if reset {
            let kept = self.change(&session.id, |session, now| {
                if session.state != State::Active {
                    return Change::Leave(None);
                }
                if session.idle_for(now) < self.rules.times.idle_grain() {
                    return Change::Leave(Some(session.clone()));
                }
                session.last_activity = now;
                let answer = Some(session.clone());
                Change::Store { answer, tickets: TicketChange::Keep, log: None }
            });
            session = kept.await?.flatten().ok_or(Failed::Refused(TicketRefusal::NoSession))?;
        }
        let uid =
            UserId::parse(&session.uid).map_err(|_| InternalError::Answer("user id".to_owned()))?;
        let now = self.clock.now();
        Ok(Outcome::Session(Box::new(View {
            sid: ticket.expose().to_owned(),
            client_id: format!("uid={uid},ou=People,o=nhs"),
            client_domain: "o=nhs".to_owned(),
            max_minutes: session.max_expires.since(session.created).as_secs() / 60,
            max_idle_minutes: session.idle.as_secs() / 60,
            max_caching_minutes: 0,
            idle_seconds: session.idle_for(now).as_secs(),
            left_seconds: session.remaining(now).as_secs(),
            state: SessionState::Valid,
            properties: View::validity_properties(ticket, &uid),
        })))
    }

    /// A session may destroy itself and no other: nobody administers sessions by ticket.
    async fn destroy_session(
        &self,
        ticket: &Ticket,
        target: &Ticket,
    ) -> Result<Outcome, Failed<TicketRefusal>> {
        let (_, session) = self.active::<TicketRefusal>(ticket).await?;
        let (_, other) = self.active::<TicketRefusal>(target).await?;
        if session.id != other.id {
            return Err(Failed::Refused(TicketRefusal::NotPermitted));
        }
        self.end_by(ticket, None).await?;
        Ok(Outcome::Destroyed)
    }
}
