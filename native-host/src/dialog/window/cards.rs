use eframe::egui::{self, Key, RichText, TextEdit, Ui};

use super::{
    look::{Look, theirs, theirs_line},
    parts::{boxed, buttons, caution},
};
use crate::dialog::{
    screen::{CardLine, CardsBody, ChosenCard, FromDialog},
    words::{Said, Word},
};

/// The cards to choose from, the one that is marked, and the user name that was typed.
pub struct Cards {
    body: CardsBody,
    marked: usize,
    user: String,
    focused: bool,
    /// The mark was moved by a key in the frame before.
    moved: bool,
}

impl Cards {
    pub fn new(body: CardsBody) -> Self {
        // Whoever was asked for their name before goes on there.
        let marked = if body.note.is_some() { body.cards.len() } else { 0 };
        let user = body.user.clone();
        Self { body, marked, user, focused: false, moved: false }
    }

    /// The same with what was typed before the choice changed.
    pub fn after(mut self, before: &Self) -> Self {
        if self.body.note == before.body.note && !before.user.is_empty() {
            self.user.clone_from(&before.user);
            let service = before.marked.saturating_sub(before.body.cards.len());
            self.marked = self.body.cards.len() + service;
        }
        self
    }

    pub fn show(&mut self, ui: &mut Ui, look: &Look) -> Option<FromDialog> {
        if let Some(note) = &self.body.note {
            let note = look.say(ui, note.clone());
            caution(ui, look, &note);
        }
        self.move_mark(ui);
        for place in 0..self.body.cards.len() {
            self.card(ui, look, place);
        }
        let mut entered = false;
        for place in 0..self.body.services.len() {
            entered |= self.service(ui, look, place);
        }
        if self.body.cards.is_empty() {
            ui.label(look.quiet(ui, Word::OrPutCardIn));
        }
        ui.add_space(6.0);
        let go_on = look.say(ui, Word::GoOn);
        let pressed = buttons(ui, look, &go_on, self.is_ready());
        if !self.focused && self.is_here() {
            self.focused = true;
            pressed.main.request_focus();
        }
        match pressed.answer {
            Some(false) => Some(FromDialog::Cancelled),
            Some(true) => Some(self.choice()),
            None => (entered && self.is_ready()).then(|| self.choice()),
        }
    }

    fn move_mark(&mut self, ui: &Ui) {
        let last = (self.body.cards.len() + self.body.services.len()).saturating_sub(1);
        let before = self.marked;
        ui.input(|input| {
            if input.key_pressed(Key::ArrowDown) {
                self.marked = (self.marked + 1).min(last);
            }
            if input.key_pressed(Key::ArrowUp) {
                self.marked = self.marked.saturating_sub(1);
            }
        });
        // The same key moves the focus at this frame's end; the mark's own comes after it.
        self.focused &= !std::mem::replace(&mut self.moved, before != self.marked);
        if self.moved {
            ui.ctx().request_repaint();
        }
    }

    fn card(&mut self, ui: &mut Ui, look: &Look, place: usize) {
        let CardLine { holder, reader, .. } = &self.body.cards[place];
        let is_marked = self.marked == place;
        let edge = if is_marked { look.palette.accent } else { look.palette.edge };
        let clicked = boxed(ui, look.palette.box_fill, edge, |ui| {
            let name = RichText::new(theirs(ui, holder)).size(16.5).strong();
            let radio = ui.radio(is_marked, name);
            let reader = theirs(ui, reader);
            ui.ctx().accesskit_node_builder(radio.id, |node| node.set_description(&*reader));
            ui.horizontal_wrapped(|ui| {
                ui.add_space(30.0);
                ui.label(RichText::new(reader).small().color(look.palette.quiet));
            });
            radio.clicked()
        });
        if clicked {
            self.marked = place;
            self.focused = false;
        }
    }

    /// A service, with the field for the user's name there; whether Enter was pressed in it.
    fn service(&mut self, ui: &mut Ui, look: &Look, place: usize) -> bool {
        let name = theirs_line(ui, &self.body.services[place]);
        let mark = self.body.cards.len() + place;
        let is_marked = self.marked == mark;
        let edge = if is_marked { look.palette.accent } else { look.palette.edge };
        boxed(ui, look.palette.box_fill, edge, |ui| {
            let kept = look.say(ui, Said::from(Word::KeptBy).with(name));
            if ui.radio(is_marked, RichText::new(kept).size(16.5).strong()).clicked() {
                self.marked = mark;
                self.focused = false;
            }
            self.marked == mark && self.field(ui, look)
        })
    }

    fn field(&mut self, ui: &mut Ui, look: &Look) -> bool {
        ui.add_space(4.0);
        let label = ui.label(look.say(ui, Word::UserName));
        ui.add_space(4.0);
        let field = TextEdit::singleline(&mut self.user)
            .id(egui::Id::unique("user-name"))
            .char_limit(LONGEST)
            .desired_width(f32::INFINITY)
            .margin(egui::vec2(10.0, 9.0));
        let response = ui.add(field).labelled_by(label.id);
        if !self.focused {
            self.focused = true;
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if entered && !self.is_ready() {
            response.request_focus();
        }
        entered
    }

    /// Whether the marked card is in a reader.
    fn is_here(&self) -> bool {
        self.marked < self.body.cards.len()
    }

    fn is_ready(&self) -> bool {
        self.is_here() || !self.user.trim().is_empty()
    }

    fn choice(&self) -> FromDialog {
        FromDialog::Card(match self.marked.checked_sub(self.body.cards.len()) {
            None => ChosenCard::Here { place: self.marked },
            Some(service) => ChosenCard::Kept { service, user: self.user.trim().to_owned() },
        })
    }
}

/// Of a user name, in characters.
const LONGEST: usize = 120;
