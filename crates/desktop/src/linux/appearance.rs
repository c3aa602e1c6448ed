//! `org.freedesktop.portal.Settings` over the session bus (XDG Desktop Portal, version 1 on).

use std::{env, ffi::OsString, io, time::Duration};

use super::{bus::Bus, wire::Call};
use crate::Appearance;

/// What the desktop's users want to see, as far as its portal says so at once.
#[must_use]
pub fn appearance() -> Appearance {
    appearance_as(|name| env::var_os(name))
}

pub(super) fn appearance_as(variable: impl Fn(&str) -> Option<OsString>) -> Appearance {
    let text = |name: &str| variable(name).and_then(|value| value.into_string().ok());
    let usual = || text("XDG_RUNTIME_DIR").map(|folder| format!("unix:path={folder}/bus"));
    let Some(address) = text("DBUS_SESSION_BUS_ADDRESS").or_else(usual) else {
        return Appearance::default();
    };
    // No desktop, no portal, or none that answers: nothing is known.
    ask(&address).unwrap_or_default()
}

fn ask(address: &str) -> io::Result<Appearance> {
    let mut bus = Bus::connect(address, Some(PATIENCE))?;
    let mut silent = false;
    // One that it does not know, or that does not come in time, keeps no other from being heard.
    let mut read = |key: &str| {
        let call = Call::new(PORTAL, "/org/freedesktop/portal/desktop", SETTINGS, "Read");
        let call = call.string(NAMESPACE).string(key).where_it_runs();
        let answer = (!silent).then(|| bus.ask(&call))?;
        silent = answer.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Other);
        answer.ok()?.number_in_variant().ok()
    };
    Ok(Appearance {
        high_contrast: read("contrast") == Some(1),
        dark: match read("color-scheme") {
            Some(1) => Some(true),
            Some(2) => Some(false),
            _ => None,
        },
        reduced_motion: read("reduced-motion") == Some(1),
    })
}

/// For all of it; a window waits meanwhile.
const PATIENCE: Duration = Duration::from_millis(100);
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
