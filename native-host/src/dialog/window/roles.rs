use eframe::egui::{Key, RichText, ScrollArea, Ui};
use wardkey_protocol::view::RoleView;

use super::{
    look::{Look, theirs},
    parts::{boxed, buttons, entered, follow_focus},
    view::Room,
};
use crate::dialog::{
    screen::FromDialog,
    words::{Said, Word},
};

/// The roles and the one that is marked.
pub struct Roles {
    user: String,
    roles: Vec<RoleView>,
    marked: usize,
}

impl Roles {
    pub fn new(user: String, roles: Vec<RoleView>, preselected: Option<&str>) -> Self {
        let marked = roles.iter().position(|role| Some(role.id.as_str()) == preselected);
        Self { user, roles, marked: marked.unwrap_or_default() }
    }

    pub fn show(&mut self, ui: &mut Ui, look: &Look, room: Room) -> Option<FromDialog> {
        ui.label(look.say(ui, Said::from(Word::RoleQuestion).with(&self.user)));
        let last = self.roles.len().saturating_sub(1);
        let was_marked = self.marked;
        ui.input(|input| {
            if input.key_pressed(Key::ArrowDown) {
                self.marked = (self.marked + 1).min(last);
            }
            if input.key_pressed(Key::ArrowUp) {
                self.marked = self.marked.saturating_sub(1);
            }
        });
        let moved = was_marked != self.marked;
        let height = (room.left(ui) - FOOT).max(LEAST);
        let area = ScrollArea::vertical().max_height(height).auto_shrink([false, false]);
        area.show(ui, |ui| {
            for (index, role) in self.roles.iter().enumerate() {
                let is_marked = index == self.marked;
                if role_box(ui, look, role, is_marked, moved && is_marked) {
                    self.marked = index;
                }
            }
            follow_focus(ui);
        });
        // Of a role that has the focus too.
        let chosen = entered(ui) || ui.input(|input| input.key_pressed(Key::Enter));
        let go_on = look.say(ui, Word::WorkInRole);
        match buttons(ui, look, &go_on, true).answer {
            Some(false) => Some(FromDialog::Cancelled),
            Some(true) => Some(self.choice()),
            None => chosen.then(|| self.choice()),
        }
    }

    fn choice(&self) -> FromDialog {
        let role = self.roles.get(self.marked);
        FromDialog::Role { id: role.map(|role| role.id.clone()).unwrap_or_default() }
    }
}

/// One role; whether it was clicked.
fn role_box(ui: &mut Ui, look: &Look, role: &RoleView, is_marked: bool, show: bool) -> bool {
    let palette = &look.palette;
    let edge = if is_marked { palette.accent } else { palette.edge };
    boxed(ui, palette.box_fill, edge, |ui| {
        let name = RichText::new(theirs(ui, &role.name)).size(16.5).strong();
        let radio = ui.radio(is_marked, name);
        let place = match role.organisation_code.is_empty() {
            true => theirs(ui, &role.organisation),
            false => format!(
                "{} ({})",
                theirs(ui, &role.organisation),
                theirs(ui, &role.organisation_code)
            ),
        };
        ui.ctx().accesskit_node_builder(radio.id, |node| node.set_description(&*place));
        ui.horizontal_wrapped(|ui| {
            ui.add_space(30.0);
            ui.label(RichText::new(place).small().color(palette.quiet));
        });
        if show {
            radio.scroll_to_me(None);
        }
        radio.clicked()
    })
}

/// The buttons and the space above them.
const FOOT: f32 = 52.0;
const LEAST: f32 = 120.0;
