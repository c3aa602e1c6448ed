use eframe::egui::{
    self, CentralPanel, CornerRadius, Frame, Key, Margin, RichText, ScrollArea, Stroke, StrokeKind,
    Ui, ViewportCommand,
};

use wardkey_protocol::Capability;

use super::{
    cards::Cards,
    consent,
    look::{Look, theirs, theirs_line},
    new_passcode::NewPasscode,
    parts::{bar, boxed, follow_focus, going_round, status, stop_button},
    passcode::Passcode,
    roles::Roles,
    told::Told,
};
use crate::dialog::{
    preferences::{Motion, Preferences},
    screen::{Body, FromDialog, NewPasscodeBody, PasscodeBody, Screen, SetBy, TypedWhere, WhoAsks},
    theme,
    words::{Language, Said, Word},
};

/// What the window shows, whatever draws it.
pub struct View {
    preferences: Preferences,
    language: &'static Language,
    shown: Shown,
}

/// The screen that is shown, with what the user has typed or chosen so far.
enum Shown {
    Cards(Screen, Cards),
    Consent(Screen, Vec<Capability>),
    NewPasscode(Screen, Box<NewPasscode>),
    Nothing,
    Passcode(Screen, Box<Passcode>),
    Roles(Screen, Roles),
    Signing(Screen, usize, usize),
    Told(Screen, Told),
    Waiting(Option<Screen>, Waiting),
}

/// What the user waits for.
struct Waiting {
    text: Said,
    /// Whether they may stop it.
    stop: bool,
    /// Since when, in the window's seconds.
    since: f64,
}

/// The room that the body of a screen has, so that it can fill the window.
#[derive(Clone, Copy)]
pub struct Room {
    /// The height of the window's inside.
    height: f32,
}

impl Room {
    /// What is left below the cursor; less than nothing where the window is too small.
    pub fn left(self, ui: &Ui) -> f32 {
        self.height - (ui.cursor().top() - ui.min_rect().top())
    }
}

impl View {
    pub fn new(preferences: Preferences) -> Self {
        let language = preferences.language();
        Self { preferences, language, shown: Shown::Nothing }
    }

    /// Shows a screen instead of what is shown.
    pub fn take(&mut self, context: &egui::Context, screen: Screen) {
        let size = match &screen.body {
            Body::Cards(_) | Body::Consent { .. } => Some(MIDDLE),
            Body::Passcode(body) if body.content.is_empty() => {
                Some(match (is_tall(&screen, body), body.tries.last || is_long(body)) {
                    (true, _) => TALL,
                    (false, true) => WARNING,
                    (false, false) => SMALL,
                })
            }
            Body::Passcode(_) => Some(LARGE),
            Body::NewPasscode(body) => Some(room_for(body)),
            Body::Roles { .. } => Some(MIDDLE),
            Body::Told(_) => Some(SMALL),
            Body::Signing { .. } | Body::Waiting { .. } => None,
        };
        let before = std::mem::replace(&mut self.shown, Shown::Nothing);
        self.shown = match screen.body.clone() {
            Body::Cards(body) => {
                let cards = Cards::new(*body);
                let cards = match &before {
                    Shown::Cards(_, before) => cards.after(before),
                    _ => cards,
                };
                Shown::Cards(screen, cards)
            }
            Body::Consent { capabilities } => Shown::Consent(screen, capabilities),
            Body::NewPasscode(body) => {
                Shown::NewPasscode(screen, Box::new(NewPasscode::new(*body)))
            }
            Body::Passcode(body) => Shown::Passcode(screen, Box::new(Passcode::new(*body))),
            Body::Roles { user, roles, preselected } => {
                Shown::Roles(screen, Roles::new(user, roles, preselected.as_deref()))
            }
            Body::Signing { done, total } => Shown::Signing(screen, done, total),
            Body::Told(body) => Shown::Told(screen, Told::new(*body)),
            Body::Waiting { text, stop } => {
                Shown::Waiting(Some(screen), Waiting { text, stop, since: now(context) })
            }
        };
        context.send_viewport_cmd(ViewportCommand::Title(self.title()));
        if let Some(size) = size {
            let screen = context.input(|input| input.viewport().monitor_size);
            let size = egui::Vec2::from(size).min(screen.unwrap_or(egui::Vec2::INFINITY) * 0.94);
            context.send_viewport_cmd(ViewportCommand::InnerSize(size));
            context.send_viewport_cmd(ViewportCommand::Focus);
        }
    }

    /// Says that the card works, after an answer.
    pub fn wait(&mut self, context: &egui::Context) {
        let screen = match std::mem::replace(&mut self.shown, Shown::Nothing) {
            Shown::Cards(screen, _)
            | Shown::Consent(screen, _)
            | Shown::NewPasscode(screen, _)
            | Shown::Passcode(screen, _)
            | Shown::Roles(screen, _)
            | Shown::Told(screen, _) => Some(screen),
            Shown::Nothing | Shown::Signing(..) | Shown::Waiting(..) => None,
        };
        let (text, since) = (Word::WorkingWithCard.into(), now(context));
        self.shown = Shown::Waiting(screen, Waiting { text, stop: false, since });
        context.send_viewport_cmd(ViewportCommand::Title(self.title()));
        context.request_repaint();
    }

    /// The window's title; dots at its end while the user can do nothing.
    pub fn title(&self) -> String {
        let (name, working) = match &self.shown {
            Shown::Cards(..) => (Word::ChooseCard.into(), false),
            Shown::Nothing | Shown::Waiting(None, ..) => (Word::PleaseWait.into(), true),
            Shown::Consent(screen, _)
            | Shown::NewPasscode(screen, _)
            | Shown::Passcode(screen, _)
            | Shown::Told(screen, _) => (screen.title.clone(), false),
            Shown::Roles(..) => (Word::ChooseRole.into(), false),
            Shown::Signing(screen, ..) | Shown::Waiting(Some(screen), ..) => {
                (screen.title.clone(), true)
            }
        };
        let name = self.language.say(name);
        if working { format!("Wardkey - {name} ...") } else { format!("Wardkey - {name}") }
    }

    /// Draws it; what the user answered.
    pub fn show(&mut self, ui: &mut Ui) -> Option<FromDialog> {
        let look = Look {
            language: self.language,
            palette: theme::palette(theme::colours(&self.preferences, ui.ctx().theme())),
            still: self.preferences.motion == Some(Motion::Reduced),
        };
        let margin = Frame::central_panel(ui.style()).inner_margin(Margin::same(24));
        let answer = CentralPanel::default().frame(margin).show(ui, |ui| {
            let room = Room { height: ui.available_height() };
            // Where the window is too small for the screen, as when it is enlarged.
            let area = ScrollArea::vertical().auto_shrink([false, false]);
            let answer = area.show(ui, |ui| {
                let answer = self.body(ui, &look, room);
                follow_focus(ui);
                answer
            });
            let answer = answer.inner;
            focus_ring(ui, &look);
            answer
        });
        let input = ui
            .ctx()
            .input(|input| input.viewport().close_requested() || input.key_pressed(Key::Escape));
        if input { Some(FromDialog::Cancelled) } else { answer.inner }
    }

    fn body(&mut self, ui: &mut Ui, look: &Look, room: Room) -> Option<FromDialog> {
        match &mut self.shown {
            Shown::Cards(screen, cards) => {
                header(ui, look, &screen.title, &screen.who_asks);
                cards.show(ui, look)
            }
            Shown::Consent(screen, capabilities) => {
                header(ui, look, &screen.title, &screen.who_asks);
                consent::show(ui, look, capabilities)
            }
            Shown::NewPasscode(screen, passcode) => {
                header(ui, look, &screen.title, &screen.who_asks);
                passcode.show(ui, look)
            }
            Shown::Nothing => None,
            Shown::Passcode(screen, passcode) => {
                header(ui, look, &screen.title, &screen.who_asks);
                passcode.show(ui, look, room)
            }
            Shown::Roles(screen, roles) => {
                header(ui, look, &Word::ChooseRole.into(), &screen.who_asks);
                roles.show(ui, look, room)
            }
            Shown::Signing(screen, done, total) => {
                header(ui, look, &screen.title, &screen.who_asks);
                signing(ui, look, *done, *total)
            }
            Shown::Told(screen, told) => {
                header(ui, look, &screen.title, &screen.who_asks);
                told.show(ui, look)
            }
            Shown::Waiting(screen, waiting) => {
                if let Some(screen) = screen {
                    header(ui, look, &screen.title, &screen.who_asks);
                }
                waiting.show(ui, look)
            }
        }
    }
}

fn header(ui: &mut Ui, look: &Look, title: &Said, who: &WhoAsks) {
    let palette = &look.palette;
    let title = ui.heading(look.say(ui, title.clone()));
    ui.ctx().accesskit_node_builder(title.id, |node| {
        node.set_role(egui::accesskit::Role::Heading);
        node.set_level(1);
    });
    ui.add_space(2.0);
    boxed(ui, palette.box_fill, palette.edge, |ui| {
        if let Some(program) = &who.program {
            ui.label(look.quiet(ui, Word::ProgramAsks).small());
            ui.label(RichText::new(theirs_line(ui, &program.name)).size(17.0).strong());
            ui.label(RichText::new(theirs(ui, &program.executable)).monospace().small());
        } else if who.user {
            ui.label(look.say(ui, Word::YouAsked));
        } else if who.origin.is_empty() {
            ui.label(RichText::new(look.say(ui, Word::CardPutIn)).size(17.0));
        } else {
            ui.label(look.quiet(ui, Word::WebsiteAsks).small());
            ui.label(RichText::new(theirs(ui, &who.origin)).monospace().size(17.0));
            if let Some(within) = &who.within {
                ui.label(look.quiet(ui, Word::InFrameOf).small());
                ui.label(RichText::new(theirs(ui, within)).monospace());
            }
        }
        match (&who.relying_party, &who.server) {
            (Some(name), _) => {
                ui.label(look.quiet(ui, Word::ToSignInTo).small());
                ui.label(RichText::new(theirs_line(ui, name)).size(17.0).strong());
            }
            (None, Some(server)) => {
                let said = Said::from(Word::ToSignYouInAt).with(server);
                ui.label(look.quiet(ui, said).small());
            }
            (None, None) => {}
        }
        if let Some(claims) = &who.claims {
            ui.label(look.quiet(ui, Word::ItSays).small());
            ui.label(RichText::new(format!("“{}”", theirs(ui, claims))).italics());
        }
    });
    ui.add_space(6.0);
}

impl Waiting {
    fn show(&self, ui: &mut Ui, look: &Look) -> Option<FromDialog> {
        ui.add_space(28.0);
        ui.vertical_centered(|ui| {
            if !look.still {
                going_round(ui, look, self.since);
                ui.add_space(10.0);
            }
            let text = look.say(ui, self.text.clone());
            status(ui, text);
        });
        if self.stop { stopped(ui, look) } else { None }
    }
}

fn now(context: &egui::Context) -> f64 {
    context.input(|input| input.time)
}

/// How far the card is; whether the user stops it.
fn signing(ui: &mut Ui, look: &Look, done: usize, total: usize) -> Option<FromDialog> {
    ui.add_space(28.0);
    let said = look.say(ui, Said::from(Word::SignedOf).with(done).with(total));
    status(ui, RichText::new(said).size(16.5));
    ui.add_space(6.0);
    bar(ui, look, done, total);
    ui.add_space(10.0);
    ui.label(look.quiet(ui, Word::LeaveCard));
    stopped(ui, look)
}

fn stopped(ui: &mut Ui, look: &Look) -> Option<FromDialog> {
    ui.add_space(18.0);
    stop_button(ui, look).clicked().then_some(FromDialog::Cancelled)
}

/// The size for three fields, what goes before them, and a word where the rules were broken.
fn room_for(body: &NewPasscodeBody) -> [f32; 2] {
    let mut height = if body.typed == TypedWhere::Here { FIELDS } else { SMALL[1] };
    for (is_there, takes) in [
        (body.by == SetBy::UnblockingKey, 44.0),
        (body.note.is_some(), 70.0),
        (body.tries.last, 120.0),
        (body.tries.wrong, 44.0),
    ] {
        height += if is_there { takes } else { 0.0 };
    }
    [500.0, height]
}

/// Whether a screen has more to say than the warning of the last try.
fn is_tall(screen: &Screen, body: &PasscodeBody) -> bool {
    screen.who_asks.relying_party.is_some() || body.asks.len() > 1
}

/// Whether a screen has more to say than that a passcode is asked for.
fn is_long(body: &PasscodeBody) -> bool {
    !body.asks.is_empty() || body.another
}

/// A ring around what has the focus, which shows on any colour.
fn focus_ring(ui: &Ui, look: &Look) {
    let Some(focused) = ui.memory(|memory| memory.focused()) else { return };
    let Some(response) = ui.ctx().read_response(focused) else { return };
    let seen = response.interact_rect.intersect(ui.clip_rect());
    if seen.is_positive() {
        let ring = Stroke::new(2.0, look.palette.text);
        let rect = seen.expand(3.0);
        ui.painter().rect_stroke(rect, CornerRadius::same(8), ring, StrokeKind::Outside);
    }
}

pub const SMALL: [f32; 2] = [500.0, 400.0];
/// With room for a relying party's name of the greatest length beside the warning of the last try.
const TALL: [f32; 2] = [500.0, 570.0];
const WARNING: [f32; 2] = [500.0, 490.0];
const MIDDLE: [f32; 2] = [540.0, 500.0];
const LARGE: [f32; 2] = [640.0, 800.0];
/// The height of three fields and what is always around them.
const FIELDS: f32 = 494.0;
