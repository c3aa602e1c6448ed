use wardkey_spine::{
    Ticket, UserId,
    session_service::{
        Operation, Outcome, Session as View, SessionRequest, SessionResponse, SessionState,
    },
};

use super::{Failed, Identity, InternalError, TicketRefusal, event};
use crate::{
    AuditEvent,
    directory::Person,
    session::{Authenticator, Session},
};

impl Identity {
    /// Answers an application: is the session valid, keep it up, end it. What is refused is
    /// answered with an exception, whose text is the same for tickets that are unknown and those
    /// of sessions that ended, were idle, or are locked or suspended.
    ///
    /// # Errors
    /// [`InternalError`] when the server fails.
    #[tracing::instrument(skip_all)]
    pub async fn session_service(
        &self,
        request: &SessionRequest,
    ) -> Result<SessionResponse, InternalError> {
        let (name, outcome) = match &request.operation {
            Operation::AddSessionListener { ticket, url } => {
                ("AddSessionListener", self.add_listener(ticket, url).await)
            }
            Operation::GetValidSessions { ticket, pattern } => {
                ("GetValidSessions", self.valid_sessions(ticket, pattern.as_deref()).await)
            }
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
            let kept = self.keep_from_idling(&session.id).await?;
            session = kept.ok_or(Failed::Refused(TicketRefusal::NoSession))?;
        }
        let mut view = self.view(&session, ticket.expose().to_owned())?;
        let uid = view_uid(&session)?;
        view.properties = View::validity_properties(ticket, &uid);
        Ok(Outcome::Session(Box::new(view)))
    }

    /// A session as the service shows it, under this name, without properties that would make it
    /// valid for anybody.
    pub(super) fn view(&self, session: &Session, sid: String) -> Result<View, InternalError> {
        let uid = view_uid(session)?;
        let now = self.clock.now();
        Ok(View {
            sid,
            client_id: format!("uid={uid},ou=People,o=nhs"),
            client_domain: "o=nhs".to_owned(),
            max_minutes: session.max_expires.since(session.created).as_secs() / 60,
            max_idle_minutes: session.idle.as_secs() / 60,
            max_caching_minutes: 0,
            idle_seconds: session.idle_for(now).as_secs(),
            left_seconds: session.remaining(now).as_secs(),
            state: SessionState::Valid,
            properties: vec![("UserId".to_owned(), uid.as_str().to_owned())],
        })
    }

    /// The active sessions, under names that are no tickets: an administrator may destroy them by
    /// these, and nobody can use them.
    async fn valid_sessions(
        &self,
        ticket: &Ticket,
        pattern: Option<&str>,
    ) -> Result<Outcome, Failed<TicketRefusal>> {
        let asking = self.administrator(ticket).await?;
        let (now, limit) = (self.clock.now(), MOST_LISTED.saturating_add(1));
        let listed = self.store.active_sessions(pattern, now, limit).await?;
        let complete = listed.len() <= MOST_LISTED as usize;
        let listed = listed.iter().take(MOST_LISTED as usize);
        let views = listed.map(|session| self.view(session, session.id.clone()));
        let sessions = views.collect::<Result<_, _>>()?;
        self.audit(event("list_sessions", "ok", &asking)).await?;
        Ok(Outcome::Sessions { sessions, complete })
    }

    /// The session of this ticket, when it is the session's own, and its role may administer
    /// sessions.
    async fn administrator(&self, ticket: &Ticket) -> Result<Session, Failed<TicketRefusal>> {
        let (stored, session) = self.active::<TicketRefusal>(ticket).await?;
        let person = self.person(&session.uid).await?;
        let may = person.is_some_and(|person| self.administers(&session, &person));
        if stored.relying_party.is_some() || !may {
            return Err(Failed::Refused(TicketRefusal::NotPermitted));
        }
        Ok(session)
    }

    /// Whether the role of this session, its user's, may administer. A passkey is not enough.
    pub(crate) fn administers(&self, session: &Session, person: &Person) -> bool {
        let offered = person.offered(self.clock.now());
        let role = offered.into_iter().find(|role| Some(&role.id) == session.role.as_ref());
        let may = role.is_some_and(|role| {
            let activities = &role.business_function_codes;
            activities.iter().any(|activity| self.rules.administration.contains(activity))
        });
        may && session.authenticator == Authenticator::Card
    }

    /// A session may destroy itself, and an administrator's any other, by its ticket or by the
    /// name that `GetValidSessions` gives it.
    async fn destroy_session(
        &self,
        ticket: &Ticket,
        target: &Ticket,
    ) -> Result<Outcome, Failed<TicketRefusal>> {
        let (_, session) = self.active::<TicketRefusal>(ticket).await?;
        let known = self.store.session_of(&target.sha256()).await?;
        if known.as_ref().is_some_and(|(_, other)| other.id == session.id) {
            self.end_by(ticket, None).await?;
            return Ok(Outcome::Destroyed);
        }
        let asking = self.administrator(ticket).await?;
        let other = match known {
            Some((_, other)) => Some(other),
            None => self.store.session(target.expose()).await?,
        };
        let other = other.ok_or(Failed::Refused(TicketRefusal::NoSession))?;
        // Who is about to do it; that it was done has an entry of its own.
        let target = Some(other.id.clone());
        self.audit(AuditEvent { target, ..event("destroy_other", "asked", &asking) }).await?;
        match self.destroy(&other.id).await? {
            true => Ok(Outcome::Destroyed),
            false => Err(Failed::Refused(TicketRefusal::NoSession)),
        }
    }
}

fn view_uid(session: &Session) -> Result<UserId, InternalError> {
    UserId::parse(&session.uid).map_err(|_| InternalError::Answer("user id".to_owned()))
}

/// How many sessions an answer tells of.
const MOST_LISTED: u32 = 1000;
