//! A pcscd of our own, beside the system's: its own socket, no drivers but the virtual reader's.
//!
//! pcscd has its socket's place compiled in (`/run/pcscd`) and looks for the drivers of real
//! readers, which it would take away from the system's pcscd. So it runs in a mount namespace
//! where `/run` and the folder of drivers hold only what we put there.

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use crate::folder::{self, Hold};
use crate::usb::{self, Attachment, Bus};
use anyhow::{Context, Result, bail};
use rustix::mount::{mount_bind, mount_bind_recursive};
use rustix::process::{
    Pid, PidfdFlags, Signal, getppid, pidfd_open, pidfd_send_signal,
    set_parent_process_death_signal,
};

/// The folder in which one private pcscd runs.
pub struct RunFolder {
    path: PathBuf,
    bus: Option<Bus>,
    _hold: Hold,
}

impl RunFolder {
    /// Makes the folder ready for a pcscd whose readers are called `name`; without a name it has
    /// none.
    ///
    /// # Errors
    /// When pcscd or the virtual reader's driver is missing, the folder is in use or cannot be
    /// written, or its path or the name is too long; as [`Bus::prepare`].
    pub fn prepare(folder: &Path, name: Option<&str>, attached: Attachment) -> Result<Self> {
        let sayable = |name: &str| {
            !name.is_empty() && name.len() <= NAME_BYTES && !name.contains(['"', '\n', '\\'])
        };
        if !name.is_none_or(sayable) {
            bail!("a reader's name has 1 to {NAME_BYTES} bytes, no quotes and no backslash");
        }
        find(&DAEMONS).context("pcscd is not installed (package pcscd)")?;
        let driver = driver()?;
        folder::create(folder)?;
        let path = fs::canonicalize(folder)?;
        let mut this = Self { _hold: folder::hold(&path)?, path, bus: None };
        let sockets = this.path.join("run");
        folder::create(&sockets)?;
        if this.socket().as_os_str().len() > SOCKET_PATH_BYTES {
            bail!("{} is too long for the path of a socket", this.socket().display());
        }
        for left in ["pcscd.comm", "pcscd.pid"] {
            // A pcscd that was killed leaves them; its successor would refuse to start.
            if let Err(error) = fs::remove_file(sockets.join(left))
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(error).with_context(|| format!("cannot remove an old {left}"));
            }
        }
        let drivers = this.path.join("shadow/drivers");
        // It would be among pcscd's drivers without `--unpluggable` too.
        usb::remove_old(&sockets, &drivers)?;
        for shadow in ["shadow/run/pcscd", "shadow/drivers/serial"] {
            fs::create_dir_all(this.path.join(shadow)).context("cannot write the run folder")?;
        }
        if let (Some(name), Attachment::Usb { short_apdus }) = (name, attached) {
            let bus = Bus::prepare(&sockets, &drivers, name, &driver, FIRST_PORT, short_apdus)?;
            this.bus = Some(bus);
        }
        let readers = name.filter(|_| attached == Attachment::Configured).map(|name| {
            format!(
                "FRIENDLYNAME \"{name}\"\nDEVICENAME /dev/null:0x{FIRST_PORT:04X}\n\
                 LIBPATH {}\nCHANNELID 0x{FIRST_PORT:04X}\n",
                driver.display()
            )
        });
        let configuration = readers.unwrap_or_default();
        fs::write(sockets.join(CONFIGURATION), configuration)
            .context("cannot write pcscd's configuration")?;
        Ok(this)
    }

    /// Where clients reach this pcscd: the value for `PCSCLITE_CSOCK_NAME`.
    pub fn socket(&self) -> PathBuf {
        self.path.join("run/pcscd.comm")
    }

    /// The bus that the readers are on, where they can be unplugged.
    pub fn bus(&self) -> Option<&Bus> {
        self.bus.as_ref()
    }

    /// Starts pcscd as a child of this process; it ends with the thread that calls this. What it
    /// says goes to `pcscd.log`; it is asked for errors only, and those hold no APDU.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(&self) -> Result<Daemon> {
        let log = File::create(self.path.join("pcscd.log")).context("cannot write pcscd.log")?;
        let child = Command::new("unshare")
            .arg("--mount")
            .arg(std::env::current_exe().context("cannot find this program's file")?)
            .arg("pcscd")
            .arg("--dir")
            .arg(&self.path)
            .arg("--parent")
            .arg(std::process::id().to_string())
            .args(self.bus.is_some().then_some("--usb"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("cannot write pcscd.log")?)
            .stderr(log)
            .current_dir("/")
            .spawn()
            .context("cannot start pcscd")?;
        let handle = pidfd_open(Pid::from_child(&child), PidfdFlags::empty())
            .context("cannot hold on to pcscd")?;
        Ok(Daemon { child, handle })
    }
}

/// A running pcscd.
pub struct Daemon {
    child: Child,
    handle: OwnedFd,
}

impl Daemon {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended, and how.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("cannot watch pcscd")
    }

    /// Ends it: asks, and after two seconds insists.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn end(mut self) -> Result<()> {
        // A failure means that it has ended already, which `wait` will tell.
        let _ = pidfd_send_signal(&self.handle, Signal::TERM);
        for _ in 0..PATIENCE {
            if self.ended()?.is_some() {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        self.child.kill().context("cannot kill pcscd")?;
        self.child.wait().context("cannot wait for pcscd")?;
        Ok(())
    }
}

/// Becomes the pcscd of a prepared folder, with a bus or without, in the mount namespace that
/// [`RunFolder::start`] made: returns only with an error.
///
/// # Errors
/// Whatever keeps pcscd from starting.
pub fn become_pcscd(folder: &Path, parent: i32, usb: bool) -> Result<std::convert::Infallible> {
    // The order outlives `exec`; a parent that ended before it leaves us another one.
    set_parent_process_death_signal(Some(Signal::TERM)).context("cannot bind pcscd's life")?;
    if getppid().map(Pid::as_raw_nonzero).map(i32::from) != Some(parent) {
        bail!("the simulator has ended");
    }
    let driver = driver()?;
    let (Some(serial), Some(drivers)) = (driver.parent(), driver.ancestors().nth(2)) else {
        bail!("{} lies in no folder of drivers", driver.display());
    };
    let shadow = folder.join("shadow");
    let mounts =
        [(serial, shadow.join("drivers/serial")), (&folder.join("run"), shadow.join("run/pcscd"))];
    for (source, target) in &mounts {
        mount_bind(*source, target)
            .with_context(|| format!("cannot mount {}", source.display()))?;
    }
    for (source, target) in [("drivers", drivers), ("run", Path::new("/run"))] {
        mount_bind_recursive(shadow.join(source), target)
            .with_context(|| format!("cannot mount over {}", target.display()))?;
    }
    let daemon = find(&DAEMONS).context("pcscd is not installed (package pcscd)")?;
    let configuration = Path::new("/run/pcscd").join(CONFIGURATION);
    let mut command = Command::new(daemon);
    command.args(["--foreground", "--error", "--config"]).arg(configuration);
    if usb {
        command.env("LD_PRELOAD", usb::library(drivers));
    }
    Err(command.exec()).context("cannot run pcscd")
}

/// The port at which the driver listens for the card of a reader, counted from 1.
pub fn port(reader: usize) -> u16 {
    // The count of readers is checked against READERS, so the sum stays far below the limit.
    FIRST_PORT + (reader as u16) - 1
}

/// How many readers the driver has; all of them exist, used or not.
pub const READERS: usize = 2;

fn driver() -> Result<PathBuf> {
    find(&DRIVERS).context("the virtual reader's driver is not installed (package vsmartcard-vpcd)")
}

fn find(places: &[&str]) -> Option<PathBuf> {
    places.iter().map(PathBuf::from).find(|place| place.exists())
}

const DAEMONS: [&str; 3] = ["/usr/sbin/pcscd", "/usr/bin/pcscd", "/usr/local/sbin/pcscd"];
const DRIVERS: [&str; 2] =
    ["/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/lib64/pcsc/drivers/serial/libifdvpcd.so"];
const CONFIGURATION: &str = "reader.conf";
const FIRST_PORT: u16 = 0x8c7b;
/// Room for a reader's name with the driver's own suffix in PC/SC's 128 bytes.
const NAME_BYTES: usize = 100;
/// unix(7): 108 bytes with the terminating zero.
const SOCKET_PATH_BYTES: usize = 107;
const POLL: Duration = Duration::from_millis(10);
const PATIENCE: u32 = 200;
