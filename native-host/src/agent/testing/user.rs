use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{PASSCODE, lock};
use crate::{
    dialog::{
        client::{DialogError, Window},
        screen::{Body, ChosenCard, FromDialog, Screen, Typed},
        words::Word,
    },
    interrupt::Interrupt,
};

/// Who sits before the dialogs.
pub struct User {
    /// How many windows were opened.
    pub windows: usize,
    /// Every screen that was shown.
    pub screens: Vec<Screen>,
    /// What they type before the right passcode, the last first.
    pub passcodes: Vec<String>,
    /// What they type for another passcode, the last first: what sets it, and the new one.
    pub new_passcodes: Vec<(&'static str, &'static str)>,
    /// They do what they are offered.
    pub accepts: bool,
    /// The card that they choose, by place.
    pub card: usize,
    /// The role that they choose.
    pub role: String,
    /// The documents that they leave out the next time, by place.
    pub leaves_out: Vec<usize>,
    /// They cancel the next window.
    pub cancels: bool,
    /// How often they let a moment pass before they answer.
    pub waits: usize,
    /// What happens while they think, once.
    pub meanwhile: Option<Box<dyn FnOnce() + Send>>,
}

impl Default for User {
    fn default() -> Self {
        let role = "R1".to_owned();
        Self {
            windows: 0,
            screens: Vec::new(),
            passcodes: Vec::new(),
            new_passcodes: Vec::new(),
            accepts: false,
            card: 0,
            role,
            leaves_out: Vec::new(),
            cancels: false,
            waits: 0,
            meanwhile: None,
        }
    }
}

impl User {
    /// What opens windows before this user.
    pub fn windows(
        user: &Arc<Mutex<Self>>,
    ) -> impl Fn() -> Result<Box<dyn Window>, DialogError> + Send + Sync + 'static {
        let user = user.clone();
        move || {
            lock(&user).windows += 1;
            Ok(Box::new(Scripted(user.clone())))
        }
    }

    /// The screens that asked something: the relying party, and what kind of screen it was.
    pub fn asked(&self) -> Vec<(Word, &str, &'static str)> {
        let asked = self.screens.iter().filter_map(|screen| {
            let kind = match screen.body {
                Body::Cards(_) => "cards",
                Body::Consent { .. } => "consent",
                Body::NewPasscode(_) => "new passcode",
                Body::Passcode(_) => "passcode",
                Body::Roles { .. } => "roles",
                Body::Told(_) => "told",
                Body::Signing { .. } | Body::Waiting { .. } => return None,
            };
            let name = screen.who_asks.relying_party.as_deref().unwrap_or_default();
            Some((screen.title.word(), name, kind))
        });
        asked.collect()
    }
}

struct Scripted(Arc<Mutex<User>>);

impl Window for Scripted {
    fn has_pinentry(&self) -> bool {
        false
    }

    fn painted(&self) -> Option<Instant> {
        None
    }

    fn show(&mut self, screen: Screen) -> Result<(), DialogError> {
        lock(&self.0).screens.push(screen);
        Ok(())
    }

    fn stop_with(&mut self, _: &Arc<Interrupt>) {}

    fn answer(
        &mut self,
        _: Duration,
        interrupt: &Arc<Interrupt>,
    ) -> Result<FromDialog, DialogError> {
        let meanwhile = lock(&self.0).meanwhile.take();
        if let Some(happens) = meanwhile {
            happens();
        }
        interrupt.check().map_err(DialogError::Raised)?;
        let mut user = lock(&self.0);
        if user.waits > 0 {
            user.waits -= 1;
            return Err(DialogError::TimedOut);
        }
        if std::mem::take(&mut user.cancels) {
            return Ok(FromDialog::Cancelled);
        }
        let shown = user.screens.last().map(|screen| screen.body.clone());
        Ok(match shown {
            Some(Body::Cards(_)) => FromDialog::Card(ChosenCard::Here { place: user.card }),
            Some(Body::NewPasscode(_)) => match user.new_passcodes.pop() {
                Some((proof, new)) => FromDialog::NewPasscode {
                    proof: Typed::new(proof.to_owned()),
                    new: Typed::new(new.to_owned()),
                },
                None => FromDialog::Cancelled,
            },
            Some(Body::Told(told)) if told.offer.is_some() && user.accepts => FromDialog::Accepted,
            Some(Body::Told(_)) => FromDialog::Cancelled,
            Some(Body::Passcode(_)) => {
                let typed = user.passcodes.pop().unwrap_or_else(|| PASSCODE.to_owned());
                let left_out = std::mem::take(&mut user.leaves_out);
                FromDialog::Passcode { typed: Typed::new(typed), left_out }
            }
            Some(Body::Consent { .. }) => FromDialog::LetDo,
            Some(Body::Roles { .. }) => FromDialog::Role { id: user.role.clone() },
            _ => return Err(DialogError::NoWindow),
        })
    }
}
