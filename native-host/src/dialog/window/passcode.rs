use eframe::egui::{self, RichText, TextEdit, Ui, text_edit::TextEditState};
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    content::Documents,
    look::{Look, theirs},
    parts::{alert, boxed, buttons, caution, entered},
    view::Room,
};
use crate::dialog::{
    screen::{FromDialog, PasscodeBody, Typed, TypedWhere},
    words::{Said, Word},
};

/// Consent and passcode, with what has been typed.
pub struct Passcode {
    body: PasscodeBody,
    typed: Zeroizing<String>,
    documents: Documents,
    last_try_accepted: bool,
    focused: bool,
    /// The height of what is below the documents, as it was last drawn.
    foot: f32,
}

impl Passcode {
    pub fn new(body: PasscodeBody) -> Self {
        // Long enough that typing does not move it, leaving copies behind.
        let typed = Zeroizing::new(String::with_capacity(CAPACITY));
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
        self.card(ui, look);
        let warning = self.warnings(ui, look);
        let entered = self.field(ui, look, warning);
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

    fn card(&self, ui: &mut Ui, look: &Look) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.label(look.quiet(ui, Word::CardOf));
            ui.label(RichText::new(theirs(ui, &self.body.card.holder)).strong());
            ui.label(look.quiet(ui, Word::CardIn));
            ui.label(theirs(ui, &self.body.card.reader));
        });
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

    /// The field; whether Enter was pressed in it.
    fn field(&mut self, ui: &mut Ui, look: &Look, warning: Option<egui::Id>) -> bool {
        match self.body.typed {
            TypedWhere::Here => {}
            TypedWhere::Pinentry => {
                ui.label(look.say(ui, Word::PasscodeInNextWindow));
                return entered(ui);
            }
            TypedWhere::Reader => {
                ui.label(look.say(ui, Word::PasscodeAtReader));
                return entered(ui);
            }
        }
        let label = ui.label(look.say(ui, Word::Passcode));
        let id = egui::Id::unique("passcode");
        let field = TextEdit::singleline(&mut *self.typed)
            .id(id)
            .password(true)
            .char_limit(CAPACITY / 4)
            .desired_width(f32::INFINITY)
            .margin(egui::vec2(10.0, 9.0));
        let response = ui.add(field).labelled_by(label.id);
        if let Some(warning) = warning {
            ui.ctx().accesskit_node_builder(id, |node| {
                node.push_described_by(warning.accesskit_id());
            });
        }
        // The widget keeps what was typed, to undo it.
        if let Some(mut state) = TextEditState::load(ui.ctx(), id) {
            state.clear_undoer();
            state.store(ui.ctx(), id);
        }
        // Only once: focus asked for on every frame would never let the window settle.
        if !self.focused {
            self.focused = true;
            response.request_focus();
        }
        let entered =
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if entered && !self.is_ready() {
            response.request_focus();
        }
        entered
    }

    fn is_ready(&self) -> bool {
        let length = self.typed.len();
        let fits = (usize::from(self.body.min_length)..=usize::from(self.body.max_length))
            .contains(&length);
        let typed = self.body.typed != TypedWhere::Here || fits;
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
        let typed = Typed::new(std::mem::take(&mut *self.typed));
        self.typed.zeroize();
        FromDialog::Passcode { typed, left_out }
    }

    fn go_on(&self, ui: &Ui, look: &Look) -> String {
        let count = self.body.content.len();
        let said = match (count, self.body.typed) {
            (_, TypedWhere::Pinentry | TypedWhere::Reader) => Word::GoOn.into(),
            (0, TypedWhere::Here) => Word::Confirm.into(),
            (1, TypedWhere::Here) => Word::Sign.into(),
            (_, TypedWhere::Here) => {
                Said::counted(Word::SignDocuments, self.documents.chosen(count))
            }
        };
        look.say(ui, said)
    }
}

const CAPACITY: usize = 1024;
const FULL_TRIES: u8 = 3;
/// The height that the documents have at least.
const LEAST: f32 = 180.0;
