use eframe::egui::{Align, Layout, Rect, RichText, TextStyle, Ui, UiBuilder, Vec2};

use super::{
    look::{Look, theirs_as_written, theirs_line},
    parts::caution,
    pictures::Shown,
};
use crate::dialog::{
    screen::{ContentItem, ContentLine, Phrase},
    words::{Said, Word},
};

/// A document as it is drawn: only the rows in sight, so that a long one scrolls as a short one.
pub struct Document {
    rows: Vec<Row>,
    /// The height of each row in this width: as it was drawn, or as it is expected.
    heights: Vec<f32>,
    width: f32,
}

/// What is drawn below the row before.
enum Row {
    /// A name of ours beside its value.
    Fact {
        name: String,
        value: String,
    },
    /// A name of the document and its value.
    Field {
        name: String,
        value: String,
    },
    Heading(String),
    Item {
        what: String,
        how: Vec<String>,
    },
    Picture(Box<Shown>),
    /// A line of a text, or a part of one that is very long.
    Text(String),
    Warning(String),
}

impl Document {
    pub fn of(ui: &Ui, look: &Look, item: &ContentItem) -> Self {
        let mut rows = Vec::new();
        for line in &item.lines {
            match line {
                ContentLine::Heading(said) => rows.push(Row::Heading(look.say(ui, said.clone()))),
                ContentLine::Field { name, value } => {
                    let is_ours = matches!(name, Phrase::Ours(_));
                    let (name, value) = (look.phrase(ui, name), look.phrase(ui, value));
                    rows.push(match is_ours {
                        true => Row::Fact { name, value },
                        false => Row::Field { name, value },
                    });
                }
                ContentLine::Picture(picture) => {
                    rows.push(Row::Picture(Box::new(Shown::of(picture))));
                }
                ContentLine::Text(text) => text_rows(ui, text, &mut rows),
                ContentLine::Item { what, how } => {
                    let how = how.iter().map(|line| look.phrase(ui, line)).collect();
                    rows.push(Row::Item { what: theirs_line(ui, what), how });
                }
                ContentLine::Warning(said) => rows.push(Row::Warning(look.say(ui, said.clone()))),
            }
        }
        Self { rows, heights: Vec::new(), width: 0.0 }
    }

    pub fn show(&mut self, ui: &mut Ui, look: &Look) {
        let width = ui.available_width();
        if (width - self.width).abs() > 0.5 {
            self.width = width;
            let columns = columns(ui, width);
            let heights = self.rows.iter().map(|row| row.expected_height(ui, columns, width));
            self.heights = heights.collect();
        }
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            // A screen reader is given a document of usual length whole.
            let all = self.rows.len() <= ALL_ROWS;
            let sight = ui.clip_rect().expand2(Vec2::new(0.0, AHEAD));
            for (row, height) in self.rows.iter_mut().zip(&mut self.heights) {
                let place = Rect::from_min_size(ui.cursor().min, Vec2::new(width, *height));
                if all || sight.intersects(place) {
                    let builder = UiBuilder::new()
                        .max_rect(Rect::from_min_size(place.min, Vec2::new(width, f32::INFINITY)));
                    let drawn = ui.scope_builder(builder, |ui| row.show(ui, look)).response;
                    *height = drawn.rect.height();
                } else {
                    ui.allocate_space(place.size());
                }
            }
        });
    }
}

impl Row {
    fn show(&mut self, ui: &mut Ui, look: &Look) {
        let palette = &look.palette;
        match self {
            Self::Fact { name, value } => {
                ui.horizontal_top(|ui| {
                    let name = RichText::new(&*name).color(palette.quiet);
                    let column = (ui.available_width() * 0.26).clamp(96.0, 140.0);
                    let size = Vec2::new(column, 0.0);
                    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                        ui.set_width(column);
                        ui.label(name);
                    });
                    ui.vertical(|ui| ui.label(&*value));
                });
                ui.add_space(4.0);
            }
            Self::Field { name, value } => {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(&*name).color(palette.quiet));
                    ui.label(&*value);
                });
                ui.add_space(3.0);
            }
            Self::Heading(text) => {
                ui.add_space(10.0);
                ui.separator();
                ui.add_space(4.0);
                let text = RichText::new(&*text).small().strong().color(palette.quiet);
                let heading = ui.label(text);
                ui.ctx().accesskit_node_builder(heading.id, |node| {
                    node.set_role(eframe::egui::accesskit::Role::Heading);
                    node.set_level(2);
                });
                ui.add_space(4.0);
            }
            Self::Item { what, how } => {
                ui.label(RichText::new(&*what).size(16.5).strong());
                for line in how {
                    ui.label(&*line);
                }
                ui.add_space(8.0);
            }
            Self::Text(text) => {
                ui.label(RichText::new(&*text).monospace().size(TEXT_SIZE));
            }
            Self::Picture(picture) => picture.show(ui, look),
            Self::Warning(text) => {
                caution(ui, look, text);
                ui.add_space(6.0);
            }
        }
    }

    /// About as high as it will be, where it was not drawn yet.
    fn expected_height(&self, ui: &Ui, columns: usize, width: f32) -> f32 {
        let line = ui.text_style_height(&TextStyle::Body);
        match self {
            Self::Text(text) => {
                let lines = text.chars().count().div_ceil(columns.max(1)).max(1);
                #[allow(clippy::cast_precision_loss, reason = "a height on a screen")]
                let lines = lines as f32;
                lines * line
            }
            Self::Picture(picture) => picture.expected_height(width),
            _ => line + 3.0,
        }
    }
}

/// Lines as they stand. A line that is too long to be laid out at once is drawn in parts, each
/// below the other, as a line that is wrapped.
fn text_rows(ui: &Ui, text: &str, rows: &mut Vec<Row>) {
    for line in theirs_as_written(ui, text).split('\n') {
        if line.len() <= PART {
            rows.push(Row::Text(line.to_owned()));
            continue;
        }
        let mut rest = line;
        while !rest.is_empty() {
            let end = rest.floor_char_boundary(PART);
            let (part, after) = rest.split_at(end);
            rows.push(Row::Text(part.to_owned()));
            rest = after;
        }
    }
}

/// How many characters a line of text has in this width.
fn columns(ui: &Ui, width: f32) -> usize {
    let font = eframe::egui::FontId::monospace(TEXT_SIZE);
    let advance = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    let columns = (width / advance.max(1.0)) as usize;
    columns
}

/// What is known of a document beside what it says: type, size and digest.
pub fn facts(ui: &mut Ui, look: &Look, item: &ContentItem) {
    ui.add_space(6.0);
    let size = match item.size {
        Some(size) => Said::counted(Word::Bytes, size),
        None => Word::DigestAlone.into(),
    };
    let size = look.say(ui, size);
    let hash = match item.digest.len() {
        96 => "SHA-384",
        128 => "SHA-512",
        _ => "SHA-256",
    };
    let quiet = look.palette.quiet;
    let facts = format!("{} · {size} · {hash}", theirs_line(ui, &item.media_type));
    ui.label(RichText::new(facts).small().color(quiet));
    for half in item.digest.as_bytes().chunks(32) {
        let half = String::from_utf8_lossy(half);
        ui.label(RichText::new(half).monospace().size(11.5).color(quiet));
    }
}

/// Documents of no more rows are laid out whole.
const ALL_ROWS: usize = 600;
/// How far out of sight rows are drawn.
const AHEAD: f32 = 200.0;
/// Octets of a text that are laid out at once.
const PART: usize = 2_000;
const TEXT_SIZE: f32 = 13.5;
