use eframe::egui::{FontId, RichText, TextStyle, Ui};

use crate::dialog::{
    screen::Phrase,
    theme::Palette,
    visible::{spell, visible, visible_line},
    words::{Language, Said},
};

/// How a frame looks and speaks.
#[derive(Clone, Copy)]
pub struct Look {
    /// The language.
    pub language: &'static Language,
    /// The colours.
    pub palette: Palette,
    /// Nothing moves.
    pub still: bool,
}

impl Look {
    /// Words of ours.
    pub fn say(&self, ui: &Ui, said: impl Into<Said>) -> String {
        drawable(ui, self.language.say(said), TextStyle::Body)
    }

    /// Words of ours, quietly.
    pub fn quiet(&self, ui: &Ui, said: impl Into<Said>) -> RichText {
        RichText::new(self.say(ui, said)).color(self.palette.quiet)
    }

    /// Words of ours or of the document.
    pub fn phrase(&self, ui: &Ui, phrase: &Phrase) -> String {
        drawable(ui, phrase.in_language(self.language), TextStyle::Body)
    }

    /// The same on one line.
    pub fn phrase_line(&self, ui: &Ui, phrase: &Phrase) -> String {
        visible_line(&self.phrase(ui, phrase))
    }
}

/// Words from outside.
pub fn theirs(ui: &Ui, text: &str) -> String {
    drawable(ui, visible(text), TextStyle::Body)
}

/// The same on one line.
pub fn theirs_line(ui: &Ui, text: &str) -> String {
    drawable(ui, visible_line(text), TextStyle::Body)
}

/// The same in the style of type that a text is shown in as it stands.
pub fn theirs_as_written(ui: &Ui, text: &str) -> String {
    drawable(ui, visible(text), TextStyle::Monospace)
}

/// Spells out what the fonts have no glyph for: one empty box looks like another.
fn drawable(ui: &Ui, text: String, style: TextStyle) -> String {
    if text.is_ascii() {
        return text;
    }
    let font: FontId = style.resolve(ui.style());
    ui.ctx().fonts_mut(|fonts| {
        let mut drawn = String::with_capacity(text.len());
        for character in text.chars() {
            if character == '\n' || fonts.has_glyph(&font, character) {
                drawn.push(character);
            } else {
                spell(character, &mut drawn);
            }
        }
        drawn
    })
}
