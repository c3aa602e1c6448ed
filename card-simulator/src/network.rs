//! A network namespace of our own: the virtual reader listens on all addresses, so there must be
//! none but the loopback's.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

/// The namespace that this process is in.
///
/// # Errors
/// On a system without network namespaces.
pub fn current() -> Result<PathBuf> {
    fs::read_link("/proc/self/ns/net").context("this system has no network namespaces")
}

/// The command that runs another in new network and mount namespaces, by util-linux's `unshare`;
/// who may not make them becomes root of a user namespace for it.
///
/// # Errors
/// When `unshare` is missing or the system does not allow it, in one line.
pub fn unshare() -> Result<Command> {
    let mut refusal = String::new();
    for options in [&["--net", "--mount"][..], &["--net", "--mount", "--map-root-user"]] {
        let mut trial = Command::new("unshare");
        let output = match trial.args(options).arg("true").stdin(Stdio::null()).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("unshare is not installed (package util-linux)")
            }
            output => output.context("cannot run unshare")?,
        };
        if output.status.success() {
            let mut command = Command::new("unshare");
            command.args(options);
            return Ok(command);
        }
        refusal = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    }
    bail!(
        "this system does not allow private namespaces, without which the virtual reader would \
         listen on every address: {refusal}"
    )
}

/// Replaces this process by a command; returns only the error.
pub fn become_command(command: &mut Command) -> io::Error {
    command.exec()
}

/// Brings the loopback interface up (rtnetlink(7), RTM_NEWLINK).
///
/// # Errors
/// When the kernel refuses.
pub fn raise_loopback() -> Result<()> {
    // Protocol 0 of this family is NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)
        .context("cannot open a netlink socket")?;
    let mut request = Vec::with_capacity(REQUEST_BYTES);
    request.extend((REQUEST_BYTES as u32).to_ne_bytes());
    request.extend(NEW_LINK.to_ne_bytes());
    request.extend((REQUEST | ACKNOWLEDGE).to_ne_bytes());
    // Sequence and port: one request on a socket of its own needs neither.
    request.extend([0; 8]);
    // Address family and device type: unspecified.
    request.extend([0; 4]);
    request.extend(LOOPBACK.to_ne_bytes());
    request.extend(UP.to_ne_bytes());
    request.extend(UP.to_ne_bytes());
    sendto(&socket, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))
        .context("cannot ask for the loopback interface")?;
    let mut answer = [0; 64];
    let (_, length) = recv(&socket, &mut answer, RecvFlags::empty())
        .context("no answer about the loopback interface")?;
    // Header of 16 bytes, then the error number, 0 for success.
    match answer[..length].get(16..20).map(|code| <[u8; 4]>::try_from(code).map(i32::from_ne_bytes))
    {
        Some(Ok(0)) => Ok(()),
        Some(Ok(code)) => Err(io::Error::from_raw_os_error(-code))
            .context("cannot bring the loopback interface up"),
        _ => bail!("a malformed answer about the loopback interface"),
    }
}

const REQUEST_BYTES: usize = 32;
const NEW_LINK: u16 = 16;
const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
/// The loopback interface is the first of each namespace.
const LOOPBACK: i32 = 1;
const UP: u32 = 1;
