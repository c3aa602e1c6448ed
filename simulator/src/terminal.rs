//! What the terminal is told, and what is typed there.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::mpsc::{self, Sender},
    thread,
};

use anyhow::Result;
use tokio::signal::{
    ctrl_c,
    unix::{SignalKind, signal},
};

use crate::{act::Act, control::Asked};

/// Says something; a terminal that has gone does not keep the simulation from going on.
pub fn say(text: &str) {
    let mut output = io::stdout();
    let _ = writeln!(output, "{text}").and_then(|()| output.flush());
}

/// Takes commands that are typed, or written by the program that started this one. The end of a
/// terminal's input ends the simulation; that of a script's, which mostly has none, does not.
pub fn listen(simulation: Sender<Asked>) {
    thread::spawn(move || {
        let input = io::stdin();
        for line in input.lines().map_while(io::Result::ok) {
            if line.trim().is_empty() {
                continue;
            }
            match Act::read(&line).and_then(|act| hand_in(&simulation, act)) {
                Ok(said) if said.is_empty() => {}
                Ok(said) => say(&said),
                Err(error) => say(format!("{error:#}").trim_end()),
            }
        }
        if io::stdin().is_terminal() {
            let _ = hand_in(&simulation, Act::Quit);
        }
    });
}

/// Ends the simulation when the system asks this program to end.
pub fn listen_for_signals(simulation: Sender<Asked>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    thread::spawn(move || {
        runtime.block_on(async {
            let Ok(mut terminate) = signal(SignalKind::terminate()) else {
                // It ends by its own commands, then.
                return std::future::pending().await;
            };
            tokio::select! {
                _ = terminate.recv() => {}
                _ = ctrl_c() => {}
            }
        });
        let _ = hand_in(&simulation, Act::Quit);
    });
    Ok(())
}

fn hand_in(simulation: &Sender<Asked>, act: Act) -> Result<String> {
    let (answer, answered) = mpsc::channel();
    simulation.send(Asked { act, answer }).map_err(|_| anyhow::anyhow!("it ends"))?;
    answered.recv()?
}
