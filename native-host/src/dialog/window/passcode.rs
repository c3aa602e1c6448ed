use eframe::egui::{self, RichText, Ui};
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    content::Documents,
    look::Look,
    parts::{
        SECRET_CAPACITY, SecretField, alert, boxed, buttons, card_line, caution, entered,
        entered_in, secret,
    },
    view::Room,
};
use crate::dialog::{
    screen::{AskLine, FromDialog, PasscodeBody, Typed, TypedWhere},
    words::{Said, Word},
};

/// Consent and passcode, with what has been typed.
pub struct Passcode {
    body: PasscodeBody,
    /// The passcode, or what is asked for instead of it.
    typed: Vec<Zeroizing<String>>,
    documents: Documents,
    last_try_accepted: bool,
    focused: bool,
    /// The height of what is below the documents, as it was last drawn.
    foot: f32,
}

impl Passcode {
    pub fn new(body: PasscodeBody) -> Self {
        let typed = (0..body.asks.len().max(1)).map(|_| secret()).collect();
        let documents = Documents::new(&body.content, &body.left_out);
        Self { body, typed, documents, last_try_accepted: false, focused: false, foot: 0.0 }
    }

    pub fn show(&mut self, ui: &mut Ui, look: &Look, room: Room) -> Option<FromDialog> {
        if !self.body.content.is_empty() {
            let height = (room.left(ui) - self.foot).max(LEAST);
            self.documents.show(ui, look, &self.body.content, height);
        }
        let top = ui.cursor().top();
        let answer = self.foot(ui, look);
        let foot = ui.min_rect().bottom() - top + ui.spacing().item_spacing.y;
        if (foot - self.foot).abs() > 0.5 {
            self.foot = foot;
            ui.ctx().request_discard("the documents take what the foot leaves");
        }
        answer
    }

    fn foot(&mut self, ui: &mut Ui, look: &Look) -> Option<FromDialog> {
        card_line(ui, look, &self.body.card);
        let warning = self.warnings(ui, look);
        let entered = self.fields(ui, look, warning);
        if self.body.another {
            ui.add_space(2.0);
            let another = RichText::new(look.say(ui, Word::AnotherCard));
            if ui.link(another.color(look.palette.accent)).clicked() {
                return Some(FromDialog::AnotherCard);
            }
        }
        ui.add_space(6.0);
        let ready = self.is_ready();
        let go_on = self.go_on(ui, look);
        let pressed = buttons(ui, look, &go_on, ready);
        if self.body.typed != TypedWhere::Here && !self.focused {
            self.focused = true;
            pressed.main.request_focus();
        }
        match pressed.answer {
            Some(false) => Some(FromDialog::Cancelled),
            Some(true) => Some(self.take()),
            None if entered && ready => Some(self.take()),
            None => None,
        }
    }

    /// What there is to know; the warning that the field is described by.
    fn warnings(&mut self, ui: &mut Ui, look: &Look) -> Option<egui::Id> {
        if let Some(note) = &self.body.note {
            ui.label(look.say(ui, note.clone()));
        }
        let palette = &look.palette;
        let tries = self.body.tries;
        if tries.last {
            let warning = boxed(ui, palette.danger_fill, palette.danger, |ui| {
                let text = RichText::new(look.say(ui, Word::LastTry)).color(palette.danger);
                let warning = alert(ui, text);
                let agree = look.say(ui, Word::UseLastTry);
                ui.checkbox(&mut self.last_try_accepted, agree);
                warning
            });
            return Some(warning.id);
        }
        if tries.wrong {
            let text = match tries.left {
                None if !self.body.asks.is_empty() => Word::CodeWrong.into(),
                Some(left) => Said::counted(Word::PasscodeWrongTries, left.into()),
                None => Word::PasscodeWrong.into(),
            };
            let text = look.say(ui, text);
            return Some(caution(ui, look, &text).id);
        }
        let left = tries.left.filter(|left| *left < FULL_TRIES)?;
        let text = look.quiet(ui, Said::counted(Word::TriesLeft, left.into()));
        Some(ui.label(text).id)
    }

    /// The fields; whether Enter was pressed in one.
    fn fields(&mut self, ui: &mut Ui, look: &Look, warning: Option<egui::Id>) -> bool {
        match self.body.typed {
            TypedWhere::Here => {}
            TypedWhere::Elsewhere => {
                let service = &self.body.card.reader;
                ui.label(look.say(ui, Said::from(Word::ConfirmElsewhere).with(service)));
                return entered(ui);
            }
            TypedWhere::Pinentry => {
                ui.label(look.say(ui, Word::PasscodeInNextWindow));
                return entered(ui);
            }
            TypedWhere::Reader => {
                ui.label(look.say(ui, Word::PasscodeAtReader));
                return entered(ui);
            }
        }
        let mut entered = false;
        for place in 0..self.typed.len() {
            entered |= self.field(ui, look, place, warning);
        }
        if entered && !self.is_ready() {
            let empty = self.typed.iter().position(|typed| typed.is_empty()).unwrap_or_default();
            ui.memory_mut(|memory| memory.request_focus(field_id(empty)));
        }
        entered
    }

    fn field(&mut self, ui: &mut Ui, look: &Look, place: usize, warning: Option<egui::Id>) -> bool {
        let ask = self.body.asks.get(place);
        if let Some(ask) = ask {
            self.what_service_says(ui, look, ask);
        }
        let one_time = ask.is_some_and(|ask| ask.one_time);
        let name = if one_time { Word::OneTimeCode } else { Word::Passcode };
        let field = SecretField {
            id: field_id(place),
            label: look.say(ui, name),
            described_by: warning,
            typed: &mut self.typed[place],
        };
        let response = field.show(ui);
        // Only once: focus asked for on every frame would never let the window settle.
        if !self.focused {
            self.focused = true;
            response.request_focus();
        }
        entered_in(ui, &response)
    }

    /// The service's own words about what is typed next.
    fn what_service_says(&self, ui: &mut Ui, look: &Look, ask: &AskLine) {
        let service = &self.body.card.reader;
        let said = match (&ask.challenge, &ask.label) {
            (Some(challenge), _) => Said::from(Word::ServiceSays).with(service).with(challenge),
            (None, Some(label)) => Said::from(Word::ServiceCalls).with(service).with(label),
            (None, None) => return,
        };
        ui.label(look.quiet(ui, said).small());
    }

    fn is_ready(&self) -> bool {
        let lengths = usize::from(self.body.min_length)..=usize::from(self.body.max_length);
        let fits = |typed: &Zeroizing<String>| lengths.contains(&typed.len());
        let typed = self.body.typed != TypedWhere::Here || self.typed.iter().all(fits);
        let count = self.body.content.len();
        let any =
            count == 0 || (self.documents.chosen(count) > 0 && !self.documents.are_unchecked());
        any && typed && (!self.body.tries.last || self.last_try_accepted)
    }

    fn take(&mut self) -> FromDialog {
        let left_out = self.documents.left_out();
        if self.body.typed != TypedWhere::Here {
            return FromDialog::Consented { left_out };
        }
        let mut all = String::with_capacity(SECRET_CAPACITY * self.typed.len());
        for (place, typed) in self.typed.iter_mut().enumerate() {
            if place > 0 {
                all.push('\n');
            }
            all.push_str(typed);
            typed.zeroize();
        }
        FromDialog::Passcode { typed: Typed::new(all), left_out }
    }

    fn go_on(&self, ui: &Ui, look: &Look) -> String {
        let count = self.body.content.len();
        let said = match (count, self.body.typed) {
            (_, TypedWhere::Elsewhere | TypedWhere::Pinentry | TypedWhere::Reader) => {
                Word::GoOn.into()
            }
            (0, TypedWhere::Here) => Word::Confirm.into(),
            (1, TypedWhere::Here) => Word::Sign.into(),
            (_, TypedWhere::Here) => {
                Said::counted(Word::SignDocuments, self.documents.chosen(count))
            }
        };
        look.say(ui, said)
    }
}

/// The field in which the passcode is typed, or the first thing that is asked for.
fn field_id(place: usize) -> egui::Id {
    match place {
        0 => egui::Id::unique("passcode"),
        _ => egui::Id::unique(("passcode", place)),
    }
}

const FULL_TRIES: u8 = 3;
/// The height that the documents have at least.
const LEAST: f32 = 180.0;
