use tracing::warn;

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
    /// are gone, may no longer log in, or have not the session's role any more; to be called often.
    ///
    /// # Errors
    /// [`InternalError`] of the store.
    pub async fn refresh_people(&self) -> Result<(), InternalError> {
        let People::Kept(kept) = &self.people else { return Ok(()) };
        kept.refresh().await?;
        let changed = kept.take_changed();
        let done = async {
            if changed.len() > AT_ONCE as usize {
                return self.recheck_people().await;
            }
            for uid in &changed {
                self.end_without_right(uid).await?;
            }
            Ok(())
        };
        let done = done.await;
        if done.is_err() {
            kept.put_back_changed(changed);
        }
        done
    }

    /// Ends the sessions of everybody who is gone, may no longer log in, or has not the session's
    /// role any more.
    ///
    /// # Errors
    /// [`InternalError`] of the store. A directory that does not answer ends nothing.
    pub async fn recheck_people(&self) -> Result<(), InternalError> {
        let mut after = String::new();
        loop {
            let users = self.store.users_with_sessions(&after, AT_ONCE).await?;
            let Some(last) = users.last() else { return Ok(()) };
            after.clone_from(last);
            for uid in &users {
                match self.end_without_right(uid).await {
                    Err(InternalError::Directory(error)) => {
                        warn!(%error, "whether people are still there can't be told");
                        return Ok(());
                    }
                    done => done?,
                }
            }
        }
    }

    async fn end_without_right(&self, uid: &str) -> Result<(), InternalError> {
        let sessions = self.store.sessions(Some(uid), u32::MAX).await?;
        if sessions.is_empty() {
            return Ok(());
        }
        let person = self.person(uid).await?;
        let now = self.clock.now();
        let offered = person.as_ref().map(|person| person.offered(now)).unwrap_or_default();
        for session in sessions {
            let right = match &session.role {
                Some(role) => offered.iter().any(|profile| profile.id == *role),
                None => !offered.is_empty(),
            };
            if !right {
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
    /// oldest. Other nodes open none meanwhile. When the unit is committed, [`Identity::ended`] has
    /// to be told the number that is returned.
    pub(super) async fn make_room(
        &self,
        unit: &mut Unit,
        uid: &str,
        now: Timestamp,
    ) -> Result<u64, InternalError> {
        let Some(limit) = self.rules.times.per_user else { return Ok(0) };
        let mut open = unit.lock_sessions_of(uid).await?;
        open.retain(|session| session.state_at(now) != State::Ended);
        let excess = (open.len() + 1).saturating_sub(limit.get() as usize);
        let mut ended = 0;
        for session in open.into_iter().take(excess) {
            ended += u64::from(self.end_within(unit, session, now).await?);
        }
        Ok(ended)
    }

    /// Ends a session in this unit, whoever else changes it meanwhile. `false`: it was over.
    async fn end_within(
        &self,
        unit: &mut Unit,
        session: Session,
        now: Timestamp,
    ) -> Result<bool, InternalError> {
        let mut found = Some(session);
        for _ in 0..ATTEMPTS {
            let Some(mut session) = found.filter(|found| found.state != State::Ended) else {
                return Ok(false);
            };
            session.state = State::Ended;
            if unit.replace_session(&session, &TicketChange::DropAll).await? {
                unit.audit(now, event(EndCause::Destroyed.action(), "ok", &session)).await?;
                self.announce(unit, &session, EndCause::Destroyed, now).await?;
                return Ok(true);
            }
            found = unit.session(&session.id).await?;
        }
        Err(InternalError::Contended)
    }

    /// Counts sessions that ended, and has who relies on them told.
    pub(super) fn ended(&self, cause: EndCause, sessions: u64) {
        if sessions > 0 {
            let cause = cause.action();
            metrics::counter!("wardkey_sessions_ended_total", "cause" => cause).increment(sessions);
            self.deliveries.notify_one();
        }
    }

    /// Keeps who has to be told that a ticket of a session that goes on is over.
    pub(super) async fn announce_tickets(
        &self,
        unit: &mut Unit,
        session: &Session,
        now: Timestamp,
    ) -> Result<(), InternalError> {
        for (url, wrapped) in unit.take_listeners_without_ticket(&session.id).await? {
            let task = listener::task(url, &wrapped, &session.id, EndCause::Destroyed, now);
            unit.put_delivery(&self.new_id()?, &task, now).await?;
            self.deliveries.notify_one();
        }
        Ok(())
    }
}

/// How many sessions, or users, are brought up to date at once.
pub(super) const AT_ONCE: u32 = 500;
const ATTEMPTS: usize = 32;
