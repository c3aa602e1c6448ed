//! What the desktop says of itself, as policy has it: a locked screen and a sleeping computer lock
//! or end sessions. Where no server of policy asks for it, nothing is listened to.

use std::{sync::Arc, thread, time::Duration};

use wardkey_protocol::view::SessionCause;

use super::{Agent, removal::Fate};
use crate::{
    logind::{DesktopEvent, Logind},
    policy::{ServerPolicy, SessionEffect},
};

impl Agent {
    /// Listens to the desktop as long as the agent lives, where policy asks for it.
    pub(super) fn watch_desktop(self: &Arc<Self>) {
        let asks = |server: &ServerPolicy| {
            let rules = server.session_rules();
            [rules.on_screen_lock, rules.on_sleep] != [SessionEffect::Ignore; 2]
        };
        if !self.policy.as_ref().is_ok_and(|policy| policy.servers.iter().any(asks)) {
            return;
        }
        let agent = self.clone();
        thread::spawn(move || {
            for pause in PAUSES {
                if let Err(error) = agent.listen() {
                    tracing::error!("locked screens and sleep go unnoticed: {error}");
                }
                thread::sleep(Duration::from_secs(pause));
            }
        });
    }

    /// Until the bus goes.
    fn listen(self: &Arc<Self>) -> std::io::Result<()> {
        let mut logind = Logind::connect(|name| std::env::var_os(name))?;
        tracing::info!("listening to the desktop");
        loop {
            let event = logind.wait()?;
            self.desktop_event(event);
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

/// Seconds before the bus is tried again.
const PAUSES: [u64; 6] = [1, 2, 5, 15, 60, 300];
