use std::{f32::consts::TAU, time::Duration};

use eframe::egui::{
    self, Align, Button, Color32, Frame, Key, Layout, Margin, ProgressBar, Response, RichText,
    Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo,
    accesskit::{Live, Role},
    text_edit::TextEditState,
};
use zeroize::Zeroizing;

use super::look::{Look, theirs};
use crate::dialog::{screen::CardLine, words::Word};

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

/// Dots that go round, once the user has waited for a moment, and a step at a time: where there is
/// no graphics processor, a window that paints on every frame takes the time that the card needs.
#[allow(clippy::cast_precision_loss, reason = "a few dots")]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "steps of a session")]
pub fn going_round(ui: &mut Ui, look: &Look, since: f64) {
    let (response, painter) = ui.allocate_painter(Vec2::splat(34.0), Sense::hover());
    response.widget_info(|| WidgetInfo::new(Role::ProgressIndicator));
    let waited = ui.input(|input| input.time) - since;
    if let Ok(left) = Duration::try_from_secs_f64(MOMENT.as_secs_f64() - waited)
        && !left.is_zero()
    {
        return ui.ctx().request_repaint_after(left);
    }
    let newest = (waited / STEP.as_secs_f64()) as usize % DOTS;
    for dot in 0..DOTS {
        let age = (newest + DOTS - dot) % DOTS;
        let colour = look.palette.accent.gamma_multiply(1.0 - 0.85 * age as f32 / DOTS as f32);
        let place = 13.0 * Vec2::angled(TAU * dot as f32 / DOTS as f32 - TAU / 4.0);
        painter.circle_filled(response.rect.center() + place, 3.0, colour);
    }
    ui.ctx().request_repaint_after(STEP);
}

/// A bar that is full when all is done.
#[allow(clippy::cast_precision_loss, reason = "a bar on a screen")]
pub fn bar(ui: &mut Ui, look: &Look, done: usize, total: usize) {
    ui.scope(|ui| {
        ui.visuals_mut().extreme_bg_color = look.palette.box_fill;
        let bar = ProgressBar::new(done as f32 / total.max(1) as f32);
        let shown = ui.add(bar.fill(look.palette.accent).corner_radius(4));
        let edge = Stroke::new(1.0, look.palette.edge);
        ui.painter().rect_stroke(shown.rect, 4, edge, StrokeKind::Inside);
    });
}

/// Whose card it is, and where.
pub fn card_line(ui: &mut Ui, look: &Look, card: &CardLine) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let (of, at) = match card.kept {
            true => (Word::KeyOf, Word::KeyAt),
            false => (Word::CardOf, Word::CardIn),
        };
        ui.label(look.quiet(ui, of));
        ui.label(RichText::new(theirs(ui, &card.holder)).strong());
        ui.label(look.quiet(ui, at));
        ui.label(theirs(ui, &card.reader));
    });
}

/// A field for what nobody may read over a shoulder.
pub struct SecretField<'a> {
    /// Its name among controls.
    pub id: egui::Id,
    /// What the user reads before it.
    pub label: String,
    /// The text that says more about it.
    pub described_by: Option<egui::Id>,
    /// What is typed, in a buffer that it need not leave.
    pub typed: &'a mut Zeroizing<String>,
}

impl SecretField<'_> {
    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let label = ui.label(self.label);
        let field = TextEdit::singleline(&mut **self.typed)
            .id(self.id)
            .password(true)
            .char_limit(SECRET_CAPACITY / 4)
            .desired_width(f32::INFINITY)
            .margin(egui::vec2(10.0, 9.0));
        let response = ui.add(field).labelled_by(label.id);
        if let Some(description) = self.described_by {
            ui.ctx().accesskit_node_builder(self.id, |node| {
                node.push_described_by(description.accesskit_id());
            });
        }
        // The widget keeps what was typed, to undo it.
        if let Some(mut state) = TextEditState::load(ui.ctx(), self.id) {
            state.clear_undoer();
            state.store(ui.ctx(), self.id);
        }
        response
    }
}

/// A buffer for such a field, long enough that typing does not move it, leaving copies behind.
pub fn secret() -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(SECRET_CAPACITY))
}

/// Whether Enter was pressed in a field: that takes the focus from it, and gives it to nothing. To
/// have lost the focus is true for a frame more, in which Enter may be pressed somewhere else.
pub fn entered_in(ui: &Ui, field: &Response) -> bool {
    let elsewhere = ui.memory(|memory| memory.focused().is_some());
    field.lost_focus() && !elsewhere && ui.input(|input| input.key_pressed(Key::Enter))
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
    at_the_right(ui, |ui| {
        let main = ui.add_enabled(enabled, main_button(look, go_on));
        let cancel = look.say(ui, Word::Cancel);
        let cancel = ui.add(side_button(cancel));
        let answer = match (main.clicked(), cancel.clicked()) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        Pressed { answer, main }
    })
}

/// The only button at the foot, which goes on.
pub fn only_button(ui: &mut Ui, look: &Look, go_on: Word) -> Response {
    let go_on = look.say(ui, go_on);
    at_the_right(ui, |ui| ui.add(main_button(look, &go_on)))
}

/// The only button at the foot, which does not go on.
pub fn stop_button(ui: &mut Ui, look: &Look) -> Response {
    let stop = look.say(ui, Word::Stop);
    at_the_right(ui, |ui| ui.add(side_button(stop)))
}

fn at_the_right<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    ui.with_layout(Layout::right_to_left(Align::Center), content).inner
}

fn main_button<'a>(look: &Look, text: &str) -> Button<'a> {
    let palette = &look.palette;
    let text = RichText::new(text).color(palette.on_accent).strong();
    Button::new(text).fill(palette.accent).min_size([120.0, 40.0].into())
}

fn side_button<'a>(text: String) -> Button<'a> {
    Button::new(text).min_size([100.0, 40.0].into())
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
    is_free && ui.input(|input| input.key_pressed(Key::Enter))
}

/// In bytes.
pub const SECRET_CAPACITY: usize = 1024;

const DOTS: usize = 8;
const MOMENT: Duration = Duration::from_millis(500);
const STEP: Duration = Duration::from_millis(120);
