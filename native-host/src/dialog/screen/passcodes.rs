//! Another passcode, and what a user is told of theirs.

use serde::{Deserialize, Serialize};

use super::{CardLine, Tries, TypedWhere};
use crate::dialog::words::{Said, Word};

/// Another passcode for a card.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NewPasscodeBody {
    /// The card.
    pub card: CardLine,
    /// What sets it.
    pub by: SetBy,
    /// What is known of the tries of that.
    pub tries: Tries,
    /// The lengths that it may have.
    pub lengths: Lengths,
    /// What the new passcode has to be.
    pub rules: Rules,
    /// Where all of it is typed.
    pub typed: TypedWhere,
    /// What was wrong with the new passcode that was typed before.
    pub note: Option<Said>,
}

/// What sets a new passcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SetBy {
    /// The passcode that the card has.
    Passcode,
    /// The key that unblocks it.
    UnblockingKey,
}

/// In bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Lengths {
    /// The shortest.
    pub min: u8,
    /// The longest.
    pub max: u8,
}

/// The card's own rules for a new passcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Rules {
    /// How long it is.
    pub lengths: Lengths,
    /// Whether it has digits only.
    pub digits: bool,
}

/// Something that the user has to know, and may do something about.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ToldBody {
    /// Whether it is well.
    pub is_well: bool,
    /// What happened.
    pub text: Said,
    /// What to do.
    pub remedy: Said,
    /// What they can do here.
    pub offer: Option<SetBy>,
}

impl Lengths {
    /// Whether a text is so long.
    #[must_use]
    pub fn admit(self, typed: &str) -> bool {
        (usize::from(self.min)..=usize::from(self.max)).contains(&typed.len())
    }
}

impl Rules {
    /// In words.
    #[must_use]
    pub fn said(self) -> Said {
        let Lengths { min, max } = self.lengths;
        match (self.digits, max) {
            (true, _) => Said::from(Word::RuleDigits).with(min).with(max),
            // No card has passcodes of that length; it is what modules say that do not know.
            (false, u8::MAX) => Said::from(Word::RuleAtLeast).with(min),
            (false, _) => Said::from(Word::RuleCharacters).with(min).with(max),
        }
    }
}
