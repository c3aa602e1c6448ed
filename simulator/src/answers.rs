//! Answers to the agent's dialogs, in place of a window and a user.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use wardkey_host::dialog::screen::{Body, ChosenCard, FromDialog, Screen, Typed, TypedWhere};

use crate::card::PASSCODE;

/// How dialogs are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize, Serialize)]
pub enum Manner {
    /// Nobody answers, and the agent gives up after the time of policy.
    Never,
    /// They are cancelled.
    No,
    /// Consent is given, the card's passcode typed.
    #[default]
    Yes,
}

/// What is answered.
#[derive(Default)]
pub struct Answers(Mutex<State>);

#[derive(Clone, Default)]
struct State {
    manner: Manner,
    /// Words of the role that is chosen.
    role: Option<String>,
}

impl Answers {
    /// From now on dialogs are answered so.
    pub fn be(&self, manner: Manner) {
        self.state().manner = manner;
    }

    /// From now on a role whose id, name or organisation has these words is chosen; the first one
    /// where there are none.
    pub fn choose_role(&self, words: Option<String>) {
        self.state().role = words;
    }

    /// The answer to a screen. `None`: it asks nothing, or nobody answers.
    pub fn to(&self, screen: &Screen) -> Option<FromDialog> {
        let State { manner, role } = self.state().clone();
        let answer = match &screen.body {
            Body::Cards(body) if body.cards.is_empty() => FromDialog::Cancelled,
            Body::Cards(_) => FromDialog::Card(ChosenCard::Here { place: 0 }),
            Body::Consent { .. } => FromDialog::LetDo,
            // A simulated card keeps its passcode.
            Body::NewPasscode(_) | Body::Told(_) => FromDialog::Cancelled,
            Body::Passcode(body) => match body.typed {
                TypedWhere::Here => FromDialog::Passcode {
                    typed: Typed::new(PASSCODE.to_owned()),
                    left_out: Vec::new(),
                },
                TypedWhere::Elsewhere | TypedWhere::Pinentry | TypedWhere::Reader => {
                    FromDialog::Consented { left_out: Vec::new() }
                }
            },
            Body::Roles { roles, preselected, .. } => {
                let wanted = role.map(|words| words.to_lowercase());
                let has = |text: &str, words: &str| text.to_lowercase().contains(words);
                let chosen = match &wanted {
                    Some(words) => roles.iter().find(|role| {
                        role.id == *words
                            || has(&role.name, words)
                            || has(&role.organisation, words)
                    }),
                    None => roles
                        .iter()
                        .find(|role| preselected.as_ref() == Some(&role.id))
                        .or(roles.first()),
                };
                // Who has no such role rather takes none than another.
                chosen
                    .map_or(FromDialog::Cancelled, |role| FromDialog::Role { id: role.id.clone() })
            }
            Body::Signing { .. } | Body::Waiting { .. } => return None,
        };
        match manner {
            Manner::Never => None,
            Manner::No => Some(FromDialog::Cancelled),
            Manner::Yes => Some(answer),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
