//! A private pcscd with two virtual readers, in namespaces of the test's own: the virtual
//! reader's driver listens on all addresses, and pcscd has one place for its socket.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use super::{command, installed, skip, successful};

/// The names of the two readers.
pub const READERS: [&str; 2] = ["Bench reader 00 00", "Bench reader 00 01"];
/// Where cards for them connect.
pub const PORTS: [u16; 2] = [35963, 35964];

/// Whether a private pcscd is possible here; else says which test is skipped, and why.
pub fn possible(test: &str) -> bool {
    if !installed(test, &["pcscd", "unshare", "mount", "ip"]) {
        return false;
    }
    if driver().is_none() {
        return skip(test, "vsmartcard-vpcd is not installed");
    }
    if unshared().is_none() {
        return skip(test, "this system does not allow private namespaces");
    }
    true
}

/// A program in namespaces of its own.
pub fn isolated(program: &Path) -> Command {
    let mut command = unshared().unwrap();
    command.arg(program);
    command
}

/// Makes the namespaces that this process was started in ready.
pub fn enter() {
    successful(&mut command("mount -t tmpfs tmpfs /run"));
    successful(&mut command("ip link set lo up"));
    fs::create_dir("/run/pcscd").unwrap();
}

/// A running pcscd. Dropping it kills it.
pub struct Pcscd(Child);

impl Pcscd {
    /// Starts it, without waiting for it; only after [`enter`].
    pub fn start(folder: &Path) -> Self {
        let configuration = folder.join("readers");
        fs::create_dir_all(&configuration).unwrap();
        let entry = format!(
            "FRIENDLYNAME \"Bench reader\"\nDEVICENAME /dev/null:0x{:X}\nLIBPATH {}\nCHANNELID 0x{:X}\n",
            PORTS[0],
            driver().unwrap(),
            PORTS[0]
        );
        fs::write(configuration.join("vpcd"), entry).unwrap();
        let mut command = Command::new("/usr/sbin/pcscd");
        command.args(["--foreground", "--error", "-c"]).arg(configuration);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn unshared() -> Option<Command> {
    ["unshare --mount --net", "unshare --mount --net --map-root-user"].into_iter().find_map(
        |words| {
            let allowed =
                command(words).arg("true").output().is_ok_and(|trial| trial.status.success());
            allowed.then(|| command(words))
        },
    )
}

fn driver() -> Option<&'static str> {
    ["/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/lib64/pcsc/drivers/serial/libifdvpcd.so"]
        .into_iter()
        .find(|path| Path::new(path).exists())
}
