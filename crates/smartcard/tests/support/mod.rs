//! What the tests against real software share. The PC/SC client and SoftHSM read their places
//! from the environment, once for each process, so such a test runs itself again in a process of
//! its own.

use std::{
    env,
    ffi::OsStr,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

pub mod behaviour;
pub mod certificate;
pub mod pcscd;
pub mod simulator;
pub mod virtual_card;

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Whether all programs are installed; else says which test is skipped, and why.
pub fn installed(test: &str, programs: &[&str]) -> bool {
    let missing = |program: &&&str| {
        let paths = env::var_os("PATH").unwrap_or_default();
        let folders = env::split_paths(&paths).chain(["/usr/sbin".into(), "/sbin".into()]);
        !folders.map(|folder| folder.join(program)).any(|path| path.exists())
    };
    match programs.iter().find(missing) {
        Some(program) => skip(test, &format!("{program} is not installed")),
        None => true,
    }
}

/// Says that a test is skipped, past the harness, which would show it only for failures.
pub fn skip(test: &str, reason: &str) -> bool {
    // The harness may be in the middle of a line.
    std::io::stdout().write_all(format!("\nSKIPPED {test}: {reason}\n").as_bytes()).unwrap();
    false
}

/// The folder that the outer process made, where this is the inner one.
pub fn inner(test: &str) -> Option<PathBuf> {
    (env::var_os(INNER).as_deref() == Some(OsStr::new(test)))
        .then(|| PathBuf::from(env::var_os(FOLDER).unwrap()))
}

/// Runs a test again in a process of its own, which finds itself to be the inner one.
pub fn run_inner(test: &str, folder: &Path, start: impl FnOnce(&Path) -> Command) {
    let mut command = start(&env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(INNER, test).env(FOLDER, folder);
    let output = successful(&mut command);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{test} ran nothing: {said}");
}

/// Runs a command that must succeed.
pub fn successful(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A command from its words; none of them holds a space.
pub fn command(words: &str) -> Command {
    let mut words = words.split(' ');
    let mut command = Command::new(words.next().unwrap());
    command.args(words);
    command
}

const INNER: &str = "WARDKEY_TEST_INNER";
const FOLDER: &str = "WARDKEY_TEST_FOLDER";
