//! The window.

mod cards;
mod consent;
mod content;
mod document;
mod keys;
mod look;
mod new_passcode;
mod parts;
mod passcode;
mod pictures;
mod roles;
mod told;
mod view;

use std::{
    io::{self, BufRead as _, Write as _},
    sync::mpsc::{self, Receiver},
    thread,
    time::Instant,
};

use eframe::{
    CreationContext, Frame as EframeFrame, NativeOptions,
    egui::{self, RawInput, Ui, ViewportBuilder, ViewportCommand},
};
use zeroize::Zeroizing;

use super::{
    preferences::Preferences,
    screen::{FromDialog, Screen, ToDialog},
    theme,
};
use keys::Keys;
use view::View;

/// Shows screens until standard input ends.
///
/// # Errors
///
/// Where no window can be opened.
pub fn run(preferences: Preferences) -> anyhow::Result<()> {
    let started = Instant::now();
    let view = View::new(preferences.clone());
    let options = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title(view.title())
            .with_app_id("org.wardkey.host")
            .with_inner_size(view::SMALL.map(|side| side * preferences.zoom()))
            .with_resizable(true)
            .with_always_on_top(),
        centered: true,
        ..NativeOptions::default()
    };
    let window = move |creation: &CreationContext<'_>| {
        theme::apply(&creation.egui_ctx, &preferences);
        let screens = listen(&creation.egui_ctx);
        let window: Box<dyn eframe::App> =
            Box::new(Window { screens, view, keys: Keys::default(), started, painted: false });
        Ok(window)
    };
    eframe::run_native("wardkey", options, Box::new(window))
        .map_err(|error| anyhow::anyhow!("no window: {error}"))
}

struct Window {
    screens: Receiver<Screen>,
    view: View,
    keys: Keys,
    started: Instant,
    painted: bool,
}

impl eframe::App for Window {
    fn raw_input_hook(&mut self, _: &egui::Context, input: &mut RawInput) {
        self.keys.pace(&mut input.events);
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut EframeFrame) {
        let context = ui.ctx().clone();
        self.keys.taken();
        if !self.painted {
            self.painted = true;
            let milliseconds = u64::try_from(self.started.elapsed().as_millis());
            tell(&FromDialog::Shown { milliseconds: milliseconds.unwrap_or(u64::MAX) });
        }
        for screen in self.screens.try_iter() {
            self.view.take(&context, screen);
        }
        if self.keys.are_left() {
            context.request_repaint();
        }
        let Some(answer) = self.view.show(ui) else { return };
        tell(&answer);
        if let FromDialog::Cancelled = answer {
            context.send_viewport_cmd(ViewportCommand::Close);
        } else {
            self.view.wait(&context);
        }
    }
}

/// Reads screens from standard input.
fn listen(context: &egui::Context) -> Receiver<Screen> {
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
    screens
}

fn tell(answer: &FromDialog) {
    let Ok(line) = serde_json::to_string(answer).map(Zeroizing::new) else { return };
    let mut output = io::stdout().lock();
    // If the agent has gone, standard input ends too.
    let _ = writeln!(output, "{}", *line);
    let _ = output.flush();
}

#[cfg(test)]
mod tests;
