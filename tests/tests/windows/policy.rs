//! Policy from where Windows has it.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::world::{Test, World};

pub const TRIALS: &[(&str, Test)] = &[
    ("policy::group_policys_key_comes_before_any_file", group_policy),
    ("policy::a_folder_that_no_administrator_made_is_an_error", not_administrators),
];

fn group_policy(world: &mut World) -> Result<()> {
    let reg = |words: &[&str]| {
        let output = world.wine.command("reg").args(words).output()?;
        ensure!(output.status.success(), "{words:?}: {output:?}");
        Ok(())
    };
    let agent = format!(r"{KEY}\agent");
    reg(&["add", &agent, "/v", "idle_seconds", "/t", "REG_DWORD", "/d", "77", "/f"])?;
    let shown = world.json(&["policy", "show", "--json"]);
    reg(&["delete", KEY, "/f"])?;
    let shown = shown?;
    let set = shown.as_array().context("no settings")?.iter();
    let idle = set.clone().find(|setting| setting["key"] == "agent.idle_seconds");
    let idle = idle.with_context(|| shown.to_string())?;
    ensure!(idle["value"] == 77 && idle["source"].as_str().is_some_and(|it| it.contains(KEY_AT)));
    // Nothing of the user's file is in force beside it.
    let server = set
        .clone()
        .any(|setting| setting["key"].as_str().is_some_and(|key| key.starts_with("server[0]")));
    ensure!(!server, "{shown:#}");
    Ok(())
}

/// Under Wine whoever runs it owns what it makes, who is no administrator. That administrators are
/// believed is for Windows to show.
fn not_administrators(world: &mut World) -> Result<()> {
    let folder = world.wine.here(r"C:\ProgramData\Wardkey")?;
    let (good, said) = world.host(&["policy", "show"])?;
    ensure!(good, "{said}");
    fs::create_dir_all(folder.join("policy.d"))?;
    // Without a policy in it, it is nobody's business.
    let (good, said) = world.host(&["policy", "show"])?;
    ensure!(good, "{said}");
    for name in ["policy.toml", r"policy.d\10-mine.toml"] {
        let file = folder.join(name.replace('\\', "/"));
        fs::write(&file, "development = true\n")?;
        let checked = world.host(&["policy", "show"]);
        fs::remove_file(&file)?;
        let (good, said) = checked?;
        let place = format!(r"C:\ProgramData\Wardkey\{name}");
        ensure!(!good && said.contains(&place) && said.contains("administrator"), "{said}");
    }
    Ok(fs::remove_dir_all(folder)?)
}

const KEY: &str = r"HKLM\SOFTWARE\Policies\Wardkey";
const KEY_AT: &str = r"SOFTWARE\Policies\Wardkey";
