//! The system's calls that tell of a process by its audit token.
#![allow(unsafe_code, reason = "no safe crate here reads LOCAL_PEERTOKEN")]

use std::{
    ffi::{OsString, c_int, c_void},
    io, mem,
    os::{
        fd::AsRawFd as _,
        unix::{ffi::OsStringExt as _, net::UnixStream},
    },
    path::PathBuf,
};

/// One process for good: a number with its version (`audit_token_t`, `bsm/audit.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Token([u32; 8]);

impl Token {
    /// The process that used the socket's other end last; who connected may have handed it on.
    pub fn at_other_end(stream: &UnixStream) -> io::Result<Self> {
        let (mut token, mut length) = (Self::default(), SIZE);
        // SAFETY: the socket is open as long as `stream`; the system writes at most `length` octets,
        // the size of `token`, and both outlive the call.
        let outcome = unsafe {
            libc::getsockopt(
                stream.as_raw_fd(),
                libc::SOL_LOCAL,
                libc::LOCAL_PEERTOKEN,
                (&raw mut token).cast(),
                &raw mut length,
            )
        };
        match outcome {
            0 if length == SIZE => Ok(token),
            0 => Err(io::ErrorKind::InvalidData.into()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// This program itself.
    pub fn this() -> io::Result<Self> {
        let (mut token, mut words) = (Self::default(), WORDS);
        // SAFETY: the system writes at most `words` numbers, as many as `token` has.
        let outcome = unsafe {
            task_info(mach_task_self_, TASK_AUDIT_TOKEN, (&raw mut token).cast(), &raw mut words)
        };
        match outcome {
            0 if words == WORDS => Ok(token),
            _ => Err(io::Error::other(format!("task_info: {outcome}"))),
        }
    }

    /// Its number, and its audit session, as which macOS has logon sessions.
    pub fn facts(self) -> (u32, u32) {
        // SAFETY: these read the token, which they are given as a copy.
        let (pid, session) = unsafe { (audit_token_to_pid(self), audit_token_to_asid(self)) };
        (pid.cast_unsigned(), session.cast_unsigned())
    }

    /// The file that it runs. An error where it has ended, though its number be another's by now.
    pub fn executable(mut self) -> io::Result<PathBuf> {
        path(|buffer, size| {
            // SAFETY: the system writes at most `size` octets, as many as `buffer` has.
            unsafe { proc_pidpath_audittoken(&raw mut self, buffer, size) }
        })
    }
}

/// The effective user of whoever connected, as it was then.
pub fn user_at_other_end(stream: &UnixStream) -> io::Result<u32> {
    let (mut user, mut group) = (0, 0);
    // SAFETY: the socket is open as long as `stream`; the system writes one number each.
    match unsafe { libc::getpeereid(stream.as_raw_fd(), &raw mut user, &raw mut group) } {
        0 => Ok(user),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The file and the effective user of the process that has this number by now.
pub fn process(pid: u32) -> io::Result<(PathBuf, u32)> {
    let id = c_int::try_from(pid).map_err(io::Error::other)?;
    let executable = path(|buffer, size| {
        // SAFETY: the system writes at most `size` octets, as many as `buffer` has.
        unsafe { libc::proc_pidpath(id, buffer, size) }
    })?;
    // SAFETY: numbers and arrays of them, of which any octets are a value.
    let mut known: libc::proc_bsdinfo = unsafe { mem::zeroed() };
    let size = c_int::try_from(size_of_val(&known)).map_err(io::Error::other)?;
    // SAFETY: the system writes at most `size` octets, the size of `known`.
    let written =
        unsafe { libc::proc_pidinfo(id, libc::PROC_PIDTBSDINFO, 0, (&raw mut known).cast(), size) };
    if written == size { Ok((executable, known.pbi_uid)) } else { Err(io::Error::last_os_error()) }
}

fn path(ask: impl FnOnce(*mut c_void, u32) -> c_int) -> io::Result<PathBuf> {
    let mut buffer = [0_u8; libc::PROC_PIDPATHINFO_MAXSIZE as usize];
    let length = ask(buffer.as_mut_ptr().cast(), libc::PROC_PIDPATHINFO_MAXSIZE as u32);
    match usize::try_from(length).ok().and_then(|length| buffer.get(..length)) {
        Some(path) if !path.is_empty() => Ok(OsString::from_vec(path.to_owned()).into()),
        _ => Err(io::Error::last_os_error()),
    }
}

// SAFETY: libbsm(3), `mach/task_info.h` and `libproc.h` (from macOS 11 on).
#[link(name = "bsm")]
unsafe extern "C" {
    static mach_task_self_: u32;
    fn task_info(task: u32, flavor: u32, info: *mut i32, count: *mut u32) -> c_int;
    fn audit_token_to_pid(token: Token) -> c_int;
    fn audit_token_to_asid(token: Token) -> c_int;
    fn proc_pidpath_audittoken(token: *mut Token, buffer: *mut c_void, size: u32) -> c_int;
}

const WORDS: u32 = 8;
const SIZE: libc::socklen_t = size_of::<Token>() as libc::socklen_t;
/// `mach/task_info.h`.
const TASK_AUDIT_TOKEN: u32 = 15;
