use eframe::egui::{
    self, Align, Button, Color32, Frame, Layout, Margin, Response, RichText, Stroke, Ui,
    accesskit::{Live, Role},
};

use super::look::Look;
use crate::dialog::words::Word;

/// A box with an edge, as wide as the window.
pub fn boxed<R>(
    ui: &mut Ui,
    fill: Color32,
    edge: Color32,
    content: impl FnOnce(&mut Ui) -> R,
) -> R {
    Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, edge))
        .corner_radius(8)
        .inner_margin(Margin::symmetric(14, 10))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            content(ui)
        })
        .inner
}

/// A box with a caution, which a screen reader says at once.
pub fn caution(ui: &mut Ui, look: &Look, text: &str) -> Response {
    let palette = &look.palette;
    boxed(ui, palette.caution_fill, palette.caution, |ui| {
        alert(ui, RichText::new(text).color(palette.caution).strong())
    })
}

/// A text that a screen reader says at once.
pub fn alert(ui: &mut Ui, text: RichText) -> Response {
    let response = ui.label(text);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Alert);
        node.set_live(Live::Assertive);
    });
    response
}

/// A text that a screen reader says when it has the time.
pub fn status(ui: &mut Ui, text: impl Into<egui::WidgetText>) -> Response {
    let response = ui.label(text);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Status);
        node.set_live(Live::Polite);
    });
    response
}

/// What the user did with the two buttons.
pub struct Pressed {
    /// The one that goes on was pressed: true; the other: false.
    pub answer: Option<bool>,
    /// The one that goes on.
    pub main: Response,
}

/// The two buttons at the foot: the one that goes on, and the one that does not.
pub fn buttons(ui: &mut Ui, look: &Look, go_on: &str, enabled: bool) -> Pressed {
    let palette = &look.palette;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let text = RichText::new(go_on).color(palette.on_accent).strong();
        let main = Button::new(text).fill(palette.accent).min_size([120.0, 40.0].into());
        let main = ui.add_enabled(enabled, main);
        let cancel = look.say(ui, Word::Cancel);
        let cancel = ui.add(Button::new(cancel).min_size([100.0, 40.0].into()));
        let answer = match (main.clicked(), cancel.clicked()) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        Pressed { answer, main }
    })
    .inner
}

/// At the end of what scrolls: brings what the user gave the focus into sight. What a screen begins
/// with does not count: who asks is seen first.
pub fn follow_focus(ui: &Ui) {
    if ui.input(|input| input.events.is_empty()) {
        return;
    }
    let Some(focused) = ui.memory(|memory| memory.focused()) else { return };
    let Some(response) = ui.ctx().read_response(focused) else { return };
    if response.gained_focus() && ui.min_rect().intersects(response.rect) {
        ui.scroll_to_rect(response.rect.expand(8.0), None);
    }
}

/// Whether Enter was pressed while no control has the focus that would take it.
pub fn entered(ui: &Ui) -> bool {
    let is_free = ui.memory(|memory| memory.focused().is_none());
    is_free && ui.input(|input| input.key_pressed(egui::Key::Enter))
}
