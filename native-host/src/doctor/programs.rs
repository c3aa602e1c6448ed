//! The local programs that policy admits: whether each is there, is what the system would say that
//! runs, and can't be replaced by whoever works here.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use wardkey_protocol::own::Finding;

use super::{begin, codes::Code};
use crate::policy::ProgramPolicy;
#[cfg(unix)]
pub use unix::is_executable;
#[cfg(unix)]
use unix::may_write;
#[cfg(windows)]
pub use windows::is_executable;
#[cfg(windows)]
use windows::may_write;

/// What there is to say of each; of one whose folder does not answer, that.
pub fn findings(programs: &[ProgramPolicy], patience: Duration) -> Vec<Finding> {
    each(programs, patience, of_program)
}

fn each(
    programs: &[ProgramPolicy],
    patience: Duration,
    look: impl Fn(&ProgramPolicy) -> Finding + Clone + Send + 'static,
) -> Vec<Finding> {
    let until = Instant::now() + patience;
    let begun: Vec<_> = programs
        .iter()
        .map(|program| {
            let (look, looked_at) = (look.clone(), program.clone());
            (program, begin(move || look(&looked_at)))
        })
        .collect();
    let found = begun.into_iter().map(|(program, looking)| {
        let left = until.saturating_duration_since(Instant::now());
        looking.recv_timeout(left).unwrap_or_else(|_| {
            let shown = program.executable.display().to_string();
            let says = format!("{shown}, which is admitted as {}, does not answer.", program.name);
            Code::ProgramSilent.says(says).with("program", shown)
        })
    });
    found.collect()
}

fn of_program(program: &ProgramPolicy) -> Finding {
    let (name, file) = (&program.name, &program.executable);
    let shown = file.display();
    let finding = match fs::metadata(file) {
        Err(error) => {
            let says = format!("{shown}, which is admitted as {name}, is not on this computer.");
            Code::ProgramMissing.says(says).with("reason", error.to_string())
        }
        Ok(_) if !is_executable(file) => {
            let says = format!("{shown}, which is admitted as {name}, can't be run.");
            Code::ProgramNotExecutable.says(says)
        }
        Ok(_) if is_script(file) => {
            let says = format!("{shown}, which is admitted as {name}, is a script.");
            Code::ProgramScript.says(says)
        }
        Ok(_) => match replaceable(file) {
            Some(place) => {
                let says = format!(
                    "{shown}, which is admitted as {name}, can be replaced by this user, or by \
                     everybody."
                );
                Code::ProgramWritable.says(says).with("writable", place.display().to_string())
            }
            None => Code::Program.says(format!("{name} is admitted, and is installed.")),
        },
    };
    finding.with("program", shown.to_string())
}

/// Whether the system runs an interpreter in its place (execve(2)).
fn is_script(file: &Path) -> bool {
    let mut start = [0; SCRIPT.len()];
    // What can be run and not read is none: its interpreter could not read it either.
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *SCRIPT
}

/// What this user can write to on the way to the file, through which it could become another one.
fn replaceable(file: &Path) -> Option<PathBuf> {
    // By the link that policy may name, and by the file behind it.
    let behind = fs::canonicalize(file).ok();
    let ways = [Some(file), behind.as_deref()].into_iter().flatten();
    let mut places = ways.flat_map(Path::ancestors);
    places.find(|place| may_write(place)).map(Into::into)
}

const SCRIPT: &[u8; 2] = b"#!";

#[cfg(test)]
mod tests;
