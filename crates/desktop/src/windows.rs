//! Windows tells windows: one that nobody sees is told of the session's screen and of sleep.
//!
//! Whoever may send messages to this session's windows can say the same; that locks or ends sessions,
//! as policy has it, and opens none.
#![allow(unsafe_code, reason = "Windows' own calls")]

mod appearance;

use std::{
    cell::RefCell,
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
            DispatchMessageW, GetMessageW, IsWindow, MSG, PBT_APMSUSPEND, PostQuitMessage,
            RegisterClassW, WM_CLOSE, WM_DESTROY, WM_POWERBROADCAST, WM_WTSSESSION_CHANGE,
            WNDCLASSW, WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK,
        },
    },
    core::{PCWSTR, w},
};

use crate::DesktopEvent;

pub use appearance::appearance;

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
    /// What Windows says, such as of a service that does not run yet.
    pub fn connect() -> io::Result<Self> {
        // SAFETY: the class's name is static and ends with NUL, everything else is null or a plain
        // number; the class's procedure is a function of this program.
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
            let (none, nobody) = (null(), null_mut());
            CreateWindowExW(0, CLASS, none, 0, 0, 0, 0, 0, nobody, null_mut(), instance, null())
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

    /// Tells of events as long as Windows does; why no longer. A computer that is about to sleep waits
    /// for `on_event` to return, for two seconds at most.
    pub fn listen(self, on_event: impl FnMut(DesktopEvent) + 'static) -> io::Error {
        ON_EVENT.set(Some(Box::new(on_event)));
        let mut message = MSG::default();
        loop {
            // SAFETY: the message is ours to write to; the window is this thread's.
            match unsafe { GetMessageW(&raw mut message, null_mut(), 0, 0) } {
                -1 => return io::Error::last_os_error(),
                // Whoever told the thread to quit has not taken its window.
                // SAFETY: a handle, of a window or not.
                0 if unsafe { IsWindow(self.window) } == 0 => {
                    return io::Error::other("the window is gone");
                }
                0 => {}
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
        ON_EVENT.set(None);
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

type OnEvent = Box<dyn FnMut(DesktopEvent)>;

thread_local! {
    /// Who is told what comes to this thread's window.
    static ON_EVENT: RefCell<Option<OnEvent>> = const { RefCell::new(None) };
}

/// The window's procedure, which Windows calls amid [`GetMessageW`].
unsafe extern "system" fn told(window: HWND, message: u32, word: WPARAM, long: LPARAM) -> LRESULT {
    match (message, u32::try_from(word)) {
        (WM_WTSSESSION_CHANGE, Ok(change)) if SCREEN_GONE.contains(&change) => {
            tell(DesktopEvent::ScreenLocked);
        }
        (WM_POWERBROADCAST, Ok(PBT_APMSUSPEND)) => tell(DesktopEvent::Sleeps),
        // Whoever closes all windows does not mean this one.
        (WM_CLOSE, _) => return 0,
        // SAFETY: a number.
        (WM_DESTROY, _) => unsafe { PostQuitMessage(0) },
        _ => {}
    }
    // SAFETY: as Windows called us.
    unsafe { DefWindowProcW(window, message, word, long) }
}

fn tell(event: DesktopEvent) {
    ON_EVENT.with_borrow_mut(|on_event| {
        if let Some(on_event) = on_event {
            on_event(event);
        }
    });
}

/// Locked; or another session is at the screen, as when users switch; or the remote desktop was
/// disconnected.
const SCREEN_GONE: [u32; 3] = [WTS_SESSION_LOCK, WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT];
/// By it the trials find the window, to tell it what Windows would.
const CLASS: PCWSTR = w!("WardkeyDesktop");
