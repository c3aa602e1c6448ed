//! The pipe between programs and agent, by its own crate's tests.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context as _, Result, ensure};

use crate::world::{Test, World};

pub const TRIALS: &[(&str, Test)] = &[("link::the_pipes_own_tests_pass", own_tests)];

fn own_tests(world: &mut World) -> Result<()> {
    let output =
        world.wine.command(newest(&world.wine.program("deps"), "wardkey_agent_link-")?).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    // Of a test that this Wine has no answer to, the crate itself says why.
    for line in said.lines() {
        if let Some((test, why)) = line.split_once(" ... ignored, ") {
            // The runner has begun a line.
            println!("\nSKIPPED link::{}: {why}", test.trim_start_matches("test "));
        }
    }
    ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    ensure!(said.contains("one_agent_listens_and_the_second_steps_back ... ok"), "{said}");
    ensure!(said.contains("what_a_user_makes_is_no_administrators ... ok"), "{said}");
    Ok(())
}

/// What was compiled last of a crate's tests.
pub fn newest(folder: &Path, krate: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let programs = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?;
        let is_it = name.starts_with(krate) && name.ends_with(".exe");
        is_it.then_some(path)
    });
    let made = |path: &PathBuf| {
        path.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    programs.max_by_key(made).with_context(|| format!("no {krate} was compiled"))
}
