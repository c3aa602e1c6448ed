use eframe::egui::{RichText, Ui};
use wardkey_protocol::Capability;

use super::{
    look::Look,
    parts::{boxed, buttons},
};
use crate::dialog::{screen::FromDialog, words::Word};

/// What a site wants; whether the user lets it. Enter alone does not.
pub fn show(ui: &mut Ui, look: &Look, capabilities: &[Capability]) -> Option<FromDialog> {
    ui.label(look.say(ui, Word::LetWants));
    ui.add_space(4.0);
    let palette = &look.palette;
    boxed(ui, palette.box_fill, palette.edge, |ui| {
        for capability in capabilities {
            let caution = *capability == Capability::SignContentNotShown;
            let text = RichText::new(format!("• {}", look.say(ui, word(*capability))));
            ui.label(if caution { text.color(palette.caution).strong() } else { text });
        }
    });
    ui.add_space(4.0);
    ui.label(look.quiet(ui, Word::LetUntil).small());
    ui.add_space(10.0);
    let allow = look.say(ui, Word::Allow);
    let answer = buttons(ui, look, &allow, true).answer?;
    Some(if answer { FromDialog::LetDo } else { FromDialog::Cancelled })
}

fn word(capability: Capability) -> Word {
    match capability {
        Capability::Authenticate => Word::LetAuthenticate,
        Capability::Sign => Word::LetSign,
        Capability::SignContentNotShown => Word::LetSignUnseen,
        Capability::SignIn => Word::LetSignIn,
        Capability::SigningCertificate => Word::LetCertificate,
        Capability::Ticket => Word::LetTicket,
        Capability::UserDetails => Word::LetUser,
        // The enum may grow.
        _ => Word::LetElse,
    }
}
