//! What the desktop says of itself, as policy has it: a locked screen and a sleeping computer lock
//! or end sessions. Where no server of policy asks for it, nothing is listened to.

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use wardkey_desktop::{Desktop, DesktopEvent};
use wardkey_protocol::view::SessionCause;

use super::{Agent, removal::Fate};
use crate::policy::ServerPolicy;

impl Agent {
    /// Listens to the desktop as long as the agent lives, where policy asks for it.
    pub(super) fn watch_desktop(self: &Arc<Self>) {
        let asks = |server: &ServerPolicy| server.session_rules().follow_desktop();
        if !self.policy.as_ref().is_ok_and(|policy| policy.servers.iter().any(asks)) {
            return;
        }
        let agent = self.clone();
        let listen = move || {
            let (begun, agent) = (Instant::now(), agent.clone());
            let ended = match Desktop::connect() {
                Ok(desktop) => {
                    tracing::info!("listening to the desktop");
                    desktop.listen(move |event| agent.desktop_event(event))
                }
                Err(error) => error,
            };
            (begun.elapsed(), ended)
        };
        let sleep = |pause| {
            thread::sleep(pause);
            true
        };
        let thread = thread::Builder::new().name(THREAD.to_owned());
        if let Err(error) = thread.spawn(move || keep_listening(listen, sleep)) {
            tracing::error!("{UNNOTICED}: {error}");
        }
    }

    pub(super) fn desktop_event(self: &Arc<Self>, event: DesktopEvent) {
        let sessions = self.sessions.every().into_iter().filter_map(|session| {
            let rules = self.rules(&session);
            let effect = match event {
                DesktopEvent::ScreenLocked => rules.on_screen_lock,
                DesktopEvent::Sleeps => rules.on_sleep,
            };
            Fate::of(effect).map(|fate| (session, fate))
        });
        let cause = match event {
            DesktopEvent::ScreenLocked => SessionCause::ScreenLocked,
            DesktopEvent::Sleeps => SessionCause::Slept,
        };
        self.dispose(sessions.collect(), cause);
    }
}

/// Listens, and after ever longer pauses again: who is away for hours is heard once they are back.
/// `listen` says for how long it did, and why no longer; `sleep` whether to go on.
fn keep_listening(
    mut listen: impl FnMut() -> (Duration, io::Error),
    mut sleep: impl FnMut(Duration) -> bool,
) {
    let (mut attempts, mut said) = (0, String::new());
    loop {
        let (listened, ended) = listen();
        if listened > LASTED {
            attempts = 0;
            said.clear();
        }
        let reason = ended.to_string();
        if reason != said {
            tracing::error!("{UNNOTICED}: {reason}");
            said = reason;
        }
        let never = ended.kind() == io::ErrorKind::Unsupported;
        if never || !sleep(Duration::from_secs(PAUSES[attempts])) {
            return;
        }
        attempts = (attempts + 1).min(PAUSES.len() - 1);
    }
}

/// Its name, for whoever looks at the program's threads.
const THREAD: &str = "desktop";
const UNNOTICED: &str = "locked screens and sleep go unnoticed";
/// Who was there for so long is tried again at once when they go.
const LASTED: Duration = Duration::from_secs(60);
/// Seconds before they are tried again; the last over and over.
const PAUSES: [u64; 6] = [1, 2, 5, 15, 60, 300];

#[cfg(test)]
mod tests;
