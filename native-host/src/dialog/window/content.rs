use std::collections::BTreeSet;

use eframe::egui::{Align, Button, Label, Layout, RichText, ScrollArea, Sense, Ui};

use super::boxed;
use crate::dialog::{
    screen::{ContentItem, ContentLine},
    theme::Palette,
    visible::{visible, visible_line},
};

/// What the user did with the documents so far.
pub struct Documents {
    left_out: BTreeSet<usize>,
    open: Option<usize>,
}

impl Documents {
    /// With some left out already.
    pub fn new(left_out: &[usize]) -> Self {
        Self { left_out: left_out.iter().copied().collect(), open: None }
    }

    /// How many of so many are to be signed.
    pub fn chosen(&self, of: usize) -> usize {
        of.saturating_sub(self.left_out.len())
    }

    /// Those that the user left out, by place.
    pub fn left_out(&self) -> Vec<usize> {
        self.left_out.iter().copied().collect()
    }

    /// One document as it is; many as a list, each to be opened or left out.
    pub fn show(&mut self, ui: &mut Ui, palette: &Palette, items: &[ContentItem], height: f32) {
        let heading = match (items.len(), self.chosen(items.len())) {
            (1, _) => "What you sign".to_owned(),
            (count, chosen) if chosen == count => format!("What you sign: {count} documents"),
            (count, chosen) => format!("What you sign: {chosen} of {count} documents"),
        };
        ui.label(RichText::new(heading).strong());
        let area = ScrollArea::vertical().max_height(height - 26.0).auto_shrink([false, true]);
        area.show(ui, |ui| match items {
            [item] => boxed(ui, palette.box_fill, palette.edge, |ui| {
                ui.label(RichText::new(visible_line(&item.title)).size(17.0).strong());
                one(ui, palette, item);
            }),
            _ => {
                for (place, item) in items.iter().enumerate() {
                    boxed(ui, palette.box_fill, palette.edge, |ui| {
                        self.row(ui, palette, place, item);
                    });
                }
            }
        });
    }

    fn row(&mut self, ui: &mut Ui, palette: &Palette, place: usize, item: &ContentItem) {
        let is_open = self.open == Some(place);
        ui.horizontal(|ui| {
            let mut signed = !self.left_out.contains(&place);
            let tick = ui.checkbox(&mut signed, "");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = Button::new(if is_open { "Close" } else { "Open" }).small();
                if ui.add(button).clicked() {
                    self.open = (!is_open).then_some(place);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let title = format!("{}. {}", place + 1, visible_line(&item.title));
                    let mut title = RichText::new(title).size(16.0).strong();
                    if !signed {
                        title = title.color(palette.quiet).strikethrough();
                    }
                    let label = ui.add(Label::new(title).truncate());
                    let clicked = label.interact(Sense::click()).clicked();
                    let tick = tick.labelled_by(label.id);
                    if (tick.changed() || clicked) && !self.left_out.remove(&place) {
                        self.left_out.insert(place);
                    }
                });
            });
        });
        if is_open {
            one(ui, palette, item);
        } else if item.not_shown {
            let text = "Content not shown";
            ui.label(RichText::new(text).small().color(palette.caution).strong());
        } else if let Some(line) = preview(item) {
            ui.add(Label::new(RichText::new(line).small().color(palette.quiet)).truncate());
        }
    }
}

/// The first line of a document.
fn preview(item: &ContentItem) -> Option<String> {
    item.lines.iter().find_map(|line| match line {
        ContentLine::Heading(_) => None,
        ContentLine::Field { name, value } => Some(visible_line(&format!("{name} {value}"))),
        ContentLine::Text(text) => text.lines().find(|l| !l.trim().is_empty()).map(visible_line),
        ContentLine::Item { what, .. } => Some(visible_line(what)),
    })
}

fn one(ui: &mut Ui, palette: &Palette, item: &ContentItem) {
    if item.not_shown {
        boxed(ui, palette.caution_fill, palette.caution, |ui| {
            let text = "Content not shown. Sign only if you know what it is.";
            ui.label(RichText::new(text).color(palette.caution).strong());
        });
    }
    for line in &item.lines {
        match line {
            ContentLine::Heading(text) => {
                ui.add_space(6.0);
                ui.label(RichText::new(visible(text)).small().color(palette.quiet));
            }
            ContentLine::Field { name, value } => {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(visible(name)).color(palette.quiet));
                    ui.label(visible(value));
                });
            }
            ContentLine::Text(text) => {
                ui.label(RichText::new(visible(text)).monospace().size(13.5));
            }
            ContentLine::Item { what, how } => {
                ui.label(RichText::new(visible(what)).size(16.5).strong());
                ui.label(visible(how));
            }
        }
    }
    ui.add_space(4.0);
    let size = item.size.map_or("digest alone".to_owned(), |size| format!("{size} bytes"));
    let hash = match item.digest.len() {
        96 => "SHA-384",
        128 => "SHA-512",
        _ => "SHA-256",
    };
    let facts = format!("{} · {size} · {hash}", visible_line(&item.media_type));
    ui.label(RichText::new(facts).small().color(palette.quiet));
    for half in item.digest.as_bytes().chunks(32) {
        let half = String::from_utf8_lossy(half);
        ui.label(RichText::new(half).monospace().size(11.5).color(palette.quiet));
    }
}
