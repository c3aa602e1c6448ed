//! A reader that can be unplugged. Of the readers of its configuration pcscd never hears that they are
//! gone, only of those on USB; so the private pcscd is given a bus of its own, by a stand-in for libudev
//! (`usb.c`), with a reader on it whose driver is the virtual reader's.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};

/// How readers are attached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attachment {
    /// By pcscd's configuration, for good.
    Configured,
    /// By USB; they can be unplugged.
    Usb {
        /// They pass short APDUs only, and say so.
        short_apdus: bool,
    },
}

/// The bus of one private pcscd.
pub struct Bus {
    events: PathBuf,
}

impl Bus {
    /// Makes a bus ready with a reader of this name, which is plugged in at first: its events will come
    /// through a pipe in `sockets`, the folder that pcscd sees as its own, and its driver is put into
    /// `drivers`, that of pcscd's drivers. There it reaches the virtual reader's driver, whose cards
    /// connect to `port`. It passes short APDUs only or whatever comes. No other bus is left there
    /// ([`remove_old`]).
    ///
    /// # Errors
    /// When there is no C compiler, PC/SC's headers are missing or the folders cannot be written.
    pub fn prepare(
        sockets: &Path,
        drivers: &Path,
        name: &str,
        driver: &Path,
        port: u16,
        short_apdus: bool,
    ) -> Result<Self> {
        if name.contains(['<', '&']) {
            bail!("the name of a reader that can be unplugged has no `<` and no `&`");
        }
        let library = library(drivers);
        let contents = drivers.join(BUNDLE).join("Contents");
        fs::create_dir_all(contents.join("Linux")).context("cannot write the driver's folder")?;
        fs::write(contents.join("Info.plist"), description(name))
            .context("cannot describe the driver")?;
        compile(&library, driver, port, short_apdus)?;
        let events = sockets.join(EVENTS);
        mknodat(CWD, &events, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
            .context("cannot make the bus")?;
        Ok(Self { events })
    }

    /// Plugs the reader in.
    ///
    /// # Errors
    /// When pcscd does not listen.
    pub fn plug(&self) -> Result<()> {
        self.tell(b"+")
    }

    /// Unplugs it.
    ///
    /// # Errors
    /// When pcscd does not listen.
    pub fn unplug(&self) -> Result<()> {
        self.tell(b"-")
    }

    fn tell(&self, event: &[u8]) -> Result<()> {
        // Else it would wait for a pcscd that never opens it.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let bus = File::options().write(true).custom_flags(flags).open(&self.events);
        bus.and_then(|mut bus| bus.write_all(event)).context("pcscd does not listen to its bus")
    }
}

/// Where the stand-in and driver lies in a folder of drivers.
pub fn library(drivers: &Path) -> PathBuf {
    drivers.join(BUNDLE).join("Contents/Linux").join(LIBRARY)
}

/// Removes what an earlier run in the same folders left of its bus.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_old(sockets: &Path, drivers: &Path) -> Result<()> {
    for removed in [fs::remove_file(sockets.join(EVENTS)), fs::remove_dir_all(drivers.join(BUNDLE))]
    {
        if let Err(error) = removed
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error).context("cannot remove an old bus");
        }
    }
    Ok(())
}

fn compile(library: &Path, driver: &Path, port: u16, short_apdus: bool) -> Result<()> {
    let mut compiler = Command::new("cc");
    compiler.args(["-std=gnu99", "-Wall", "-Wextra", "-shared", "-fPIC"]);
    compiler.args(["-isystem", "/usr/include/PCSC", "-x", "c", "-", "-ldl", "-o"]).arg(library);
    let bus = Path::new("/run/pcscd").join(EVENTS);
    for (name, path) in [("BUS", bus.as_path()), ("DRIVER", driver)] {
        compiler.arg(format!("-D{name}={path:?}"));
    }
    for (name, number) in [("VENDOR", VENDOR), ("PRODUCT", PRODUCT)] {
        compiler.arg(format!("-D{name}={number:?}"));
    }
    compiler.arg(format!("-DCHANNEL={port}"));
    compiler.arg(format!("-DSHORT_APDUS={}", u8::from(short_apdus)));
    compiler.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut running = compiler.spawn().context("no C compiler (cc), which --unpluggable needs")?;
    if let Some(mut input) = running.stdin.take() {
        // What it does not read it complains of.
        let _ = input.write_all(SOURCE.as_bytes());
    }
    let output = running.wait_with_output().context("cannot wait for the C compiler")?;
    if !output.status.success() {
        bail!(
            "cannot compile the bus (needs PC/SC's headers, package libpcsclite-dev): {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// What pcscd reads of a driver, each value in a line of its own.
fn description(name: &str) -> String {
    let keys = [
        ("CFBundleExecutable", LIBRARY, false),
        ("CFBundleName", "wardkey", false),
        ("ifdVendorID", &format!("0x{VENDOR}"), true),
        ("ifdProductID", &format!("0x{PRODUCT}"), true),
        ("ifdFriendlyName", name, true),
    ];
    let keys = keys.map(|(key, value, list)| {
        let value = format!("<string>{value}</string>\n");
        let value = if list { format!("<array>\n{value}</array>\n") } else { value };
        format!("<key>{key}</key>\n{value}")
    });
    format!("<plist version=\"1.0\">\n<dict>\n{}</dict>\n</plist>\n", keys.concat())
}

const SOURCE: &str = include_str!("usb.c");
const BUNDLE: &str = "wardkey.bundle";
const LIBRARY: &str = "libreader.so";
const EVENTS: &str = "bus";
/// Numbers that nobody has, in hexadecimal; no driver else is there.
const VENDOR: &str = "ffff";
const PRODUCT: &str = "0001";
