//! The Ticket API as a C library: the exports that clinical programs on a workstation have long
//! called for the user's ticket (External Interface Specification, part 7), answered by the Wardkey
//! agent over its local socket. `include/wardkey_ticket_api.h` declares them, `docs/ticket-api.md`
//! says what they do.
//!
//! Names, parameters and numbers are as open clients of the interface have them. Instances are
//! numbers that are never used again, so that a stale one is an error and nothing worse. Every export
//! may be called by any thread; none unwinds into its caller.
#![allow(unsafe_code, reason = "C's pointers")]
#![allow(non_snake_case, reason = "the exports' published names")]

mod api;
mod buffer;
mod codes;
mod instances;
mod remote;

use std::{
    ffi::{c_char, c_int, c_long, c_uint},
    panic::{AssertUnwindSafe, catch_unwind},
};

use wardkey_spine::ticket_api::Code;

use api::Api;
use buffer::Buffer;
use codes::Failure;

/// Connects to the agent, starting it where it does not run: a new instance, or 0, and
/// [`_TcktApi_getLastError`] of 0 says why.
#[unsafe(no_mangle)]
pub extern "C" fn _TcktApi_Initialize() -> c_long {
    guarded(0, || match Api::connect().and_then(instances::add) {
        Ok(instance) => instance,
        Err(failure) => {
            instances::fail(failure);
            0
        }
    })
}

/// Ends an instance. Calls of it that are under way end with an error.
#[unsafe(no_mangle)]
pub extern "C" fn _TcktApi_Finalize(instance: c_long) -> c_int {
    answer(|| {
        instances::remove(instance)?.close();
        Ok(())
    })
}

/// The version of the library (1; of no instance too) or of the agent (2), `0x00MMmmpp`; 0 where it
/// can't be told.
#[unsafe(no_mangle)]
pub extern "C" fn _TcktApi_GetGAVersion(instance: c_long, component: c_int) -> u32 {
    guarded(0, || {
        let version = match component {
            VERSION_API => Ok(OWN_VERSION),
            VERSION_ENGINE => instances::with(instance, Api::agent_version),
            _ => instances::with(instance, |_| Err(Code::INVALID_PARAMETER.into())),
        };
        version.unwrap_or(0)
    })
}

/// The current ticket. Where nobody is signed in, the agent's dialog asks.
///
/// # Safety
///
/// `buffer` points to `size` octets that may be written, and `used` to a number or to nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _TcktApi_getTicket(
    instance: c_long,
    buffer: *mut c_char,
    size: c_uint,
    used: *mut c_uint,
) -> c_int {
    // SAFETY: the caller's promise is the same.
    let buffer = unsafe { Buffer::new(buffer, size, used) };
    ticket(instance, buffer, Api::ticket)
}

/// The current ticket, or `TICKET_NOT_AVAILABLE`; never asks the user.
///
/// # Safety
///
/// As for [`_TcktApi_getTicket`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _TcktApi_getTicketNoAuth(
    instance: c_long,
    buffer: *mut c_char,
    size: c_uint,
    used: *mut c_uint,
) -> c_int {
    // SAFETY: the caller's promise is the same.
    let buffer = unsafe { Buffer::new(buffer, size, used) };
    ticket(instance, buffer, Api::ticket_no_auth)
}

/// A new ticket, after the user has signed in anew.
///
/// # Safety
///
/// As for [`_TcktApi_getTicket`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _TcktApi_getNewTicket(
    instance: c_long,
    buffer: *mut c_char,
    size: c_uint,
    used: *mut c_uint,
) -> c_int {
    // SAFETY: the caller's promise is the same.
    let buffer = unsafe { Buffer::new(buffer, size, used) };
    ticket(instance, buffer, Api::new_ticket)
}

/// Signs the user out, for every program and page. Where nobody is signed in, that is so already.
#[unsafe(no_mangle)]
pub extern "C" fn _TcktApi_destroyTicket(instance: c_long) -> c_int {
    answer(|| instances::with(instance, Api::destroy_ticket))
}

/// What became of the instance's last call; of 0, of this thread's last call without one.
#[unsafe(no_mangle)]
pub extern "C" fn _TcktApi_getLastError(instance: c_long) -> u32 {
    guarded(Code::INTERNAL.number(), || instances::last(instance).code.number())
}

/// What a code means. Of the last error's code: what the agent says of it, with a remedy.
///
/// # Safety
///
/// As for [`_TcktApi_getTicket`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _TcktApi_getErrorDescription(
    instance: c_long,
    error: u32,
    buffer: *mut c_char,
    size: c_uint,
    used: *mut c_uint,
) -> c_int {
    // SAFETY: the caller's promise is the same.
    let buffer = unsafe { Buffer::new(buffer, size, used) };
    answer(|| {
        buffer.check()?;
        let last = instances::last(instance);
        let known = Code::of(error).description().ok_or(Code::INVALID_PARAMETER)?;
        let said = last.said.filter(|_| last.code.number() == error);
        buffer.write(said.as_deref().unwrap_or(known))
    })
}

/// Whether the program runs in a session of a remote desktop: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn _TcktApi_isTerminalServiceSession(_instance: c_long) -> c_int {
    guarded(0, || c_int::from(remote::is_session()))
}

/// The library's version, as [`_TcktApi_GetGAVersion`] has it.
#[unsafe(no_mangle)]
pub extern "C" fn GetDllVersion() -> u32 {
    OWN_VERSION
}

fn ticket(
    instance: c_long,
    buffer: Buffer,
    act: impl FnOnce(&Api) -> Result<String, Failure>,
) -> c_int {
    answer(|| {
        instances::with(instance, |api| {
            buffer.check()?;
            buffer.write(&act(api)?)
        })
    })
}

fn answer(act: impl FnOnce() -> Result<(), Failure>) -> c_int {
    let code =
        guarded(Code::INTERNAL, || act().err().map_or(Code::SUCCESS, |failure| failure.code));
    code.number().cast_signed()
}

/// A panic is a bug of ours, and ends no program of others.
fn guarded<T>(otherwise: T, act: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or(otherwise)
}

const VERSION_API: c_int = 1;
const VERSION_ENGINE: c_int = 2;
const OWN_VERSION: u32 = api::packed(wardkey_protocol::version::BUILD);

#[cfg(test)]
mod tests;
