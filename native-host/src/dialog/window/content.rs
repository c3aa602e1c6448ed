use eframe::egui::{RichText, ScrollArea, Ui};

use super::boxed;
use crate::dialog::{
    screen::{ContentItem, ContentLine},
    theme::Palette,
    visible::{visible, visible_line},
};

/// The documents, one after the other.
pub fn show(ui: &mut Ui, palette: &Palette, items: &[ContentItem], height: f32) {
    let heading = match items.len() {
        1 => "What you sign".to_owned(),
        count => format!("What you sign: {count} documents"),
    };
    ui.label(RichText::new(heading).strong());
    ScrollArea::vertical().max_height(height - 26.0).auto_shrink([false, true]).show(ui, |ui| {
        for item in items {
            boxed(ui, palette.box_fill, palette.edge, |ui| one(ui, palette, item));
        }
    });
}

fn one(ui: &mut Ui, palette: &Palette, item: &ContentItem) {
    ui.label(RichText::new(visible_line(&item.title)).size(17.0).strong());
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
