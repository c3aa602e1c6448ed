//! The end of the agent's log.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// Some lines of the log.
pub struct Tail {
    /// The lines.
    pub lines: String,
    /// How many of those at the end are left out.
    pub left_out: usize,
}

/// The last lines; `None` where there is no log. Only what Wardkey itself says in earnest is taken:
/// who looks for a fault may have libraries tell everything that they send.
pub fn tail(file: &Path) -> Option<Tail> {
    let mut file = File::open(file).ok()?;
    let length = file.metadata().ok()?.len();
    let begin = length.saturating_sub(LONGEST);
    file.seek(SeekFrom::Start(begin)).ok()?;
    let mut octets = Vec::new();
    file.take(LONGEST).read_to_end(&mut octets).ok()?;
    let text = String::from_utf8_lossy(&octets);
    // The first line may be the end of one.
    let lines = text.lines().skip(usize::from(begin > 0));
    let (taken, left_out): (Vec<_>, Vec<_>) = lines.partition(|line| is_ours(line));
    let mut lines = taken.join("\n");
    lines.push('\n');
    Some(Tail { lines, left_out: left_out.len() })
}

/// `TIME LEVEL target: text`.
fn is_ours(line: &str) -> bool {
    let mut words = line.split_whitespace().skip(1);
    let level = words.next().is_some_and(|level| LEVELS.contains(&level));
    level && words.next().is_some_and(|target| target.starts_with("wardkey_"))
}

const LEVELS: [&str; 3] = ["ERROR", "INFO", "WARN"];
const LONGEST: u64 = 256 * 1024;
