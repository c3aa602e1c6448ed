//! What the desktop says of itself: the screen was locked or shows another session, the computer
//! goes to sleep. On Linux logind says it, on Windows the session's own notifications.
//!
//! One thread connects and sleeps until there is something to say.
#![deny(unsafe_code)]

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(any(target_os = "linux", windows)))]
mod unheard;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub use linux::Desktop;
#[cfg(not(any(target_os = "linux", windows)))]
pub use unheard::Desktop;
#[cfg(windows)]
pub use windows::Desktop;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesktopEvent {
    /// The screen of this desktop session was locked, or is about to be, or shows another session:
    /// of somebody else, or because the remote desktop was disconnected.
    ScreenLocked,
    /// The computer is about to sleep.
    Sleeps,
}
