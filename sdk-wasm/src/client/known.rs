use wardkey_protocol::{CommandName, event::EventName};

use super::{Json, Outcome, Plain};

/// What the page has been told of card and session, so that what it missed can be made up.
#[derive(Debug, Default)]
pub(super) struct Known {
    card_present: Option<bool>,
    in_session: bool,
}

impl Known {
    /// An event was told.
    pub(super) fn event<J: Json>(&mut self, event: EventName, data: &J) {
        self.card_present = card_present(data).or(self.card_present);
        match event {
            EventName::SessionStarted => self.in_session = true,
            EventName::SessionEnded => self.in_session = false,
            _ => {}
        }
    }

    /// A call was answered.
    pub(super) fn answer<J: Json>(&mut self, command: CommandName, ok: &J) {
        match command {
            CommandName::SignIn => self.in_session = true,
            CommandName::SignOut => self.in_session = false,
            CommandName::Status => self.in_session = ok.member("session").is_some(),
            _ => {}
        }
    }

    /// Events begin here, perhaps after some that nobody heard: what changed in between.
    pub(super) fn snapshot<J: Json>(&mut self, snapshot: &J) -> Option<Outcome<J>> {
        let before = self.card_present;
        let now = card_present(snapshot);
        self.card_present = now.or(before);
        self.in_session = snapshot.member("session").is_some();
        let event = match (before, now) {
            (Some(false), Some(true)) => EventName::CardInserted,
            (Some(true), Some(false)) => EventName::CardRemoved,
            _ => return None,
        };
        let data = J::object(&[(CARD_PRESENT, Plain::Flag(event == EventName::CardInserted))]);
        Some(Outcome::Event { event, data })
    }

    /// The port ended, and the page's place in its session with it: it has to sign in again, which
    /// takes no passcode while the session is active.
    pub(super) fn lose_session<J: Json>(&mut self) -> Option<Outcome<J>> {
        if !std::mem::take(&mut self.in_session) {
            return None;
        }
        let data = J::object(&[("state", Plain::Text("suspended"))]);
        Some(Outcome::Event { event: EventName::SessionChanged, data })
    }
}

/// Whether a card is in a reader, of what may tell it; absent without a grant.
pub(super) fn card_present<J: Json>(facts: &J) -> Option<bool> {
    facts.member(CARD_PRESENT)?.flag()
}

const CARD_PRESENT: &str = "cardPresent";
