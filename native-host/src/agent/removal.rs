//! How a session ends: the card was taken out, the user signed out, the server or the clock said
//! so. The page learns it first; the server is told at once, and again until it has heard.

use std::{sync::Arc, thread, time::Duration};

use wardkey_protocol::{
    ErrorCode,
    event::{EventData, EventName},
    view::{SessionCause, SessionState},
};

use super::{Agent, audit::Entry, session::Session};
use crate::{policy::Removal, server::Logout};

impl Agent {
    /// A card was taken out of a reader.
    pub(super) fn card_removed(self: &Arc<Self>, reader: &str) {
        self.dialogs.interrupt_card(reader, ErrorCode::CardRemoved);
        for session in self.sessions.of_reader(reader) {
            let policy =
                self.policy.as_ref().ok().and_then(|policy| policy.server(&session.server));
            match policy.map(|server| server.removal).unwrap_or_default() {
                Removal::End => self.end_session(&session, SessionCause::CardRemoved),
                Removal::Ignore => {}
            }
        }
    }

    /// Ends a session here and at the server.
    pub(super) fn end_session(self: &Arc<Self>, session: &Arc<Session>, cause: SessionCause) {
        if self.drop_session(session, cause) {
            self.end_at_server(session);
        }
    }

    /// Ends a session that another took the place of.
    pub(super) fn end_displaced(self: &Arc<Self>, session: &Arc<Session>) {
        self.tell_ended(session, SessionCause::UserChanged);
        self.end_at_server(session);
    }

    fn end_at_server(self: &Arc<Self>, session: &Arc<Session>) {
        let (agent, session) = (self.clone(), session.clone());
        thread::spawn(move || agent.tell_server_until_heard(&session));
    }

    /// Ends a session here, where the server has ended it already; `false` where it was over.
    pub(super) fn drop_session(&self, session: &Session, cause: SessionCause) -> bool {
        let was_there = self.sessions.remove(session.id());
        if was_there {
            self.tell_ended(session, cause);
        }
        was_there
    }

    fn tell_ended(&self, session: &Session, cause: SessionCause) {
        let data = EventData {
            cause: Some(cause),
            state: Some(SessionState::Ended),
            ..EventData::default()
        };
        self.tell_session(session, EventName::SessionEnded, &data);
        self.record(&Entry {
            action: "session_ended",
            uid: Some(&session.uid),
            card: Some(&session.card.serial),
            outcome: "ok",
            ..Entry::default()
        });
    }

    fn tell_server_until_heard(&self, session: &Session) {
        let Some(server) = self.servers.get(&session.server) else { return };
        let credentials = session.credentials();
        let logout =
            Logout { uid: &session.uid, parent: &credentials.parent, url: &credentials.logout_url };
        let mut pause = FIRST_PAUSE;
        // The lease lapses in the end, which suspends the session whether or not we get through.
        for _ in 0..ATTEMPTS {
            match server.logout(&logout) {
                Ok(()) => return,
                Err(fault) => tracing::warn!("logout: {fault}"),
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

const ATTEMPTS: u32 = 20;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
