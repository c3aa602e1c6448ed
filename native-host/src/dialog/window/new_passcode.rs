use eframe::egui::{self, RichText, Ui};
use zeroize::Zeroizing;

use super::{
    look::Look,
    parts::{
        SecretField, alert, boxed, buttons, card_line, caution, entered, entered_in, secret, status,
    },
};
use crate::dialog::{
    screen::{FromDialog, NewPasscodeBody, SetBy, Typed, TypedWhere},
    words::{Said, Word},
};

/// Another passcode, with what has been typed.
pub struct NewPasscode {
    body: NewPasscodeBody,
    /// What sets it, the new passcode, and that again.
    typed: [Zeroizing<String>; 3],
    try_accepted: bool,
    focused: bool,
}

impl NewPasscode {
    pub fn new(body: NewPasscodeBody) -> Self {
        let typed = [secret(), secret(), secret()];
        Self { body, typed, try_accepted: false, focused: false }
    }

    pub fn show(&mut self, ui: &mut Ui, look: &Look) -> Option<FromDialog> {
        card_line(ui, look, &self.body.card);
        let warning = self.warnings(ui, look);
        let entered = match self.body.typed {
            TypedWhere::Here => self.fields(ui, look, warning),
            elsewhere => {
                ui.label(look.say(ui, self.body.rules.said()));
                ui.label(look.say(ui, self.body.typed_at(elsewhere)));
                entered(ui)
            }
        };
        ui.add_space(6.0);
        let ready = self.is_ready();
        let go_on = match (self.body.typed, self.body.by) {
            (TypedWhere::Here, SetBy::Passcode) => Word::Change,
            (TypedWhere::Here, SetBy::UnblockingKey) => Word::Unblock,
            _ => Word::GoOn,
        };
        let go_on = look.say(ui, go_on);
        let pressed = buttons(ui, look, &go_on, ready);
        if self.body.typed != TypedWhere::Here && !self.focused {
            self.focused = true;
            pressed.main.request_focus();
        }
        match pressed.answer {
            Some(false) => Some(FromDialog::Cancelled),
            Some(true) => Some(self.take()),
            None => (entered && ready).then(|| self.take()),
        }
    }

    /// What there is to know; the warning that the first field is described by.
    fn warnings(&mut self, ui: &mut Ui, look: &Look) -> Option<egui::Id> {
        if let Some(note) = &self.body.note {
            let note = look.say(ui, note.clone());
            caution(ui, look, &note);
        }
        let tries = self.body.tries;
        let wrong = tries.wrong.then(|| self.body.wrong());
        if !tries.last {
            let said = match (wrong, tries.left) {
                (Some(wrong), _) => {
                    let wrong = look.say(ui, wrong);
                    return Some(caution(ui, look, &wrong).id);
                }
                (None, Some(left)) => Said::counted(Word::TriesLeft, left.into()),
                (None, None) => return None,
            };
            return Some(ui.label(look.quiet(ui, said)).id);
        }
        let palette = &look.palette;
        let warning = boxed(ui, palette.danger_fill, palette.danger, |ui| {
            if let Some(wrong) = wrong {
                let wrong = look.say(ui, wrong);
                alert(ui, RichText::new(wrong).color(palette.danger).strong());
            }
            let (text, agree) = self.body.last_try();
            let text = RichText::new(look.say(ui, text)).color(palette.danger);
            let warning = alert(ui, text);
            let agree = look.say(ui, agree);
            ui.checkbox(&mut self.try_accepted, agree);
            warning
        });
        Some(warning.id)
    }

    /// The three fields, with the card's rules before the second; whether Enter was pressed in one.
    fn fields(&mut self, ui: &mut Ui, look: &Look, warning: Option<egui::Id>) -> bool {
        let (name, more) = match self.body.by {
            SetBy::Passcode => (Word::CurrentPasscode, None),
            SetBy::UnblockingKey => (Word::UnblockingKey, Some(Word::UnblockingKeyIsWhere)),
        };
        let mut entered = self.field(ui, look, 0, name, warning);
        if let Some(more) = more {
            ui.label(look.quiet(ui, more).small());
        }
        ui.add_space(4.0);
        let rules = ui.label(look.say(ui, self.body.rules.said()));
        entered |= self.field(ui, look, 1, Word::NewPasscode, Some(rules.id));
        entered |= self.field(ui, look, 2, Word::NewPasscodeAgain, Some(rules.id));
        let (said, is_wrong) = self.judgement();
        let said = said.map(|said| look.say(ui, said)).unwrap_or_default();
        let colour = if is_wrong { look.palette.caution } else { look.palette.quiet };
        status(ui, RichText::new(said).color(colour));
        if entered && !self.is_ready() {
            let place = self.first_open();
            ui.memory_mut(|memory| memory.request_focus(field_id(place)));
        }
        entered
    }

    fn field(
        &mut self,
        ui: &mut Ui,
        look: &Look,
        place: usize,
        name: Word,
        described_by: Option<egui::Id>,
    ) -> bool {
        let label = look.say(ui, name);
        let typed = &mut self.typed[place];
        let field = SecretField { id: field_id(place), label, described_by, typed };
        let response = field.show(ui);
        // Only once: focus asked for on every frame would never let the window settle.
        if !self.focused {
            self.focused = true;
            response.request_focus();
        }
        entered_in(ui, &response)
    }

    /// What the new passcode, as far as it is typed, is by the card's rules; whether that is wrong.
    fn judgement(&self) -> (Option<Said>, bool) {
        let [now, new, again] = &self.typed;
        let rules = self.body.rules;
        let (min, max) = (usize::from(rules.lengths.min), usize::from(rules.lengths.max));
        if new.is_empty() {
            return (None, false);
        }
        if rules.digits && !new.bytes().all(|byte| byte.is_ascii_digit()) {
            return (Some(Word::DigitsOnly.into()), true);
        }
        if new.len() < min {
            return (Some(Said::counted(Word::CharactersMissing, min - new.len())), false);
        }
        if new.len() > max {
            return (Some(Said::counted(Word::CharactersTooMany, new.len() - max)), true);
        }
        if self.body.by == SetBy::Passcode && **new == **now {
            return (Some(Word::SameAsNow.into()), true);
        }
        match () {
            () if again.is_empty() => (Some(Word::FitsTheRules.into()), false),
            () if **again == **new => (Some(Word::TwiceTheSame.into()), false),
            () if new.starts_with(again.as_str()) => (Some(Word::FitsTheRules.into()), false),
            () => (Some(Word::NotTheSame.into()), true),
        }
    }

    /// The first field in which something is still to be typed.
    fn first_open(&self) -> usize {
        let [now, new, _] = &self.typed;
        match () {
            () if !self.body.lengths.admit(now) => 0,
            () if !self.fits(new) => 1,
            () => 2,
        }
    }

    fn fits(&self, new: &str) -> bool {
        let rules = self.body.rules;
        let digits = new.bytes().all(|byte| byte.is_ascii_digit());
        let other = self.body.by != SetBy::Passcode || *new != **self.typed[0];
        rules.lengths.admit(new) && (digits || !rules.digits) && other
    }

    fn is_ready(&self) -> bool {
        let [now, new, again] = &self.typed;
        let typed = self.body.typed != TypedWhere::Here
            || self.body.lengths.admit(now) && self.fits(new) && **again == **new;
        typed && (!self.body.tries.last || self.try_accepted)
    }

    fn take(&mut self) -> FromDialog {
        if self.body.typed != TypedWhere::Here {
            return FromDialog::Consented { left_out: Vec::new() };
        }
        let [proof, new, _] = std::mem::replace(&mut self.typed, [secret(), secret(), secret()])
            .map(|mut typed| Typed::new(std::mem::take(&mut *typed)));
        FromDialog::NewPasscode { proof, new }
    }
}

impl NewPasscodeBody {
    /// What was wrong with what was typed first.
    fn wrong(&self) -> Said {
        match (self.by, self.tries.left) {
            (SetBy::Passcode, Some(left)) => Said::counted(Word::PasscodeWrongTries, left.into()),
            (SetBy::Passcode, None) => Word::PasscodeWrong.into(),
            (SetBy::UnblockingKey, Some(left)) => {
                Said::counted(Word::UnblockingKeyWrongTries, left.into())
            }
            (SetBy::UnblockingKey, None) => Word::UnblockingKeyWrong.into(),
        }
    }

    /// The warning before a try that may be the last, and what the user agrees to.
    fn last_try(&self) -> (Word, Word) {
        match (self.by, self.tries.left) {
            (SetBy::Passcode, _) => (Word::LastTry, Word::UseLastTry),
            (SetBy::UnblockingKey, Some(_)) => (Word::UnblockingKeyLastTry, Word::UseLastTry),
            (SetBy::UnblockingKey, None) => {
                (Word::UnblockingKeyTriesUnknown, Word::HaveUnblockingKey)
            }
        }
    }

    /// Where it is typed, if not here.
    fn typed_at(&self, elsewhere: TypedWhere) -> Word {
        match (elsewhere, self.by) {
            (TypedWhere::Reader, by) => at_reader(by),
            _ => Word::NewPasscodeInNextWindow,
        }
    }
}

/// What is typed at a reader with keys.
pub fn at_reader(by: SetBy) -> Word {
    match by {
        SetBy::Passcode => Word::NewPasscodeAtReader,
        SetBy::UnblockingKey => Word::UnblockAtReader,
    }
}

/// The first field has the name that the passcode's has.
fn field_id(place: usize) -> egui::Id {
    match place {
        0 => egui::Id::unique("passcode"),
        _ => egui::Id::unique(("new-passcode", place)),
    }
}
