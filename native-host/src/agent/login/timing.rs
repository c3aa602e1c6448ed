use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use crate::agent::dialogs::Conversation;

/// Where the time of a sign-in went, for the log and the bench.
#[derive(Default)]
pub struct Timing {
    card: Cell<Duration>,
    server: Cell<Duration>,
}

impl Timing {
    /// Counts work of the card.
    pub fn card<T>(&self, work: impl FnOnce() -> T) -> T {
        measured(&self.card, work)
    }

    /// Counts work of the server.
    pub fn server<T>(&self, work: impl FnOnce() -> T) -> T {
        measured(&self.server, work)
    }

    /// Writes it to the log.
    pub fn log(&self, dialog: &Conversation<'_>) {
        tracing::info!(
            card_ms = self.card.get().as_millis(),
            server_ms = self.server.get().as_millis(),
            human_ms = dialog.human().as_millis(),
            window_ms = dialog.window_wait().as_millis(),
            "signed in"
        );
    }
}

fn measured<T>(sum: &Cell<Duration>, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    sum.set(sum.get() + begun.elapsed());
    done
}
