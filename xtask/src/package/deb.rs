//! The agent for every user of a computer with Debian or the like. The package has no scripts: an
//! update replaces files and touches no agent that runs, and what an administrator wrote below
//! `/etc/wardkey` is no part of it.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};

use super::{VERSION, epoch, licences, tree::Tree};
use crate::command::{self, command, repository};

pub fn make(programs: &Path, out: &Path) -> Result<()> {
    let tree = Tree::new(out.join(".deb"))?;
    let program = programs.join("wardkey-host");
    tree.program(&program, HOST)?;
    manifests(&program, &tree)?;
    // For files that add to the policy.
    tree.folder_at("etc/wardkey/policy.d")?;
    documentation(&tree)?;
    control(&program, &tree)?;
    let architecture = said(Command::new("dpkg").arg("--print-architecture"))?;
    let package = out.join(format!("{PACKAGE}_{VERSION}_{architecture}.deb"));
    let mut build = command("dpkg-deb");
    build.env("SOURCE_DATE_EPOCH", epoch());
    build.args(["--root-owner-group", "-Zgzip", "--build"]).arg(tree.path()).arg(package);
    command::run(&mut build)
}

/// The program itself says where browsers look, and what for. They are links, as browsers look in
/// `/etc` and dpkg would keep files there when the package goes.
fn manifests(program: &Path, tree: &Tree) -> Result<()> {
    let mut install = Command::new(program);
    install.args(["install", "--system", "--host", &format!("/{HOST}"), "--root"]);
    said(install.arg(tree.path()))?;
    for file in tree.files("etc")? {
        let browser = file.split('/').rev().nth(2).context("no browser's folder")?;
        let kept = format!("{MANIFESTS}/{browser}.json");
        let content = fs::read(tree.path().join("etc").join(&file))?;
        fs::remove_file(tree.path().join("etc").join(&file))?;
        tree.file(&kept, content)?;
        tree.link(&format!("/{kept}"), &format!("etc/{file}"))?;
    }
    // In folders that browsers look in they are files, as they belong there.
    for file in tree.files("usr/lib")? {
        let content = fs::read(tree.path().join("usr/lib").join(&file))?;
        tree.file(&format!("usr/lib/{file}"), content)?;
    }
    Ok(())
}

fn documentation(tree: &Tree) -> Result<()> {
    for (from, to) in [
        ("README.md", "README.md"),
        ("SECURITY.md", "SECURITY.md"),
        ("docs/deploying.md", "deploying.md"),
        ("docs/policy.md", "policy.md"),
    ] {
        tree.copy(from, &format!("{DOC}/{to}"))?;
    }
    tree.copy_all("packaging/policy", &format!("{DOC}/examples/policy"))?;
    tree.copy_all("packaging/browsers", &format!("{DOC}/examples/browsers"))?;
    let manual = fs::read(repository().join("packaging/linux/wardkey-host.1"))?;
    tree.compressed("usr/share/man/man1/wardkey-host.1", manual)?;
    let date = said(Command::new("date").args(["-u", "-R", "-d", &format!("@{}", epoch())]))?;
    let changes = format!(
        "{PACKAGE} ({VERSION}) unstable; urgency=medium\n\n  * What is new: {HOMEPAGE}/blob/main/\
         CHANGELOG.md\n\n -- {MAINTAINER}  {date}\n"
    );
    tree.compressed(&format!("{DOC}/changelog"), changes)?;
    tree.compressed(&format!("{DOC}/third-party-licences.txt"), licences::of("wardkey-host")?)?;
    tree.file(&format!("{DOC}/copyright"), copyright()?)
}

/// <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>
fn copyright() -> Result<String> {
    let licence = fs::read_to_string(repository().join("LICENSE"))?;
    let holder = licence.lines().find_map(|line| line.strip_prefix("Copyright (c) "));
    let holder = holder.context("LICENSE names nobody")?;
    let (_, terms) = licence.split_once(holder).context("LICENSE has no terms")?;
    let mut text = format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: Wardkey\nSource: {HOMEPAGE}\nComment: The program is built with crates of \
         others. Each with its licence and its\n text is in third-party-licences.txt.gz, beside \
         this file.\n\nFiles: *\nCopyright: {holder}\nLicense: Expat\n"
    );
    for line in terms.trim().lines() {
        writeln!(text, " {}", if line.is_empty() { "." } else { line })?;
    }
    Ok(text)
}

fn control(program: &Path, tree: &Tree) -> Result<()> {
    let size = said(Command::new("du").args(["-sk", "--apparent-size"]).arg(tree.path()))?;
    let size = size.split_whitespace().next().context("no size")?;
    let architecture = said(Command::new("dpkg").arg("--print-architecture"))?;
    let linked = linked(program, tree)?;
    let mut sums = String::new();
    for file in tree.files("")? {
        let sum = said(Command::new("md5sum").arg(tree.path().join(&file)))?;
        let sum = sum.split_whitespace().next().context("no sum")?;
        writeln!(sums, "{sum}  {file}")?;
    }
    tree.file("DEBIAN/md5sums", sums)?;
    let opened = OPENED.join(", ");
    let control = format!(
        "Package: {PACKAGE}\nVersion: {VERSION}\nArchitecture: {architecture}\nMaintainer: \
         {MAINTAINER}\nInstalled-Size: {size}\nDepends: {linked}, {opened}\nRecommends: \
         opensc-pkcs11, pcscd\nEnhances: chromium, firefox-esr\nSection: utils\nPriority: optional\n\
         Homepage: {HOMEPAGE}\nDescription: {DESCRIPTION}"
    );
    tree.file("DEBIAN/control", control)
}

/// The packages of the libraries that the program is linked with, at the versions that it needs.
fn linked(program: &Path, tree: &Tree) -> Result<String> {
    // The program reads a source package's control file, and wants no more of it than to be there.
    let folder = tree.path().with_file_name(".shlibdeps");
    fs::create_dir_all(folder.join("debian"))?;
    let source = format!("Source: {PACKAGE}\n\nPackage: {PACKAGE}\nArchitecture: any\n");
    fs::write(folder.join("debian/control"), source)?;
    let mut ask = Command::new("dpkg-shlibdeps");
    let answer = said(ask.current_dir(&folder).arg("-O").arg("-e").arg(program));
    fs::remove_dir_all(&folder)?;
    let answer = answer?;
    Ok(answer.strip_prefix("shlibs:Depends=").context("no dependencies")?.to_owned())
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| command::shown(command))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {errors}", command::shown(command));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

const PACKAGE: &str = "wardkey-host";
const HOMEPAGE: &str = env!("CARGO_PKG_REPOSITORY");
const MAINTAINER: &str = "Wardkey <packages@wardkey.org>";
const HOST: &str = "usr/bin/wardkey-host";
const MANIFESTS: &str = "usr/share/wardkey-host/native-messaging-hosts";
const DOC: &str = "usr/share/doc/wardkey-host";
/// What the dialog's window opens when it is shown, which no linker knows of.
const OPENED: &[&str] = &[
    "libegl1",
    "libgl1",
    "libx11-6",
    "libx11-xcb1",
    "libxcursor1",
    "libxi6",
    "libxkbcommon-x11-0",
];
const DESCRIPTION: &str = "smartcard sign-on and signatures for web apps, the host program\n \
    Wardkey gives browsers smartcard single sign-on and content-commitment\n signatures for \
    clinical web apps. This is the program that its browser\n extension starts: it reads cards, \
    asks for the passcode in a window of its\n own, and keeps the session with the Identity \
    Server.\n .\n Nothing is admitted until there is a policy, /etc/wardkey/policy.toml.\n";
