use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{
    Align, Button, Checkbox, Label, Layout, RichText, ScrollArea, Sense, Ui, WidgetInfo,
    accesskit::Role,
};

use super::{
    document::{Document, facts},
    look::{Look, theirs_line},
    parts::{boxed, caution, follow_focus},
    pictures::Checks,
};
use crate::dialog::{
    screen::{ContentItem, ContentLine},
    words::{Said, Word},
};

/// What the user did with the documents so far.
pub struct Documents {
    left_out: BTreeSet<usize>,
    open: Option<usize>,
    /// Those that were looked at.
    read: BTreeMap<usize, Document>,
    checks: Checks,
}

impl Documents {
    /// With some left out already.
    pub fn new(items: &[ContentItem], left_out: &[usize]) -> Self {
        Self {
            left_out: left_out.iter().copied().filter(|place| *place < items.len()).collect(),
            open: None,
            read: BTreeMap::new(),
            checks: Checks::begin(items),
        }
    }

    /// How many of so many are to be signed.
    pub fn chosen(&self, of: usize) -> usize {
        of.saturating_sub(self.left_out.len())
    }

    /// Whether some are still looked at, so that nothing can be signed yet.
    pub fn are_unchecked(&self) -> bool {
        self.checks.are_waiting()
    }

    /// Those that the user left out, by place.
    pub fn left_out(&self) -> Vec<usize> {
        self.left_out.iter().copied().collect()
    }

    /// One document as it is; many as a list, each to be opened or left out.
    pub fn show(&mut self, ui: &mut Ui, look: &Look, items: &[ContentItem], height: f32) {
        for place in self.checks.poll(ui) {
            if items.get(place).is_some_and(|item| !item.may_be_unseen) {
                self.left_out.insert(place);
            }
        }
        let top = ui.cursor().top();
        let heading = match (items.len(), self.chosen(items.len())) {
            (count, chosen) if chosen == count || count == 1 => {
                Said::counted(Word::WhatYouSign, count)
            }
            (count, chosen) => Said::from(Word::WhatYouSignOf).with(chosen).with(count),
        };
        ui.label(RichText::new(look.say(ui, heading)).strong());
        let height = height - (ui.cursor().top() - top);
        let area = ScrollArea::vertical()
            .id_salt("documents")
            .max_height(height)
            .auto_shrink([false, false]);
        let palette = &look.palette;
        area.show(ui, |ui| match items {
            [item] => {
                boxed(ui, palette.box_fill, palette.edge, |ui| {
                    let title = look.phrase_line(ui, &item.title);
                    ui.label(RichText::new(title).size(17.0).strong());
                    ui.add_space(2.0);
                    self.one(ui, look, 0, item);
                });
                follow_focus(ui);
            }
            _ => {
                for (place, item) in items.iter().enumerate() {
                    boxed(ui, palette.box_fill, palette.edge, |ui| {
                        self.row(ui, look, place, item);
                    });
                }
                follow_focus(ui);
            }
        });
    }

    fn row(&mut self, ui: &mut Ui, look: &Look, place: usize, item: &ContentItem) {
        let is_open = self.open == Some(place);
        let palette = &look.palette;
        let title = format!("{}. {}", place + 1, look.phrase_line(ui, &item.title));
        ui.horizontal(|ui| {
            let mut signed = !self.left_out.contains(&place);
            let may_be_signed = item.may_be_unseen || !self.checks.failed(place);
            let tick = ui.add_enabled(may_be_signed, Checkbox::without_text(&mut signed));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let word = look.say(ui, if is_open { Word::Close } else { Word::Open });
                let button = ui.add(Button::new(&word).small());
                button.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, format!("{word}: {title}"))
                });
                if button.clicked() {
                    self.open = (!is_open).then_some(place);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let mut title = RichText::new(&title).size(16.0).strong();
                    if !signed {
                        title = title.color(palette.quiet).strikethrough();
                    }
                    let label = ui.add(Label::new(title).truncate());
                    let clicked = may_be_signed && label.interact(Sense::CLICK).clicked();
                    let tick = tick.labelled_by(label.id);
                    if (tick.changed() || clicked) && !self.left_out.remove(&place) {
                        self.left_out.insert(place);
                    }
                });
            });
        });
        if is_open {
            self.one(ui, look, place, item);
        } else if item.not_shown || self.checks.failed(place) {
            let text = look.say(ui, Word::ContentNotShown);
            ui.label(RichText::new(text).small().color(palette.caution).strong());
        } else if let Some(line) = preview(ui, look, item) {
            ui.add(Label::new(RichText::new(line).small().color(palette.quiet)).truncate());
        }
    }

    fn one(&mut self, ui: &mut Ui, look: &Look, place: usize, item: &ContentItem) {
        if item.not_shown {
            let mut text = look.say(ui, Word::NotShownCaution);
            if let Some(reason) = &item.reason {
                text = format!("{text} {}", look.say(ui, reason.clone()));
            }
            caution(ui, look, &text);
        }
        if self.checks.failed(place) {
            let unless = if item.may_be_unseen { Word::NotShownCaution } else { Word::NotSigned };
            let text = look.say(ui, unless);
            caution(ui, look, &text);
        }
        let read = self.read.entry(place).or_insert_with(|| Document::of(ui, look, item));
        read.show(ui, look);
        facts(ui, look, item);
    }
}

/// The first line of a document.
fn preview(ui: &Ui, look: &Look, item: &ContentItem) -> Option<String> {
    item.lines.iter().find_map(|line| match line {
        ContentLine::Heading(_) => None,
        ContentLine::Picture(_) => Some(theirs_line(ui, &item.media_type)),
        ContentLine::Field { name, value } => {
            Some(format!("{} {}", look.phrase_line(ui, name), look.phrase_line(ui, value)))
        }
        ContentLine::Text(text) => {
            let line = text.lines().find(|line| !line.trim().is_empty())?;
            let start: String = line.chars().take(PREVIEW).collect();
            Some(theirs_line(ui, &start))
        }
        ContentLine::Item { what, .. } => Some(theirs_line(ui, what)),
        ContentLine::Warning(said) => Some(look.say(ui, said.clone())),
    })
}

/// More characters than a line has.
const PREVIEW: usize = 200;
