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

    /// Chooses the role of a session that is active; gives the session in that role. Where policy
    /// has it, a session that has a role gets another one only as long after its card's answer as
    /// a login may take.
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
        let times = self.rules.times;
        let selected = self
            .change(&session.id, |session, now| {
                if session.state != State::Active {
                    return Change::Leave(Err(TicketRefusal::NoSession));
                }
                let changes = session.role.as_deref().is_some_and(|former| former != role);
                let just_answered = now.since(session.authenticated) < times.challenge();
                if changes && times.role_change_needs_card && !just_answered {
                    return Change::Leave(Err(TicketRefusal::RoleFixed));
                }
                let tickets = if changes { TicketChange::DropChildren } else { TicketChange::Keep };
                session.role = Some(role.to_owned());
                session.last_activity = now;
                let log = Some(event("select_role", "ok", session));
                Change::Store { answer: Ok(session.clone()), tickets, log }
            })
            .await?;
        selected.unwrap_or(Err(TicketRefusal::NoSession)).map_err(Failed::Refused)
    }
}
