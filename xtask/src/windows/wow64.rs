//! Programs of 32 bits on Windows of 64 (WOW64), and their Wine. Debian has it for another architecture
//! (`wine32:i386`), which one would add to the whole computer, with half a gigabyte of packages. Its loader
//! and the libraries that a program without windows loads are taken out of the packages, which apt has
//! checked, into a folder of ours.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::command::shown;

pub const TARGET: &str = "i686-pc-windows-gnu";
pub const LINKER: &str = "i686-w64-mingw32-gcc";
/// Debian's Wine of 64 bits.
pub const DEBIANS_WINE: &str = "/usr/lib/wine/wine64";

/// Gets Wine for programs of 32 bits, of the same version as this computer's, where it is not in the
/// folder yet; the path of its loader.
///
/// # Errors
///
/// What Debian's programs say; where Wine is not Debian's.
pub fn wine(wine: &Path, folder: &Path) -> Result<PathBuf> {
    ensure!(wine == Path::new(DEBIANS_WINE), "{} is not Debian's Wine", wine.display());
    let version =
        said(Command::new("dpkg-query").args(["-W", "-f", "${Version}", "libwine:amd64"]))?;
    let (stamp, loader) = (folder.join("version"), folder.join("usr/lib/wine/wine"));
    let whole = format!("{version} {} {}", WINDOWS.join(" "), UNIX.join(" "));
    if fs::read_to_string(&stamp).is_ok_and(|there| there == whole) {
        return Ok(loader);
    }
    println!("getting wine32:i386 {version}");
    let _ = fs::remove_dir_all(folder);
    let packages = folder.join("packages");
    fs::create_dir_all(packages.join("lists/partial"))?;
    fs::create_dir_all(packages.join("cache/archives/partial"))?;
    let apt = || {
        let mut apt = Command::new("timeout");
        apt.args([LONGEST, "apt-get", "-qq", "-o", "APT::Architectures::=i386"]);
        apt.current_dir(&packages);
        let own = |key: &str, name: &str| format!("{key}={}", packages.join(name).display());
        apt.args(["-o", &own("Dir::State::lists", "lists"), "-o", &own("Dir::Cache", "cache")]);
        apt
    };
    // One list of several may be missing; a package that cannot be had is told of.
    let _ = apt().arg("update").output();
    let named = ["wine32", "libwine"].map(|name| format!("{name}:i386={version}"));
    said(apt().arg("download").args(named))?;
    let windows = WINDOWS.map(|name| format!("{LIBRARIES}/{name}.dll"));
    let unix = UNIX.map(|name| format!("usr/lib/i386-linux-gnu/wine/i386-unix/{name}.so"));
    let wanted: Vec<_> =
        windows.into_iter().chain(unix).chain(["usr/lib/wine/wine".into()]).collect();
    for package in fs::read_dir(&packages)? {
        let package = package?.path();
        if package.extension().is_some_and(|ending| ending == "deb") {
            unpack(&package, folder, &wanted)?;
        }
    }
    let missing = wanted.iter().find(|path| !folder.join(path).exists());
    ensure!(missing.is_none(), "no {} in the packages", missing.map_or("", |path| path));
    fs::remove_dir_all(&packages)?;
    // The rest is this computer's.
    for path in ["lib/wine/wine64", "lib/wine/wineserver", "share/wine"] {
        let link = folder.join("usr").join(path);
        fs::create_dir_all(link.parent().context("no folder")?)?;
        symlink(Path::new("/usr").join(path), link)?;
    }
    fs::copy(ZLIB, folder.join(LIBRARIES).join("zlib1.dll")).context(ZLIB)?;
    said(Command::new(&loader).arg("--version"))?;
    fs::write(stamp, whole)?;
    Ok(loader)
}

/// What of it the package has; tar says of the rest that it is not there.
fn unpack(package: &Path, folder: &Path, wanted: &[String]) -> Result<()> {
    let mut tar = Command::new("sh");
    tar.args(["-c", UNPACK, "sh"]).arg(package).arg("-C").arg(folder);
    tar.args(wanted.iter().map(|path| format!("./{path}"))).output()?;
    Ok(())
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| shown(command))?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {}", shown(command), error.trim());
    Ok(String::from_utf8(output.stdout)?)
}

/// In seconds, where the network is slow or none.
const LONGEST: &str = "120";
const UNPACK: &str = r#"package=$1; shift; dpkg-deb --fsys-tarfile "$package" | tar -x "$@""#;
const LIBRARIES: &str = "usr/lib/i386-linux-gnu/wine/i386-windows";
/// Of a package that Wine needs.
const ZLIB: &str = "/usr/i686-w64-mingw32/lib/zlib1.dll";
/// What the Ticket API's library loads, and what these load.
const WINDOWS: [&str; 14] = [
    "advapi32",
    "apisetschema",
    "gdi32",
    "kernel32",
    "kernelbase",
    "msvcrt",
    "ntdll",
    "sechost",
    "ucrtbase",
    "user32",
    "userenv",
    "version",
    "win32u",
    "ws2_32",
];
const UNIX: [&str; 3] = ["ntdll", "win32u", "ws2_32"];
