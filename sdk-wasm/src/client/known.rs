use serde_json::Value;
use wardkey_protocol::{
    CommandName,
    command::subscribe::Snapshot,
    event::{EventData, EventName},
    view::SessionState,
};

use super::Outcome;

/// What the page has been told of card and session, so that what it missed can be made up.
#[derive(Debug, Default)]
pub(super) struct Known {
    card_present: Option<bool>,
    in_session: bool,
}

impl Known {
    /// An event was told.
    pub(super) fn event(&mut self, event: EventName, data: &EventData) {
        self.card_present = data.card_present.or(self.card_present);
        match event {
            EventName::SessionStarted => self.in_session = true,
            EventName::SessionEnded => self.in_session = false,
            _ => {}
        }
    }

    /// A call was answered.
    pub(super) fn answer(&mut self, command: CommandName, ok: &Value) {
        match command {
            CommandName::SignIn => self.in_session = true,
            CommandName::SignOut => self.in_session = false,
            CommandName::Status => self.in_session = ok.get("session").is_some(),
            _ => {}
        }
    }

    /// Events begin here, perhaps after some that nobody heard: what changed in between.
    pub(super) fn snapshot(&mut self, snapshot: &Snapshot) -> Option<Outcome> {
        let before = self.card_present;
        self.card_present = snapshot.card_present.or(before);
        self.in_session = snapshot.session.is_some();
        let event = match (before, snapshot.card_present) {
            (Some(false), Some(true)) => EventName::CardInserted,
            (Some(true), Some(false)) => EventName::CardRemoved,
            _ => return None,
        };
        let data = EventData { card_present: snapshot.card_present, ..EventData::default() };
        Some(Outcome::Event { event, data })
    }

    /// The port ended, and the page's place in its session with it: it has to sign in again, which
    /// takes no passcode while the session is active.
    pub(super) fn lose_session(&mut self) -> Option<Outcome> {
        if !std::mem::take(&mut self.in_session) {
            return None;
        }
        let data = EventData { state: Some(SessionState::Suspended), ..EventData::default() };
        Some(Outcome::Event { event: EventName::SessionChanged, data })
    }
}
