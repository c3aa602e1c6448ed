use super::{Identity, InternalError, event};
use crate::{
    AuditEvent, Timestamp,
    delivery::EndCause,
    session::{Session, State},
    store::TicketChange,
};

/// What to do with a session after a decision on it.
#[allow(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub(super) enum Change<T> {
    /// End it.
    End(T, EndCause),
    /// Nothing.
    Leave(T),
    /// Store it, change its tickets, and log that.
    Store { answer: T, tickets: TicketChange, log: Option<AuditEvent> },
}

impl Identity {
    /// Changes a session, settled to the present, and begins again when another change came
    /// between. The change, what the log says of it and whom it has to be told to are kept
    /// together: what is not in the log does not happen. `Ok(None)`: there is no such session.
    pub(super) async fn change<T>(
        &self,
        id: &str,
        decide: impl Fn(&mut Session, Timestamp) -> Change<T> + Send,
    ) -> Result<Option<T>, InternalError> {
        for _ in 0..ATTEMPTS {
            let Some(mut session) = self.store.session(id).await? else { return Ok(None) };
            let now = self.clock.now();
            let timed_out = session.timed_out(now);
            session.settle(now);
            let (answer, cause, tickets, log) = match decide(&mut session, now) {
                Change::Leave(answer) => return Ok(Some(answer)),
                Change::End(answer, cause) => {
                    (answer, Some(timed_out.unwrap_or(cause)), TicketChange::DropAll, None)
                }
                Change::Store { answer, log, .. } if timed_out.is_some() => {
                    (answer, timed_out, TicketChange::DropAll, log)
                }
                Change::Store { answer, tickets, log } => (answer, None, tickets, log),
            };
            if cause.is_some() {
                session.state = State::Ended;
            }
            let mut unit = self.store.begin().await?;
            if !unit.replace_session(&session, &tickets).await? {
                continue;
            }
            if let Some(event) = log {
                unit.audit(now, event).await?;
            }
            if cause.is_none() && tickets.ends_some() {
                self.announce_tickets(&mut unit, &session, now).await?;
            }
            if let Some(cause) = cause {
                unit.audit(now, event(cause.action(), "ok", &session)).await?;
                self.announce(&mut unit, &session, cause, now).await?;
            }
            unit.commit().await?;
            if let Some(cause) = cause {
                self.ended(cause, 1);
            }
            return Ok(Some(answer));
        }
        Err(InternalError::Contended)
    }

    /// Has a session's idle time begin anew, for what its user has just done; activity that is within
    /// [`SessionTimes::idle_grain`](crate::SessionTimes::idle_grain) of other activity is not stored.
    /// The session; `None`: it is not active.
    pub(crate) async fn keep_from_idling(
        &self,
        id: &str,
    ) -> Result<Option<Session>, InternalError> {
        let kept = self.change(id, |session, now| {
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
        Ok(kept.await?.flatten())
    }
}

const ATTEMPTS: usize = 32;
