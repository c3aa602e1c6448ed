use eframe::egui::{self, RichText, TextEdit, Ui, text_edit::TextEditState};
use zeroize::{Zeroize as _, Zeroizing};

use super::{boxed, buttons, content::Documents};
use crate::dialog::{
    screen::{FromDialog, PasscodeBody, Typed, TypedWhere},
    theme::Palette,
    visible::visible,
};

/// Consent and passcode, with what has been typed.
pub struct Passcode {
    body: PasscodeBody,
    typed: Zeroizing<String>,
    documents: Documents,
    last_try_accepted: bool,
    focused: bool,
}

impl Passcode {
    pub fn new(body: PasscodeBody) -> Self {
        // Long enough that typing does not move it, leaving copies behind.
        let typed = Zeroizing::new(String::with_capacity(CAPACITY));
        let documents = Documents::new(&body.left_out);
        Self { body, typed, documents, last_try_accepted: false, focused: false }
    }

    pub fn show(&mut self, ui: &mut Ui, palette: &Palette) -> Option<FromDialog> {
        let foot = self.foot_height();
        if !self.body.content.is_empty() {
            let height = (ui.available_height() - foot).max(120.0);
            self.documents.show(ui, palette, &self.body.content, height);
        }
        self.card(ui, palette);
        self.warnings(ui, palette);
        let entered = self.field(ui);
        ui.add_space(6.0);
        let ready = self.is_ready();
        match buttons(ui, palette, &self.go_on(), ready) {
            Some(false) => Some(FromDialog::Cancelled),
            Some(true) => Some(self.take()),
            None if entered && ready => Some(self.take()),
            None => None,
        }
    }

    fn card(&self, ui: &mut Ui, palette: &Palette) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.label(RichText::new("Card of").color(palette.quiet));
            ui.label(RichText::new(visible(&self.body.card.holder)).strong());
            ui.label(RichText::new("in").color(palette.quiet));
            ui.label(visible(&self.body.card.reader));
        });
    }

    fn warnings(&mut self, ui: &mut Ui, palette: &Palette) {
        if let Some(note) = &self.body.note {
            ui.label(visible(note));
        }
        let tries = self.body.tries;
        if tries.last {
            boxed(ui, palette.danger_fill, palette.danger, |ui| {
                let text = "This is the last try. If the passcode is wrong again, the card is \
                            blocked and has to be unblocked by your Registration Authority.";
                ui.label(RichText::new(text).color(palette.danger));
                ui.checkbox(&mut self.last_try_accepted, "Use the last try");
            });
        } else if tries.wrong {
            let left = match tries.left {
                Some(left) => format!("That passcode is wrong. {left} tries are left."),
                None => "That passcode is wrong.".to_owned(),
            };
            boxed(ui, palette.caution_fill, palette.caution, |ui| {
                ui.label(RichText::new(left).color(palette.caution));
            });
        } else if let Some(left) = tries.left.filter(|left| *left < FULL_TRIES) {
            let text = format!("{left} tries are left.");
            ui.label(RichText::new(text).color(palette.quiet));
        }
    }

    /// The field; whether Enter was pressed in it.
    fn field(&mut self, ui: &mut Ui) -> bool {
        match self.body.typed {
            TypedWhere::Here => {}
            TypedWhere::Pinentry => {
                ui.label("The passcode is asked for in the next window.");
                return ui.input(|input| input.key_pressed(egui::Key::Enter));
            }
            TypedWhere::Reader => {
                ui.label("Type the passcode on the reader's own keys.");
                return ui.input(|input| input.key_pressed(egui::Key::Enter));
            }
        }
        let label = ui.label("Passcode");
        let id = egui::Id::unique("passcode");
        let field = TextEdit::singleline(&mut *self.typed)
            .id(id)
            .password(true)
            .char_limit(CAPACITY / 4)
            .desired_width(f32::INFINITY)
            .margin(egui::vec2(10.0, 9.0));
        let response = ui.add(field).labelled_by(label.id);
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
        let any = count == 0 || self.documents.chosen(count) > 0;
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

    fn go_on(&self) -> String {
        let count = self.body.content.len();
        match (count, self.body.typed) {
            (_, TypedWhere::Pinentry | TypedWhere::Reader) => "Continue".to_owned(),
            (0, TypedWhere::Here) => "Confirm".to_owned(),
            (1, TypedWhere::Here) => "Sign".to_owned(),
            (_, TypedWhere::Here) => match self.documents.chosen(count) {
                1 => "Sign 1 document".to_owned(),
                chosen => format!("Sign {chosen} documents"),
            },
        }
    }

    fn foot_height(&self) -> f32 {
        let warning = match (self.body.tries.last, self.body.tries.wrong) {
            (true, _) => 130.0,
            (false, true) => 60.0,
            (false, false) => 24.0,
        };
        let note = if self.body.note.is_some() { 40.0 } else { 0.0 };
        168.0 + warning + note
    }
}

const CAPACITY: usize = 1024;
const FULL_TRIES: u8 = 3;
