use eframe::egui::{RichText, Ui};

use super::{
    look::Look,
    parts::{alert, boxed, buttons, only_button},
};
use crate::dialog::{
    screen::{FromDialog, SetBy, ToldBody},
    words::Word,
};

/// Something that the user has to know.
pub struct Told {
    body: ToldBody,
    focused: bool,
}

impl Told {
    pub fn new(body: ToldBody) -> Self {
        Self { body, focused: false }
    }

    pub fn show(&mut self, ui: &mut Ui, look: &Look) -> Option<FromDialog> {
        let palette = &look.palette;
        let (fill, edge, text) = match self.body.is_well {
            true => (palette.box_fill, palette.accent, palette.text),
            false => (palette.caution_fill, palette.caution, palette.caution),
        };
        let said = look.say(ui, self.body.text.clone());
        boxed(ui, fill, edge, |ui| alert(ui, RichText::new(said).size(16.5).color(text).strong()));
        ui.label(look.say(ui, self.body.remedy.clone()));
        ui.add_space(6.0);
        let offered = self.body.offer.map(|by| match by {
            SetBy::Passcode => Word::ChangePasscode,
            SetBy::UnblockingKey => Word::UnblockCard,
        });
        let (answer, main) = match offered {
            Some(offered) => {
                let offered = look.say(ui, offered);
                let pressed = buttons(ui, look, &offered, true);
                let answer = pressed.answer.map(|goes_on| match goes_on {
                    true => FromDialog::Accepted,
                    false => FromDialog::Cancelled,
                });
                (answer, pressed.main)
            }
            None => {
                let close = only_button(ui, look, Word::Close);
                (close.clicked().then_some(FromDialog::Cancelled), close)
            }
        };
        if !self.focused {
            self.focused = true;
            main.request_focus();
        }
        answer
    }
}
