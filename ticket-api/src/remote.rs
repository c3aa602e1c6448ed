/// Whether this program's session is a remote desktop's: as xrdp and sshd tell the programs of theirs.
#[cfg(not(windows))]
pub fn is_session() -> bool {
    let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ["XRDP_SESSION", "SSH_CONNECTION"].iter().any(set)
}

/// Whether this program's session is a remote desktop's.
#[cfg(windows)]
pub fn is_session() -> bool {
    use windows_sys::Win32::UI::WindowsAndMessaging::{GetSystemMetrics, SM_REMOTESESSION};

    // SAFETY: a number in, a number out.
    unsafe { GetSystemMetrics(SM_REMOTESESSION) != 0 }
}
