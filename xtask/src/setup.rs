//! What the demo and the tests need of the system, installed by name from its registry.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use crate::command::{command, repository, run};

/// Installs the Debian packages that are missing, saying so first.
///
/// # Errors
///
/// One line with the exact command where they may not be installed from here.
pub fn install() -> Result<()> {
    packages(PACKAGES)
}

/// The same with these packages.
///
/// # Errors
///
/// The same.
pub fn packages(wanted: &[&str]) -> Result<()> {
    if !has("dpkg-query") {
        bail!("this system has no Debian packages; install the like of: {}", wanted.join(" "));
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing: {}", missing.join(" "));
    let mut update = as_root("apt-get");
    update.args(["update", "-qq"]);
    let mut install = as_root("sh");
    install.args(["-c", INSTALL, "sh"]).args(&missing).stdout(Stdio::null());
    if !is_root() && !sudo_asks_nothing() {
        bail!("run this, then try again: sudo apt-get install -y {}", missing.join(" "));
    }
    // An outdated list is no reason to stop; a package that cannot be had is.
    let _ = run(&mut update);
    match run(&mut install) {
        Ok(()) => Ok(()),
        Err(_) => bail!("try by hand: apt-get install -y {}", missing.join(" ")),
    }
}

/// Python's packages that the tests use, in an environment of their own below `target`.
///
/// # Errors
///
/// When the registry does not have them.
pub fn python_packages() -> Result<()> {
    let wanted = std::fs::read_to_string(repository().join("tests/outsiders/requirements.txt"))?;
    python_environment(&repository().join("target/outsiders"), &wanted)
}

/// An environment of Python's in a folder of its own, with these packages, each a word with its version.
///
/// # Errors
///
/// When the registry does not have them.
pub fn python_environment(folder: &Path, wanted: &str) -> Result<()> {
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("installing from PyPI: {}", wanted.trim().replace('\n', " "));
    // Debian's own, which its packages belong to, whatever else the path may offer.
    run(command("/usr/bin/python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut install = Command::new(folder.join("bin/pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check"]);
    run(install.args(wanted.split_whitespace()))?;
    Ok(std::fs::write(stamp, wanted)?)
}

/// npm's packages that the tests and the bench talk to.
///
/// # Errors
///
/// When the registry does not have them.
pub fn node_outsiders() -> Result<()> {
    npm_packages("tests/outsiders/node")
}

/// Mozilla's checks of add-ons.
///
/// # Errors
///
/// When npm's registry does not have them.
pub fn web_ext() -> Result<()> {
    npm_packages("tests/outsiders/web-ext")
}

/// The bundlers and frameworks that the npm package has to work with.
///
/// # Errors
///
/// When the registry does not have them.
pub fn bundlers() -> Result<()> {
    npm_packages("tests/outsiders/bundlers")
}

/// What makes the reference of the npm package, for the documentation.
///
/// # Errors
///
/// When npm's registry does not have it.
pub fn typedoc() -> Result<()> {
    npm_packages("docs/site")
}

fn npm_packages(folder: &str) -> Result<()> {
    let folder = repository().join(folder);
    let newer = |file: &str| folder.join(file).metadata().and_then(|data| data.modified()).ok();
    let installed = newer("node_modules/.package-lock.json");
    if installed.is_some() && installed >= newer("package-lock.json") {
        return Ok(());
    }
    println!("installing from npm: {}", folder.join("package-lock.json").display());
    let mut install = command("npm");
    install.args(["ci", "--silent", "--no-audit", "--no-fund", "--prefix"]);
    run(install.arg(folder))
}

/// The version of Node, which builds and tests the npm package.
///
/// # Errors
///
/// Where there is none, or an old one.
pub fn check_node() -> Result<()> {
    let output = command("node").arg("--version").stderr(Stdio::null()).output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let major = version
        .as_ref()
        .ok()
        .and_then(|version| version.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("Node {OLDEST_NODE} or later is missing: https://nodejs.org"),
    }
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query")
        .args(["-W", "-f", "${Status}", package])
        .stderr(Stdio::null())
        .output();
    query.is_ok_and(|output| output.stdout.ends_with(b"ok installed"))
}

fn as_root(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", "-E", program]);
    sudo
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn sudo_asks_nothing() -> bool {
    let sudo = Command::new("sudo").args(["-n", "true"]).stderr(Stdio::null()).status();
    sudo.is_ok_and(|status| status.success())
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok()
}

const OLDEST_NODE: u32 = 20;

/// Installs packages and starts no service of theirs: tests start their own, on loopback. Debian asks
/// policy-rc.d; one that is there already stays.
const INSTALL: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
fi
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
"#;

/// Each with what it is for.
const PACKAGES: &[&str] = &[
    // the browser and its driver
    "chromium",
    "chromium-driver",
    "chromium-sandbox",
    // the other browser, which speaks to its driver by itself
    "firefox-esr",
    // a virtual display, windows on it, keys into them, pictures of them
    "fonts-dejavu-core",
    "imagemagick",
    "openbox",
    "x11-utils",
    "xdotool",
    "xvfb",
    // the dialog's window
    "libegl1",
    "libgl1-mesa-dri",
    "libglx-mesa0",
    "libxcursor1",
    "libxi6",
    "libxkbcommon-x11-0",
    // a bus, and a logind that says what it is told to
    "dbus-daemon",
    "libglib2.0-bin",
    "python3-dbusmock",
    // readers and cards
    "opensc",
    "opensc-pkcs11",
    "pcscd",
    "softhsm2",
    "vsmartcard-vpcd",
    // to build: PC/SC and TLS headers, libclang for the emulated card, the optimiser of wasm
    "binaryen",
    "clang",
    "libclang-dev",
    "libpcsclite-dev",
    "libssl-dev",
    "pkg-config",
    // the server's database for several nodes, and a directory that it asks
    "ldap-utils",
    "postgresql",
    "slapd",
    // outsiders that check our signatures, and ask our server; the bench builds with their library
    "curl",
    "libxmlsec1-dev",
    "openssl",
    "python3-venv",
    "qpdf",
    "xmlsec1",
];
