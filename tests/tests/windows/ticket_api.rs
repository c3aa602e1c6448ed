//! The Ticket API as a program on a desktop calls it.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use wardkey_spine::ticket_api::Code;
use wardkey_tests::stage::{Driven, Wine};

use crate::world::{HOST, Test, World};

pub const TRIALS: &[(&str, Test)] =
    &[("ticket_api::a_c_program_has_the_ticket_of_whoever_signs_in", c_program)];

fn c_program(world: &mut World) -> Result<()> {
    let program = world.program();
    compile("x86_64-w64-mingw32-gcc", &world.wine.program(LIBRARY), &program)?;
    play(world, &program, |program| start(world, program))
}

/// What a program does that is compiled and started so.
pub fn play(world: &World, program: &Path, start: impl Fn(&Path) -> Result<Driven>) -> Result<()> {
    let _desk = world.desk()?;
    let mut c = start(program)?;
    c.expect("init", Code::SUCCESS)?;
    c.expect("noauth", Code::TICKET_NOT_AVAILABLE)?;
    let ticket = c.expect("ticket", Code::SUCCESS)?;
    ensure!(world.identity.opens(&ticket)?, "the ticket opens nothing");
    ensure!(c.expect("noauth", Code::SUCCESS)? == ticket, "another ticket");
    let kept = c.expect("small", Code::BUFFER_TOO_SMALL)?;
    ensure!(kept == "before", "{kept}");
    // In a thread of its own.
    c.expect("begin", Code::SUCCESS)?;
    ensure!(c.expect("end", Code::SUCCESS)? == ticket, "another ticket");
    let versions = c.expect("versions", Code::SUCCESS)?;
    let versions: Vec<&str> = versions.split(' ').collect();
    ensure!(versions.len() == 3 && versions.iter().all(|it| *it == versions[0]), "{versions:?}");
    c.expect("destroy", Code::SUCCESS)?;
    world.outlived(&ticket)?;
    c.expect("finalize", Code::SUCCESS)?;

    // The file counts, which policy names.
    let other = world.file("other.exe");
    fs::copy(program, &other)?;
    let mut c = start(&other)?;
    c.expect("init", Code::RESOURCE_NOT_AVAILABLE)?;
    Ok(())
}

/// Against the committed header and a library, which Windows finds beside the program.
pub fn compile(compiler: &str, library: &Path, program: &Path) -> Result<()> {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ticket-api/include");
    let flags = ["-std=c99", "-pedantic", "-static", "-pthread", "-I"].map(Path::new);
    let files = [&include, Path::new(Driven::SOURCE), library];
    compiled(compiler, &[&flags[..], &files[..]].concat(), program)?;
    let beside = program.with_file_name(LIBRARY);
    fs::copy(library, beside).with_context(|| library.display().to_string())?;
    Ok(())
}

/// Compiles C, by the compiler for programs of so many bits.
pub fn compiled(compiler: &str, arguments: &[&Path], program: &Path) -> Result<()> {
    let mut compiler = Command::new(compiler);
    compiler.args(["-Wall", "-Wextra", "-Werror", "-s", "-o"]).arg(program).args(arguments);
    let output = compiler.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn start(world: &World, program: &Path) -> Result<Driven> {
    let mut program = world.wine.command(program);
    Driven::start(program.env("WARDKEY_HOST", Wine::there(&world.wine.program(HOST))))
}

pub const LIBRARY: &str = "wardkey_ticket_api.dll";
