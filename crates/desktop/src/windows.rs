//! Windows tells windows: one that nobody sees is told of the session's screen and of sleep.
//!
//! Whoever may send messages to this session's windows can say the same; that locks or ends
//! sessions, and opens none.
#![allow(unsafe_code, reason = "Windows' own calls")]

use std::{
    io,
    ptr::{null, null_mut},
};

use windows_sys::{
    Win32::{
        Foundation::{ERROR_CLASS_ALREADY_EXISTS, HWND, LPARAM, LRESULT, WPARAM},
        System::{
            LibraryLoader::GetModuleHandleW,
            Power::{
                HPOWERNOTIFY, RegisterSuspendResumeNotification,
                UnregisterSuspendResumeNotification,
            },
            RemoteDesktop::{
                NOTIFY_FOR_THIS_SESSION, WTSRegisterSessionNotification,
                WTSUnRegisterSessionNotification,
            },
        },
        UI::WindowsAndMessaging::{
            CreateWindowExW, DEVICE_NOTIFY_WINDOW_HANDLE, DefWindowProcW, DestroyWindow,
            DispatchMessageW, GetMessageW, MSG, PBT_APMSUSPEND, PostMessageW, RegisterClassW,
            WM_APP, WM_POWERBROADCAST, WM_WTSSESSION_CHANGE, WNDCLASSW, WTS_CONSOLE_DISCONNECT,
            WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK,
        },
    },
    core::{PCWSTR, w},
};

use crate::DesktopEvent;

/// A window that this session's notifications come to. It belongs to the thread that made it.
pub struct Desktop {
    window: HWND,
    power: HPOWERNOTIFY,
}

impl Desktop {
    /// Has Windows tell this thread.
    ///
    /// # Errors
    ///
    /// What Windows says: no desktop, a service that does not run yet.
    pub fn connect() -> io::Result<Self> {
        // SAFETY: names are static and end with NUL, everything else is null or a plain number; the
        // class's procedure is a function of this program.
        let window = unsafe {
            let instance = GetModuleHandleW(null());
            let class = WNDCLASSW {
                lpfnWndProc: Some(told),
                hInstance: instance,
                lpszClassName: CLASS,
                ..WNDCLASSW::default()
            };
            if RegisterClassW(&raw const class) == 0 {
                let error = io::Error::last_os_error();
                if error.raw_os_error() != Some(ERROR_CLASS_ALREADY_EXISTS.cast_signed()) {
                    return Err(error);
                }
            }
            // A window of the desktop's, not one for messages alone, which broadcasts don't reach.
            CreateWindowExW(
                0,
                CLASS,
                CLASS,
                0,
                0,
                0,
                0,
                0,
                null_mut(),
                null_mut(),
                instance,
                null(),
            )
        };
        if window.is_null() {
            return Err(io::Error::last_os_error());
        }
        let mut desktop = Self { window, power: 0 };
        // SAFETY: the window lives; dropping it takes both back.
        unsafe {
            if WTSRegisterSessionNotification(window, NOTIFY_FOR_THIS_SESSION) == 0 {
                return Err(io::Error::last_os_error());
            }
            // Computers of today sleep without a broadcast to those who have not asked.
            desktop.power = RegisterSuspendResumeNotification(window, DEVICE_NOTIFY_WINDOW_HANDLE);
            if desktop.power == 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(desktop)
    }

    /// Waits for the next event.
    ///
    /// # Errors
    ///
    /// What Windows says.
    pub fn wait(&mut self) -> io::Result<DesktopEvent> {
        let mut message = MSG::default();
        loop {
            // SAFETY: the message is ours to write to; the window is this thread's.
            match unsafe { GetMessageW(&raw mut message, null_mut(), 0, 0) } {
                -1 => return Err(io::Error::last_os_error()),
                0 => return Err(io::Error::other("the thread was told to quit")),
                _ if message.message == HEARD => {
                    if let Some(event) = understood(message.wParam) {
                        return Ok(event);
                    }
                }
                // SAFETY: as it came.
                _ => unsafe {
                    DispatchMessageW(&raw const message);
                },
            }
        }
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // SAFETY: made by `connect`, on this thread: a pointer keeps it from being sent elsewhere.
        unsafe {
            if self.power != 0 {
                UnregisterSuspendResumeNotification(self.power);
            }
            WTSUnRegisterSessionNotification(self.window);
            DestroyWindow(self.window);
        }
    }
}

/// The window's procedure. Windows may call it amid [`GetMessageW`], which goes on waiting
/// afterwards; the event is posted for [`Desktop::wait`] to find.
unsafe extern "system" fn told(window: HWND, message: u32, word: WPARAM, long: LPARAM) -> LRESULT {
    let is_event = match (message, u32::try_from(word)) {
        (WM_WTSSESSION_CHANGE, Ok(change)) => SCREEN_GONE.contains(&change),
        (WM_POWERBROADCAST, Ok(change)) => change == PBT_APMSUSPEND,
        _ => false,
    };
    // SAFETY: as Windows called us.
    unsafe {
        if is_event {
            PostMessageW(window, HEARD, message as WPARAM, 0);
        }
        DefWindowProcW(window, message, word, long)
    }
}

/// The event that was heard by a message.
fn understood(message: WPARAM) -> Option<DesktopEvent> {
    match u32::try_from(message).ok()? {
        WM_WTSSESSION_CHANGE => Some(DesktopEvent::ScreenLocked),
        WM_POWERBROADCAST => Some(DesktopEvent::Sleeps),
        _ => None,
    }
}

/// Locked; or another session is at the screen, as when users switch; or the remote desktop was
/// disconnected.
const SCREEN_GONE: [u32; 3] = [WTS_SESSION_LOCK, WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT];
/// What the window's procedure posts, with the message that it was told.
const HEARD: u32 = WM_APP;
/// `tell`, the trials' stand-in for Windows, finds windows by it.
const CLASS: PCWSTR = w!("WardkeyDesktop");
