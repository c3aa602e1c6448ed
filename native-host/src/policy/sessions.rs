use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ServerPolicy;

/// What an event does to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionEffect {
    /// It ends.
    End,
    /// Nothing.
    Ignore,
    /// It is locked until its card and passcode are back.
    Lock,
}

/// A session mode by the name that the Spine's own agent gave it, in the published order of
/// precedence.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Taking the card out changes nothing; a timer asks for it again.
    Mobility,
    /// Taking the card out locks.
    SessionPersistence,
    /// Taking the card out ends; locking the screen asks for the passcode again.
    EnhancedNormal,
    /// Taking the card out ends.
    Normal,
}

/// What another user's card does to a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherCard {
    /// It ends.
    End,
    /// Nothing, until that user signs in: for desks where two cards are in at once.
    Ignore,
    /// It waits for its own card.
    #[default]
    Suspend,
}

/// What putting a card in may open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardInserted {
    /// No dialog.
    Nothing,
    /// The dialog of the session that waits for this card, or of whoever takes over from another
    /// user.
    #[default]
    Resume,
    /// The sign-in too.
    SignOn,
}

/// What happens to the sessions at one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// Once the card has been out for so long; `None`: nothing ever.
    pub removal: Option<(Duration, SessionEffect)>,
    /// When another user's card is put in.
    pub other_card: OtherCard,
    /// What a card that is put in may open.
    pub card_inserted: CardInserted,
    /// When the screen is locked.
    pub on_screen_lock: SessionEffect,
    /// When the computer sleeps.
    pub on_sleep: SessionEffect,
}

impl SessionRules {
    pub(super) fn of(policy: &ServerPolicy) -> Self {
        let (removal, on_screen_lock) = match policy.modes.iter().min() {
            Some(Mode::Mobility) => (SessionEffect::Ignore, SessionEffect::Ignore),
            Some(Mode::SessionPersistence) => (SessionEffect::Lock, SessionEffect::Ignore),
            Some(Mode::EnhancedNormal) => (SessionEffect::End, SessionEffect::Lock),
            Some(Mode::Normal) => (SessionEffect::End, SessionEffect::Ignore),
            None => (
                policy.removal.unwrap_or(SessionEffect::End),
                policy.on_screen_lock.unwrap_or(SessionEffect::Ignore),
            ),
        };
        let grace = policy.removal_grace_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        Self {
            removal: match (removal, grace) {
                (SessionEffect::Ignore, None) => None,
                (SessionEffect::Ignore, Some(grace)) => Some((grace, SessionEffect::Lock)),
                (effect, grace) => Some((grace.unwrap_or_default(), effect)),
            },
            other_card: policy.other_card,
            card_inserted: policy.card_inserted,
            on_screen_lock,
            on_sleep: policy.on_sleep.unwrap_or(SessionEffect::Ignore),
        }
    }
}

impl SessionRules {
    /// Whether anything that the desktop tells does something to a session.
    pub fn follow_desktop(&self) -> bool {
        [self.on_screen_lock, self.on_sleep] != [SessionEffect::Ignore; 2]
    }
}

impl Default for SessionRules {
    /// Where policy says nothing.
    fn default() -> Self {
        Self {
            removal: Some((Duration::ZERO, SessionEffect::End)),
            other_card: OtherCard::default(),
            card_inserted: CardInserted::default(),
            on_screen_lock: SessionEffect::Ignore,
            on_sleep: SessionEffect::Ignore,
        }
    }
}

#[cfg(test)]
mod tests;
