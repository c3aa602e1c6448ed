use wardkey_spine::RoleSelection;

use super::{Change, Failed, Identity, TicketRefusal, event};
use crate::{
    session::{Session, State},
    store::TicketChange,
};

impl Identity {
    /// Chooses the role of a session, by the session's own ticket. When the session had another
    /// role, the tickets of relying parties stop working: they told of that one.
    ///
    /// # Errors
    /// [`TicketRefusal`], or the server's trouble.
    pub async fn select_role(
        &self,
        selection: &RoleSelection,
    ) -> Result<(), Failed<TicketRefusal>> {
        let (ticket, session) = self.active::<TicketRefusal>(&selection.ticket).await?;
        if ticket.relying_party.is_some() {
            return Err(Failed::Refused(TicketRefusal::NotPermitted));
        }
        self.choose_role(&session, &selection.role_profile).await?;
        Ok(())
    }

    /// Chooses the role of a session that is active; gives the session in that role.
    pub(crate) async fn choose_role(
        &self,
        session: &Session,
        role: &str,
    ) -> Result<Session, Failed<TicketRefusal>> {
        let person = self.person(&session.uid).await?;
        let now = self.clock.now();
        let offered = person.as_ref().map(|person| person.offered(now)).unwrap_or_default();
        if !offered.iter().any(|profile| profile.id == role) {
            return Err(Failed::Refused(TicketRefusal::RoleUnknown));
        }
        let selected = self
            .change(&session.id, |session, now| {
                if session.state != State::Active {
                    return Change::Leave(None);
                }
                let tickets = match &session.role {
                    Some(former) if former != role => TicketChange::DropChildren,
                    _ => TicketChange::Keep,
                };
                session.role = Some(role.to_owned());
                session.last_activity = now;
                let log = Some(event("select_role", "ok", session));
                Change::Store { answer: Some(session.clone()), tickets, log }
            })
            .await?;
        selected.flatten().ok_or(Failed::Refused(TicketRefusal::NoSession))
    }
}
