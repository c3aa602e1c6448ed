//! A process held by a descriptor of its own (`pidfd`), which never comes to mean another one.
#![allow(unsafe_code, reason = "no safe crate here reads SO_PEERPIDFD")]

use std::{
    ffi::{c_int, c_void},
    fs, io,
    os::{
        fd::{AsRawFd as _, FromRawFd as _, OwnedFd},
        unix::net::UnixStream,
    },
};

use rustix::{
    io::Errno,
    process::{Pid, PidfdFlags, pidfd_open},
};

#[derive(Debug)]
pub struct Process(OwnedFd);

impl Process {
    /// The process that connected; `None` where the system has no such descriptors. Before Linux
    /// 6.5 it is found by its number, a moment after it connected.
    ///
    /// # Errors
    ///
    /// What the system says: the process has gone.
    pub fn at_other_end(stream: &UnixStream, pid: Pid) -> io::Result<Option<Self>> {
        let connected = match peer_pidfd(stream) {
            Err(Errno::NOPROTOOPT) => pidfd_open(pid, PidfdFlags::empty()),
            known => known,
        };
        match connected {
            Ok(descriptor) => Ok(Some(Self(descriptor))),
            // An old system, or a sandbox that knows no such call.
            Err(Errno::NOSYS | Errno::PERM) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the process is still there, under this number.
    pub fn is_there(&self, pid: u32) -> bool {
        // proc_pid_fdinfo(5): -1 once it was waited for.
        let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", self.0.as_raw_fd()));
        text.is_ok_and(|text| {
            let mut numbers = text.lines().filter_map(|line| line.strip_prefix("Pid:"));
            numbers.next().is_some_and(|number| number.trim().parse() == Ok(pid))
        })
    }
}

fn peer_pidfd(stream: &UnixStream) -> Result<OwnedFd, Errno> {
    let mut descriptor: c_int = -1;
    let mut length = SIZE;
    // SAFETY: the socket is open as long as `stream`; the kernel writes at most `length` octets,
    // the size of `descriptor`, and both outlive the call.
    let outcome = unsafe {
        getsockopt(
            stream.as_raw_fd(),
            SOL_SOCKET,
            SO_PEERPIDFD,
            (&raw mut descriptor).cast(),
            &raw mut length,
        )
    };
    if outcome != 0 || length != SIZE {
        let error = io::Error::last_os_error();
        return Err(Errno::from_io_error(&error).unwrap_or(Errno::NOPROTOOPT));
    }
    // SAFETY: the kernel has just made this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

// SAFETY: getsockopt(2), with `socklen_t` as Linux has it.
unsafe extern "C" {
    fn getsockopt(
        socket: c_int,
        level: c_int,
        name: c_int,
        value: *mut c_void,
        length: *mut u32,
    ) -> c_int;
}

const SIZE: u32 = size_of::<c_int>() as u32;
/// `asm-generic/socket.h`, which every processor that Wardkey is built for has.
const SOL_SOCKET: c_int = 1;
const SO_PEERPIDFD: c_int = 77;
