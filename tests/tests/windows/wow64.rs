//! The Ticket API's library for programs of 32 bits, as many of those are that have called such a library
//! for long. The agent is of 64 bits.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use wardkey_spine::ticket_api::Code;
use wardkey_tests::stage::{Driven, Wine};

use crate::{
    link,
    ticket_api::{self, LIBRARY},
    world::{HOST, Test, World},
};

pub const TRIALS: &[(&str, Test)] = &[
    ("wow64::the_library_exports_what_is_documented_and_needs_nothing_but_windows", exports),
    ("wow64::its_own_tests_pass", own_tests),
    ("wow64::a_c_program_has_the_ticket_of_whoever_signs_in", c_program),
];

fn exports(_: &mut World) -> Result<()> {
    let Some(programs) = compiled("exports")? else { return Ok(()) };
    let library = programs.join(LIBRARY);
    let objdump = Command::new("i686-w64-mingw32-objdump").arg("-p").arg(&library).output()?;
    let said = String::from_utf8(objdump.stdout)?;
    ensure!(said.contains("file format pei-i386"), "{}", said.lines().take(3).collect::<String>());
    let (_, names) = said.split_once("[Ordinal/Name Pointer] Table").context("no exports")?;
    let (names, _) = names.split_once("\n\n").unwrap_or((names, ""));
    let exported: BTreeSet<_> = names
        .lines()
        .filter_map(|line| line.trim().strip_prefix('[')?.split_once("] ").map(|(_, name)| name))
        .map(str::trim)
        .collect();
    let documented = include_str!("../../../docs/ticket-api.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once(" | ").map(|(names, _)| names))
        .flat_map(|names| names.split(", "))
        .map(|name| name.trim_matches('`'))
        .filter(|name| name.starts_with("_TcktApi_") || *name == "GetDllVersion");
    ensure!(exported == documented.collect(), "{exported:?}");
    ensure!(exported.len() == 11, "{exported:?}");
    // Neither the compiler's own libraries.
    let mut needed = said.lines().filter_map(|line| line.trim().strip_prefix("DLL Name: "));
    let compilers = needed.find(|name| name.to_lowercase().starts_with("lib"));
    ensure!(compilers.is_none(), "it needs {compilers:?}");
    Ok(())
}

/// Among them that a panic stays inside: unwinding is another one than for 64 bits.
fn own_tests(world: &mut World) -> Result<()> {
    let Some(programs) = compiled("its_own_tests_pass")? else { return Ok(()) };
    let Some(wine) = wine(world, "its_own_tests_pass")? else { return Ok(()) };
    let tests = link::newest(&programs.join("deps"), "wardkey_ticket_api-")?;
    let output = wine.command(world, &tests).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    ensure!(said.contains("a_panic_stays_inside ... ok"), "{said}");
    Ok(())
}

fn c_program(world: &mut World) -> Result<()> {
    let Some(programs) = compiled("c_program")? else { return Ok(()) };
    let program = world.program();
    ticket_api::compile(COMPILER, &programs.join(LIBRARY), &program)?;
    let Some(wine) = wine(world, "a C program was compiled")? else { return Ok(()) };
    let host = Wine::there(&world.wine.program(HOST));
    ticket_api::play(world, &program, |program| {
        Driven::start(wine.command(world, program).env("WARDKEY_HOST", &host))
    })?;

    // The folder of programs is another one to a program of 32 bits; the agent is not in that.
    let folder = world.wine.here(r"C:\Program Files\Wardkey")?;
    fs::create_dir_all(&folder)?;
    std::os::unix::fs::symlink(world.wine.program(HOST), folder.join(HOST))?;
    let other = Wine::there(&world.file("another-instance"));
    let mut c = Driven::start(wine.command(world, &program).env("WARDKEY_INSTANCE", other))?;
    // It was found and started: it has no policy.
    c.expect("init", Code::RESOURCE_NOT_AVAILABLE)?;
    Ok(())
}

/// Where what is of 32 bits lies.
fn compiled(trial: &str) -> Result<Option<PathBuf>> {
    let programs = env::var_os("WARDKEY_WINDOWS_32").map(PathBuf::from);
    if programs.is_none() {
        skip(trial, &format!("no {COMPILER}, or no standard library for it"));
    }
    Ok(programs)
}

fn wine(world: &World, trial: &str) -> Result<Option<Wow64>> {
    let Some(loader) = env::var_os("WARDKEY_WINE_32").map(PathBuf::from) else {
        skip(trial, "not run: no Wine for programs of 32 bits");
        return Ok(None);
    };
    Wow64::prepared(world, loader).map(Some)
}

fn skip(trial: &str, why: &str) {
    // The runner has begun a line.
    println!("\nSKIPPED wow64::{trial}: {why}");
}

/// Wine for programs of 32 bits, in the prefix of the others.
struct Wow64(PathBuf);

impl Wow64 {
    /// Puts Windows' libraries of 32 bits, as far as they are needed, where Windows has them.
    fn prepared(world: &World, loader: PathBuf) -> Result<Self> {
        let folder = world.wine.here(r"C:\windows\syswow64")?;
        let libraries = loader.ancestors().nth(2).context("no folder")?;
        fs::create_dir_all(&folder)?;
        for library in fs::read_dir(libraries.join("i386-linux-gnu/wine/i386-windows"))? {
            let library = library?;
            fs::copy(library.path(), folder.join(library.file_name()))?;
        }
        let stand_in =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/windows/bcryptprimitives.c");
        // Without what the compiler puts behind names.
        let arguments = [&stand_in, Path::new("-shared"), Path::new("-Wl,--kill-at")];
        let library = folder.join("bcryptprimitives.dll");
        ticket_api::compiled(COMPILER, &arguments, &library)?;
        Ok(Self(loader))
    }

    fn command(&self, world: &World, program: &Path) -> Command {
        let mut command = Command::new("timeout");
        command.arg("240").arg(&self.0).arg(program).envs(world.wine.environment());
        command
    }
}

const COMPILER: &str = "i686-w64-mingw32-gcc";
