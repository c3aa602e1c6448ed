//! Reading and writing that ends in time, or when the connection is shut down. On a handle that is
//! not overlapped a thread that reads would hold up one that writes.
#![allow(unsafe_code, reason = "no safe call ends an operation on a pipe")]

use std::{
    io,
    os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle},
    ptr,
    time::Duration,
};

use windows_sys::Win32::{
    Foundation::{ERROR_IO_PENDING, WAIT_OBJECT_0, WAIT_TIMEOUT},
    System::{
        IO::{CancelIoEx, GetOverlappedResult, OVERLAPPED},
        Threading::{CreateEventW, INFINITE, SetEvent, WaitForMultipleObjects},
    },
};

use super::calls;

/// Something that happens once, and stays so.
#[derive(Debug)]
pub struct Event(OwnedHandle);

impl Event {
    /// It has not happened yet.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointer is given.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it has just been made for us alone.
        Ok(Self(unsafe { OwnedHandle::from_raw_handle(event) }))
    }

    /// It happens now.
    pub fn set(&self) {
        // SAFETY: the handle is open as long as `self`. It fails for no event.
        unsafe { SetEvent(self.0.as_raw_handle()) };
    }

    /// Runs an operation until it is done, the time is up (`TimedOut`) or this has happened
    /// (`ConnectionAborted`). Returns how many octets were moved.
    pub fn run(
        &self,
        pipe: &OwnedHandle,
        timeout: Option<Duration>,
        operation: impl calls::Operation,
    ) -> io::Result<usize> {
        let done = Self::new()?;
        let mut overlapped = OVERLAPPED { hEvent: done.0.as_raw_handle(), ..OVERLAPPED::default() };
        if let Err(error) = operation.begin(&mut overlapped)
            && !calls::is(&error, ERROR_IO_PENDING)
        {
            return Err(error);
        }
        let events = [done.0.as_raw_handle(), self.0.as_raw_handle()];
        let wait = timeout.map_or(INFINITE, |it| u32::try_from(it.as_millis()).unwrap_or(INFINITE));
        // SAFETY: both handles are open as long as `done` and `self`.
        let waited = unsafe { WaitForMultipleObjects(2, events.as_ptr(), 0, wait) };
        let pipe = pipe.as_raw_handle();
        if waited != WAIT_OBJECT_0 {
            // SAFETY: the operation was begun on this handle with this structure.
            unsafe { CancelIoEx(pipe, &raw const overlapped) };
        }
        let mut moved = 0;
        // SAFETY: it returns when the system is done with the structure and the operation's buffer,
        // both of which are alive until then; `moved` is written before it returns.
        let ended = unsafe { GetOverlappedResult(pipe, &raw const overlapped, &raw mut moved, 1) };
        let error = io::Error::last_os_error();
        match waited {
            // It may have ended well in the meantime.
            _ if ended != 0 => Ok(moved as usize),
            WAIT_OBJECT_0 => Err(error),
            WAIT_TIMEOUT => Err(io::ErrorKind::TimedOut.into()),
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}
