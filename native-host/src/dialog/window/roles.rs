use eframe::egui::{Key, RichText, ScrollArea, Ui};
use wardkey_protocol::view::RoleView;

use super::{boxed, buttons};
use crate::dialog::{screen::FromDialog, theme::Palette, visible::visible};

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

    pub fn show(&mut self, ui: &mut Ui, palette: &Palette) -> Option<FromDialog> {
        ui.label(format!("{}, in which role do you work now?", visible(&self.user)));
        let last = self.roles.len().saturating_sub(1);
        ui.input(|input| {
            if input.key_pressed(Key::ArrowDown) {
                self.marked = (self.marked + 1).min(last);
            }
            if input.key_pressed(Key::ArrowUp) {
                self.marked = self.marked.saturating_sub(1);
            }
        });
        let height = (ui.available_height() - 70.0).max(80.0);
        ScrollArea::vertical().max_height(height).auto_shrink([false, false]).show(ui, |ui| {
            for (index, role) in self.roles.iter().enumerate() {
                let is_marked = index == self.marked;
                let edge = if is_marked { palette.accent } else { palette.edge };
                let chosen = boxed(ui, palette.box_fill, edge, |ui| {
                    let name = RichText::new(visible(&role.name)).size(16.5).strong();
                    let chosen = ui.radio(is_marked, name).clicked();
                    let place = match role.organisation_code.is_empty() {
                        true => visible(&role.organisation),
                        false => format!(
                            "{} ({})",
                            visible(&role.organisation),
                            visible(&role.organisation_code)
                        ),
                    };
                    ui.horizontal(|ui| {
                        ui.add_space(30.0);
                        ui.label(RichText::new(place).small().color(palette.quiet));
                    });
                    chosen
                });
                if chosen {
                    self.marked = index;
                }
            }
        });
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        match buttons(ui, palette, "Work in this role", true) {
            Some(false) => Some(FromDialog::Cancelled),
            Some(true) => Some(self.choice()),
            None => entered.then(|| self.choice()),
        }
    }

    fn choice(&self) -> FromDialog {
        let role = self.roles.get(self.marked);
        FromDialog::Role { id: role.map(|role| role.id.clone()).unwrap_or_default() }
    }
}
