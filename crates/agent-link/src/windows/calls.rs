//! What the system is asked, each call behind a safe function.
#![allow(unsafe_code, reason = "the standard library has none of these")]

use std::{
    ffi::{OsString, c_void},
    io,
    os::windows::{
        ffi::{OsStrExt as _, OsStringExt as _},
        io::{AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle},
    },
    path::{Path, PathBuf},
    ptr,
};

use windows_sys::{
    Win32::{
        Foundation::{HANDLE, INVALID_HANDLE_VALUE, LocalFree, WAIT_TIMEOUT, WIN32_ERROR},
        Security::{
            Authorization::{
                ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW,
                GetNamedSecurityInfoW, GetSecurityInfo, SDDL_REVISION_1, SE_FILE_OBJECT,
            },
            GetTokenInformation, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID,
            SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER, TokenUser,
        },
        Storage::FileSystem::{
            CreateDirectoryW, FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED,
            PIPE_ACCESS_DUPLEX, ReadFile, WriteFile,
        },
        System::{
            IO::OVERLAPPED,
            Pipes::{
                ConnectNamedPipe, CreateNamedPipeW, GetNamedPipeClientProcessId,
                GetNamedPipeServerProcessId, PIPE_READMODE_BYTE, PIPE_REJECT_REMOTE_CLIENTS,
                PIPE_TYPE_BYTE, PIPE_UNLIMITED_INSTANCES, PIPE_WAIT,
            },
            RemoteDesktop::ProcessIdToSessionId,
            Threading::{
                GetCurrentProcess, OpenProcess, OpenProcessToken, PROCESS_NAME_WIN32,
                PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, QueryFullProcessImageNameW,
                WaitForSingleObject,
            },
        },
    },
    core::BOOL,
};

/// Whether it is this error of the system's.
pub fn is(error: &io::Error, code: WIN32_ERROR) -> bool {
    error.raw_os_error().map(i32::cast_unsigned) == Some(code)
}

/// An operation on a pipe that is begun now and ends later. It borrows what the system uses until
/// then.
pub trait Operation {
    /// Begins it; `overlapped`, and what it borrows, has to stay where it is until it has ended.
    fn begin(self, overlapped: &mut OVERLAPPED) -> io::Result<()>;
}

impl<F: FnOnce(&mut OVERLAPPED) -> io::Result<()>> Operation for F {
    fn begin(self, overlapped: &mut OVERLAPPED) -> io::Result<()> {
        self(overlapped)
    }
}

/// Waits for a caller.
pub fn connect(pipe: &OwnedHandle) -> impl Operation {
    // SAFETY: the handle is open; the structure stays until the operation has ended.
    |overlapped: &mut OVERLAPPED| {
        succeeded(unsafe { ConnectNamedPipe(pipe.as_raw_handle(), overlapped) })
    }
}

/// Reads what there is, once there is something.
pub fn read(pipe: &OwnedHandle, octets: &mut [u8]) -> impl Operation {
    move |overlapped: &mut OVERLAPPED| {
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        // SAFETY: at most `length` octets are written into `octets`, which stays, as the structure
        // does, until the operation has ended.
        succeeded(unsafe {
            ReadFile(pipe.as_raw_handle(), octets.as_mut_ptr(), length, ptr::null_mut(), overlapped)
        })
    }
}

/// Writes all of it.
pub fn write(pipe: &OwnedHandle, octets: &[u8]) -> impl Operation {
    move |overlapped: &mut OVERLAPPED| {
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        // SAFETY: at most `length` octets are read from `octets`, which stays, as the structure
        // does, until the operation has ended.
        succeeded(unsafe {
            WriteFile(pipe.as_raw_handle(), octets.as_ptr(), length, ptr::null_mut(), overlapped)
        })
    }
}

/// One more instance of a pipe, or the `first` one.
pub fn create_pipe(name: &Path, first: bool, access: &Descriptor) -> io::Result<OwnedHandle> {
    let first = if first { FILE_FLAG_FIRST_PIPE_INSTANCE } else { 0 };
    let (name, access) = (wide(name), access.attributes());
    // SAFETY: the name ends with a zero; name and attributes outlive the call.
    let pipe = unsafe {
        CreateNamedPipeW(
            name.as_ptr(),
            PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
            PIPE_UNLIMITED_INSTANCES,
            BUFFER,
            BUFFER,
            0,
            &raw const access,
        )
    };
    owned(pipe)
}

/// The number of the process at the other end of a pipe.
pub fn peer(pipe: BorrowedHandle<'_>, is_server: bool) -> io::Result<u32> {
    let ask = if is_server { GetNamedPipeClientProcessId } else { GetNamedPipeServerProcessId };
    let mut pid = 0;
    // SAFETY: the handle is open, and `pid` outlives the call.
    succeeded(unsafe { ask(pipe.as_raw_handle(), &raw mut pid) })?;
    Ok(pid)
}

/// A process, held.
pub fn open_process(pid: u32) -> io::Result<OwnedHandle> {
    let access = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE;
    // SAFETY: no pointer is given.
    owned(unsafe { OpenProcess(access, 0, pid) })
}

/// This process.
pub fn this_process() -> BorrowedHandle<'static> {
    // SAFETY: it stands for this process always, and is never closed.
    unsafe { BorrowedHandle::borrow_raw(GetCurrentProcess()) }
}

/// Whether a process has not ended.
pub fn is_running(process: BorrowedHandle<'_>) -> bool {
    // SAFETY: the handle is open.
    (unsafe { WaitForSingleObject(process.as_raw_handle(), 0) }) == WAIT_TIMEOUT
}

/// The program that a process runs.
pub fn executable(process: BorrowedHandle<'_>) -> io::Result<PathBuf> {
    let mut name = vec![0; MAX_PATH];
    let mut length = MAX_PATH as u32;
    // SAFETY: at most `length` units are written into `name`; both outlive the call.
    succeeded(unsafe {
        QueryFullProcessImageNameW(
            process.as_raw_handle(),
            PROCESS_NAME_WIN32,
            name.as_mut_ptr(),
            &raw mut length,
        )
    })?;
    name.truncate(length as usize);
    Ok(PathBuf::from(OsString::from_wide(&name)))
}

/// The user that a process runs as, by security identifier.
pub fn user(process: BorrowedHandle<'_>) -> io::Result<String> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the handle is open, and `token` outlives the call.
    succeeded(unsafe { OpenProcessToken(process.as_raw_handle(), TOKEN_QUERY, &raw mut token) })?;
    let token = owned(token)?;
    // Of words, so that it is aligned as the structure has to be.
    let mut room = [0_u64; USER_ROOM / 8];
    let mut length = 0;
    // SAFETY: at most `USER_ROOM` octets are written into `room`; it outlives the call.
    succeeded(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            room.as_mut_ptr().cast(),
            USER_ROOM as u32,
            &raw mut length,
        )
    })?;
    // SAFETY: the call wrote this structure at the beginning, and its identifier, which it points to,
    // behind it.
    let user = unsafe { room.as_ptr().cast::<TOKEN_USER>().read() };
    // SAFETY: `room`, which holds it, is there still.
    unsafe { in_words(user.User.Sid) }
}

/// The session of a desktop, console or remote, that a process is in.
pub fn logon_session(pid: u32) -> io::Result<u32> {
    let mut session = 0;
    // SAFETY: `session` outlives the call.
    succeeded(unsafe { ProcessIdToSessionId(pid, &raw mut session) })?;
    Ok(session)
}

/// Makes one folder.
pub fn create_folder(folder: &Path, access: &Descriptor) -> io::Result<()> {
    let (folder, access) = (wide(folder), access.attributes());
    // SAFETY: the name ends with a zero; name and attributes outlive the call.
    succeeded(unsafe { CreateDirectoryW(folder.as_ptr(), &raw const access) })
}

/// The owner of a file or folder, by security identifier.
pub fn owner(path: &Path) -> io::Result<String> {
    let path = wide(path);
    told_owner(|owner, descriptor| {
        let none = ptr::null_mut();
        // SAFETY: the name ends with a zero; it and what is written to outlive the call.
        unsafe {
            GetNamedSecurityInfoW(
                path.as_ptr(),
                SE_FILE_OBJECT,
                OWNER_SECURITY_INFORMATION,
                owner,
                none,
                none.cast(),
                none.cast(),
                descriptor,
            )
        }
    })
}

/// The owner of a file or folder that is open, by security identifier.
pub fn owner_of(file: BorrowedHandle<'_>) -> io::Result<String> {
    told_owner(|owner, descriptor| {
        let none = ptr::null_mut();
        // SAFETY: the handle is open; what is written to outlives the call.
        unsafe {
            GetSecurityInfo(
                file.as_raw_handle(),
                SE_FILE_OBJECT,
                OWNER_SECURITY_INFORMATION,
                owner,
                none,
                none.cast(),
                none.cast(),
                descriptor,
            )
        }
    })
}

/// What a call tells that writes an owner, and the descriptor that it is part of.
fn told_owner(
    ask: impl FnOnce(*mut PSID, *mut PSECURITY_DESCRIPTOR) -> WIN32_ERROR,
) -> io::Result<String> {
    let mut owner: PSID = ptr::null_mut();
    let mut descriptor = ptr::null_mut();
    let outcome = ask(&raw mut owner, &raw mut descriptor);
    if outcome != 0 {
        return Err(io::Error::from_raw_os_error(outcome.cast_signed()));
    }
    let _descriptor = Descriptor(descriptor);
    // SAFETY: the identifier is part of the descriptor, which is there still.
    unsafe { in_words(owner) }
}

/// Who may do what with a thing.
pub struct Descriptor(*mut c_void);

impl Descriptor {
    /// In the security descriptor definition language.
    pub fn new(text: &str) -> io::Result<Self> {
        let text = wide(Path::new(text));
        let mut descriptor = ptr::null_mut();
        // SAFETY: the text ends with a zero; it and `descriptor` outlive the call.
        succeeded(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        })?;
        Ok(Self(descriptor))
    }

    /// For a new thing, which no child process inherits.
    fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.0,
            bInheritHandle: 0,
        }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the system made it for us alone, to be freed so.
        unsafe { LocalFree(self.0) };
    }
}

/// # Safety
///
/// It has to be a whole identifier.
unsafe fn in_words(identifier: PSID) -> io::Result<String> {
    let mut text = ptr::null_mut();
    // SAFETY: the identifier is whole, as whoever calls says; `text` outlives the call.
    succeeded(unsafe { ConvertSidToStringSidW(identifier, &raw mut text) })?;
    // It is the system's to free, as a descriptor is.
    let _text = Descriptor(text.cast());
    let mut length = 0;
    // SAFETY: the text ends with a zero, and is read up to it.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: so many units were read above.
    let units = unsafe { std::slice::from_raw_parts(text, length) };
    Ok(String::from_utf16_lossy(units))
}

fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}

fn succeeded(outcome: BOOL) -> io::Result<()> {
    if outcome == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call that returned it made it for us alone.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// What a pipe holds in each direction, in octets.
pub const BUFFER: u32 = 64 * 1024;
/// In units; the longest that there are.
const MAX_PATH: usize = 32 * 1024;
/// In octets: the structure, and the longest identifier (68) behind it.
const USER_ROOM: usize = 256;
