//! How a session is taken from its pages: the card was taken out, another user's card was put in,
//! the screen was locked, the user signed out, the server or the clock said so. Pages learn it
//! first; the record is written and the server is told in the background.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::{
    ErrorCode,
    event::{EventData, EventName},
    view::{SessionCause, SessionState},
};

use super::{Agent, admission, audit::Entry, session::Session};
use crate::policy::{OtherCard, ServerPolicy, SessionEffect, SessionRules};

/// What becomes of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is over.
    Ended,
    /// It waits for its card and passcode.
    Locked,
    /// The same, while another user is at the desk.
    Suspended,
}

impl Fate {
    /// What policy says is done; `None`: nothing.
    pub fn of(effect: SessionEffect) -> Option<Self> {
        match effect {
            SessionEffect::End => Some(Self::Ended),
            SessionEffect::Ignore => None,
            SessionEffect::Lock => Some(Self::Locked),
        }
    }

    fn state(self) -> SessionState {
        match self {
            Self::Ended => SessionState::Ended,
            Self::Locked => SessionState::Locked,
            Self::Suspended => SessionState::Suspended,
        }
    }

    fn event(self) -> EventName {
        match self {
            Self::Ended => EventName::SessionEnded,
            Self::Locked => EventName::SessionLocked,
            Self::Suspended => EventName::SessionChanged,
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Ended => "session_ended",
            Self::Locked => "session_locked",
            Self::Suspended => "session_suspended",
        }
    }
}

impl Agent {
    /// A card was taken out of a reader.
    pub(super) fn card_removed(self: &Arc<Self>, reader: &str) {
        self.dialogs.interrupt_reader(reader, ErrorCode::CardRemoved);
        self.lose_card(self.sessions.of_reader(reader));
    }

    /// The same of a token that is in no reader; its slot may have the name of others.
    pub(super) fn token_removed(self: &Arc<Self>, reader: &str, serial: &str) {
        self.dialogs.interrupt_token(reader, serial, ErrorCode::CardRemoved);
        let mut sessions = self.sessions.of_reader(reader);
        sessions.retain(|session| session.card.serial == serial);
        self.lose_card(sessions);
    }

    fn lose_card(self: &Arc<Self>, sessions: Vec<Arc<Session>>) {
        let mut at_once = Vec::new();
        for session in sessions {
            let Some((grace, effect)) = self.rules(&session).removal else { continue };
            let Some(fate) = Fate::of(effect) else { continue };
            if grace.is_zero() {
                at_once.push((session, fate));
            } else {
                self.wait_for_card(session, grace, fate);
            }
        }
        self.dispose(at_once, SessionCause::CardRemoved);
    }

    /// Put back in time, the same card leaves everything as it was.
    fn wait_for_card(self: &Arc<Self>, session: Arc<Session>, grace: Duration, fate: Fate) {
        let absence = session.card_left(Instant::now(), grace);
        let (agent, waiting) = (self.clone(), session.clone());
        let thread = thread::Builder::new().spawn(move || {
            thread::sleep(grace);
            // A card that was put in at the last moment is looked at to the end.
            let _looked = agent.looks();
            if waiting.is_overdue(absence, Instant::now()) {
                agent.dispose(vec![(waiting, fate)], SessionCause::CardRemoved);
            }
        });
        if let Err(error) = thread {
            tracing::error!("no grace for a card: {error}");
            self.dispose(vec![(session, fate)], SessionCause::CardRemoved);
        }
    }

    /// Ends a session here and at the server.
    pub(super) fn end_session(self: &Arc<Self>, session: &Arc<Session>, cause: SessionCause) {
        self.dispose(vec![(session.clone(), Fate::Ended)], cause);
    }

    /// Takes sessions from their pages, all of which are told before anything else is done.
    pub(super) fn dispose(
        self: &Arc<Self>,
        sessions: Vec<(Arc<Session>, Fate)>,
        cause: SessionCause,
    ) {
        let taken: Vec<_> = sessions
            .into_iter()
            .filter(|(session, fate)| self.take_from_pages(session, *fate, cause))
            .collect();
        for (session, fate) in taken {
            self.tell_server(&session, fate);
        }
    }

    /// Takes a session from its pages where the server has done so already.
    pub(super) fn follow_server(&self, session: &Session, fate: Fate) {
        if self.take_from_pages(session, fate, SessionCause::Server) {
            self.record_fate(session, fate);
        }
    }

    /// A session that another took the place of: of the same user it is over, else policy says.
    pub(super) fn displace(self: &Arc<Self>, session: &Arc<Session>, by: &Session) {
        let over = session.uid == by.uid || self.rules(session).other_card == OtherCard::End;
        let fate = if over { Fate::Ended } else { Fate::Suspended };
        self.dispose(vec![(session.clone(), fate)], SessionCause::UserChanged);
    }

    /// Tells the pages of a session that it is active again, each what it may see of it.
    pub(super) fn tell_resumed(&self, session: &Session) {
        for port in self.every_port() {
            if port.session().as_deref() != Some(session.id()) {
                continue;
            }
            let Ok(caller) = admission::admit(self, &port) else { continue };
            let data = EventData {
                state: Some(SessionState::Active),
                session: Some(session.view(&caller, Instant::now())),
                ..EventData::default()
            };
            port.notify(EventName::SessionResumed, data);
        }
        self.own_changed();
    }

    /// `false` where it was so before.
    fn take_from_pages(&self, session: &Session, fate: Fate, cause: SessionCause) -> bool {
        let taken = match fate {
            Fate::Ended => self.sessions.remove(session.id()),
            Fate::Locked | Fate::Suspended => session.hold(fate.state()),
        };
        if taken {
            let data =
                EventData { cause: Some(cause), state: Some(fate.state()), ..EventData::default() };
            self.tell_session(session, fate.event(), &data);
            // What its card was about to do was for this session. The dialog that signs out, or
            // in anew, is not.
            if fate != Fate::Ended {
                self.dialogs.interrupt_card(&session.card.serial, ErrorCode::SessionLocked);
            }
        }
        taken
    }

    pub(super) fn record_fate(&self, session: &Session, fate: Fate) {
        self.record(&Entry {
            action: fate.action(),
            uid: Some(&session.uid),
            card: Some(&session.card.serial),
            outcome: "ok",
            ..Entry::default()
        });
    }

    pub(super) fn rules(&self, session: &Session) -> SessionRules {
        let policy = self.policy.as_ref().ok().and_then(|policy| policy.server(&session.server));
        policy.map(ServerPolicy::session_rules).unwrap_or_default()
    }
}
