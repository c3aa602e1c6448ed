//! The window.

mod content;
mod passcode;
mod roles;

use std::{
    io::{self, BufRead as _, Write as _},
    sync::mpsc::{self, Receiver},
    thread,
    time::Instant,
};

use eframe::{
    CreationContext, Frame as EframeFrame, NativeOptions,
    egui::{
        self, CentralPanel, Color32, Frame, Key, Margin, RichText, Stroke, Ui, ViewportBuilder,
        ViewportCommand,
    },
};
use zeroize::Zeroizing;

use super::{
    screen::{Body, FromDialog, Screen, ToDialog, WhoAsks},
    theme::{self, Palette},
    visible::{visible, visible_line},
};
use passcode::Passcode;
use roles::Roles;

/// Shows screens until standard input ends.
///
/// # Errors
///
/// Where no window can be opened.
pub fn run() -> anyhow::Result<()> {
    let started = Instant::now();
    let options = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title(title("Please wait", true))
            .with_app_id("org.wardkey.host")
            .with_inner_size(SMALL)
            .with_resizable(true)
            .with_always_on_top(),
        centered: true,
        ..NativeOptions::default()
    };
    let window = |creation: &CreationContext<'_>| {
        theme::apply(&creation.egui_ctx);
        let window: Box<dyn eframe::App> = Box::new(Window::listening(&creation.egui_ctx, started));
        Ok(window)
    };
    eframe::run_native("wardkey", options, Box::new(window))
        .map_err(|error| anyhow::anyhow!("no window: {error}"))
}

struct Window {
    screens: Receiver<Screen>,
    shown: Shown,
    started: Instant,
    painted: bool,
}

/// The screen that is shown, with what the user has typed or chosen so far.
enum Shown {
    Nothing,
    Passcode(Screen, Passcode),
    Roles(Screen, Roles),
    Signing(Screen, usize, usize),
    Waiting(Option<Screen>, String),
}

impl Window {
    fn listening(context: &egui::Context, started: Instant) -> Self {
        let (sender, screens) = mpsc::channel();
        let context = context.clone();
        thread::spawn(move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                let Ok(ToDialog::Show(screen)) = serde_json::from_str(&line) else { break };
                if sender.send(*screen).is_err() {
                    return;
                }
                context.request_repaint();
            }
            // The agent has gone, or let this window go.
            std::process::exit(0);
        });
        Self { screens, shown: Shown::Nothing, started, painted: false }
    }

    fn take_screens(&mut self, context: &egui::Context) {
        for screen in self.screens.try_iter() {
            let (name, working, size) = match &screen.body {
                Body::Passcode(body) if body.content.is_empty() => {
                    let named = screen.who_asks.relying_party.is_some();
                    (&*screen.title, false, if named { TALL } else { SMALL })
                }
                Body::Passcode(_) => (&*screen.title, false, LARGE),
                Body::Roles { .. } => ("Choose a role", false, MIDDLE),
                Body::Signing { .. } | Body::Waiting { .. } => (&*screen.title, true, [0.0, 0.0]),
            };
            context.send_viewport_cmd(ViewportCommand::Title(title(name, working)));
            if size[1] > 0.0 {
                context.send_viewport_cmd(ViewportCommand::InnerSize(size.into()));
                context.send_viewport_cmd(ViewportCommand::Focus);
            }
            self.shown = match screen.body.clone() {
                Body::Passcode(body) => Shown::Passcode(screen, Passcode::new(*body)),
                Body::Roles { user, roles, preselected } => {
                    Shown::Roles(screen, Roles::new(user, roles, preselected.as_deref()))
                }
                Body::Signing { done, total } => Shown::Signing(screen, done, total),
                Body::Waiting { text } => Shown::Waiting(Some(screen), text),
            };
        }
    }

    fn answered(&mut self, context: &egui::Context, answer: FromDialog, waiting: &str) {
        tell(&answer);
        if let FromDialog::Cancelled = answer {
            context.send_viewport_cmd(ViewportCommand::Close);
            return;
        }
        let screen = match std::mem::replace(&mut self.shown, Shown::Nothing) {
            Shown::Passcode(screen, _) | Shown::Roles(screen, _) => Some(screen),
            Shown::Nothing | Shown::Signing(..) | Shown::Waiting(..) => None,
        };
        let name = screen.as_ref().map_or("Please wait", |screen| &*screen.title);
        context.send_viewport_cmd(ViewportCommand::Title(title(name, true)));
        self.shown = Shown::Waiting(screen, waiting.to_owned());
        context.request_repaint();
    }
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut Ui, _: &mut EframeFrame) {
        let context = ui.ctx().clone();
        if !self.painted {
            self.painted = true;
            let milliseconds = u64::try_from(self.started.elapsed().as_millis());
            tell(&FromDialog::Shown { milliseconds: milliseconds.unwrap_or(u64::MAX) });
        }
        self.take_screens(&context);
        let palette = theme::palette(ui.visuals().dark_mode);
        let closed = context.input(|input| input.viewport().close_requested());
        let escaped = context.input(|input| input.key_pressed(Key::Escape));
        let margin = Frame::central_panel(ui.style()).inner_margin(Margin::same(24));
        let answer = CentralPanel::default()
            .frame(margin)
            .show(ui, |ui| match &mut self.shown {
                Shown::Nothing => None,
                Shown::Passcode(screen, passcode) => {
                    header(ui, &palette, &screen.title, &screen.who_asks);
                    passcode.show(ui, &palette)
                }
                Shown::Roles(screen, roles) => {
                    header(ui, &palette, "Choose a role", &screen.who_asks);
                    roles.show(ui, &palette)
                }
                Shown::Signing(screen, done, total) => {
                    header(ui, &palette, &screen.title, &screen.who_asks);
                    signing(ui, &palette, *done, *total)
                }
                Shown::Waiting(screen, text) => {
                    if let Some(screen) = screen {
                        header(ui, &palette, &screen.title, &screen.who_asks);
                    }
                    waiting(ui, text);
                    None
                }
            })
            .inner;
        match answer {
            _ if closed || escaped => self.answered(&context, FromDialog::Cancelled, ""),
            Some(answer) => self.answered(&context, answer, "Working with your card"),
            None => {}
        }
    }
}

fn header(ui: &mut Ui, palette: &Palette, title: &str, who: &WhoAsks) {
    ui.heading(RichText::new(visible(title)).size(26.0));
    ui.add_space(2.0);
    boxed(ui, palette.box_fill, palette.edge, |ui| {
        if who.origin.is_empty() {
            ui.label(RichText::new("You put your card in").size(17.0));
        } else {
            ui.label(RichText::new("This website asks").small().color(palette.quiet));
            ui.label(RichText::new(visible(&who.origin)).monospace().size(17.0));
        }
        match (&who.relying_party, &who.server) {
            (Some(name), _) => {
                ui.label(RichText::new("to sign in to").small().color(palette.quiet));
                ui.label(RichText::new(visible_line(name)).size(17.0).strong());
            }
            (None, Some(server)) => {
                let line = format!("to sign you in at {}", visible(server));
                ui.label(RichText::new(line).small().color(palette.quiet));
            }
            (None, None) => {}
        }
        if let Some(claims) = &who.claims {
            ui.label(RichText::new("It says:").small().color(palette.quiet));
            ui.label(RichText::new(format!("“{}”", visible(claims))).italics());
        }
    });
    ui.add_space(6.0);
}

fn waiting(ui: &mut Ui, text: &str) {
    ui.add_space(28.0);
    ui.vertical_centered(|ui| {
        ui.add(egui::Spinner::new().size(34.0));
        ui.add_space(10.0);
        ui.label(visible(text));
    });
}

/// How far the card is; whether the user stops it.
fn signing(ui: &mut Ui, palette: &Palette, done: usize, total: usize) -> Option<FromDialog> {
    ui.add_space(28.0);
    ui.label(RichText::new(format!("{done} of {total} documents signed")).size(16.5));
    ui.add_space(6.0);
    #[allow(clippy::cast_precision_loss, reason = "a bar on a screen")]
    let share = done as f32 / total.max(1) as f32;
    ui.add(egui::ProgressBar::new(share).fill(palette.accent).corner_radius(4));
    ui.add_space(10.0);
    let text = "Leave your card in the reader. What is signed stays signed if you stop.";
    ui.label(RichText::new(text).color(palette.quiet));
    ui.add_space(18.0);
    let stop = egui::Button::new("Stop").min_size([100.0, 40.0].into());
    ui.add(stop).clicked().then_some(FromDialog::Cancelled)
}

/// A box with an edge, as wide as the window.
fn boxed<R>(ui: &mut Ui, fill: Color32, edge: Color32, content: impl FnOnce(&mut Ui) -> R) -> R {
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

/// The two buttons at the foot: the one that goes on, and the one that does not.
fn buttons(ui: &mut Ui, palette: &Palette, go_on: &str, enabled: bool) -> Option<bool> {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let text = RichText::new(go_on).color(palette.on_accent).strong();
        let main = egui::Button::new(text).fill(palette.accent).min_size([120.0, 40.0].into());
        let agreed = ui.add_enabled(enabled, main).clicked();
        let cancel = egui::Button::new("Cancel").min_size([100.0, 40.0].into());
        let cancelled = ui.add(cancel).clicked();
        if agreed { Some(true) } else { cancelled.then_some(false) }
    })
    .inner
}

fn title(name: &str, working: bool) -> String {
    if working { format!("Wardkey - {name} ...") } else { format!("Wardkey - {name}") }
}

fn tell(answer: &FromDialog) {
    let Ok(line) = serde_json::to_string(answer).map(Zeroizing::new) else { return };
    let mut output = io::stdout().lock();
    // If the agent has gone, standard input ends too.
    let _ = writeln!(output, "{}", *line);
    let _ = output.flush();
}

const SMALL: [f32; 2] = [500.0, 400.0];
/// With room for a relying party's name of the greatest length beside the warning of the last try.
const TALL: [f32; 2] = [500.0, 570.0];
const MIDDLE: [f32; 2] = [540.0, 500.0];
const LARGE: [f32; 2] = [620.0, 780.0];
