//! What the desktop says of itself: the screen was locked or shows another session, the computer
//! goes to sleep; and how its users want windows to look. On Linux logind and the desktop portal say it,
//! on Windows the session's own notifications and parameters.
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
pub use linux::{Desktop, appearance};
#[cfg(not(any(target_os = "linux", windows)))]
pub use unheard::{Desktop, appearance};
#[cfg(windows)]
pub use windows::{Desktop, appearance};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesktopEvent {
    /// The screen of this desktop session was locked, or is about to be, or shows another session:
    /// of somebody else, or because the remote desktop was disconnected.
    ScreenLocked,
    /// The computer is about to sleep.
    Sleeps,
}

/// How users want windows to look. Nothing is known by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appearance {
    /// Of high contrast.
    pub high_contrast: bool,
    /// Light on dark, or dark on light.
    pub dark: Option<bool>,
    /// With little that moves.
    pub reduced_motion: bool,
}
