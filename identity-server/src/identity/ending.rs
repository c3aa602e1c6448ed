use super::{Change, Identity, InternalError, event, listener};
use crate::{
    Timestamp,
    delivery::{EndCause, Task},
    directory::People,
    session::{Session, State},
    store::{TicketChange, Unit},
};

impl Identity {
    /// Ends a session, whatever its state. `false`: there is none, or it was over already.
    pub(crate) async fn end(&self, id: &str, cause: EndCause) -> Result<bool, InternalError> {
        let ended = self.change(id, |session, _| match session.state {
            State::Ended => Change::Leave(false),
            _ => Change::End(true, cause),
        });
        Ok(ended.await?.unwrap_or(false))
    }

    /// Ends a session for an administrator. `false`: there is none, or it was over already.
    pub(crate) async fn destroy(&self, id: &str) -> Result<bool, InternalError> {
        self.end(id, EndCause::Destroyed).await
    }

    /// Reads which authorities are trusted for logins; to be called often.
    ///
    /// # Errors
    /// [`InternalError`] of the store.
    pub async fn refresh_trust(&self) -> Result<(), InternalError> {
        Ok(self.rules.trust.refresh(&self.store).await?)
    }

    /// Reads what changed in a directory that the server keeps, and ends the sessions of people who
    /// are gone or may no longer log in; to be called often.
    ///
    /// # Errors
    /// [`InternalError`] of the store.
    pub async fn refresh_people(&self) -> Result<(), InternalError> {
        let People::Kept(kept) = &self.people else { return Ok(()) };
        kept.refresh().await?;
        for uid in kept.take_changed() {
            let active = self.person(&uid).await?.is_some_and(|person| person.user.is_active());
            if active {
                continue;
            }
            for session in self.store.sessions(Some(&uid), u32::MAX).await? {
                self.end(&session.id, EndCause::Destroyed).await?;
            }
        }
        Ok(())
    }

    /// Brings sessions up to date whose lease lapsed or whose time is up, so that whoever has to
    /// be told is; to be called often. The number of sessions.
    ///
    /// # Errors
    /// [`InternalError`] of the store.
    pub async fn settle_overdue(&self) -> Result<usize, InternalError> {
        let mut settled = 0;
        loop {
            let overdue = self.store.overdue_sessions(self.clock.now(), AT_ONCE).await?;
            for id in &overdue {
                self.settle(id).await?;
            }
            settled += overdue.len();
            if overdue.len() < AT_ONCE as usize {
                return Ok(settled);
            }
        }
    }

    async fn settle(&self, id: &str) -> Result<(), InternalError> {
        self.change(id, |session, _| {
            let log = match session.state {
                State::Active => return Change::Leave(()),
                State::Suspended => Some(event("suspend", "ok", session)),
                State::Locked | State::Ended => None,
            };
            Change::Store { answer: (), tickets: TicketChange::Keep, log }
        })
        .await?;
        Ok(())
    }

    /// Keeps who has to be told that this session ended, in the unit that ends it.
    pub(super) async fn announce(
        &self,
        unit: &mut Unit,
        session: &Session,
        cause: EndCause,
        now: Timestamp,
    ) -> Result<(), InternalError> {
        for (url, wrapped) in unit.take_listeners(&session.id).await? {
            let task = listener::task(url, &wrapped, &session.id, cause, now);
            unit.put_delivery(&self.new_id()?, &task, now).await?;
        }
        for client in unit.clients_of(&session.id).await? {
            let (uid, session) = (session.uid.clone(), session.id.clone());
            let task = Task::LogoutToken { client, uid, session };
            unit.put_delivery(&self.new_id()?, &task, now).await?;
        }
        Ok(())
    }

    /// Makes room for one more session of this user, where policy limits them, by ending the
    /// oldest. Other nodes open none meanwhile.
    pub(super) async fn make_room(
        &self,
        unit: &mut Unit,
        uid: &str,
        now: Timestamp,
    ) -> Result<(), InternalError> {
        let Some(limit) = self.rules.times.per_user else { return Ok(()) };
        let mut open = unit.lock_sessions_of(uid).await?;
        open.retain(|session| session.state_at(now) != State::Ended);
        let excess = (open.len() + 1).saturating_sub(limit.get() as usize);
        for mut session in open.into_iter().take(excess) {
            session.state = State::Ended;
            if !unit.replace_session(&session, &TicketChange::DropAll).await? {
                return Err(InternalError::Contended);
            }
            unit.audit(now, event(EndCause::Destroyed.action(), "ok", &session)).await?;
            self.announce(unit, &session, EndCause::Destroyed, now).await?;
        }
        Ok(())
    }
}

/// How many sessions are brought up to date at once.
const AT_ONCE: u32 = 500;
