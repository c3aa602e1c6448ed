use clap::{Command, CommandFactory as _};

use super::Cli;

/// The commands that do something, each with the verbs that lead to it.
fn commands(command: &Command, verbs: &str, found: &mut Vec<String>) {
    if !command.has_subcommands() {
        found.push(verbs.to_owned());
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        commands(below, &format!("{verbs} {}", below.get_name()), found);
    }
}

#[test]
fn every_command_is_in_the_readme() {
    let mut found = Vec::new();
    commands(&Cli::command(), "wardkey-identity", &mut found);
    assert!(found.len() > 20, "{found:?}");
    let readme = include_str!("../../README.md");
    let missing: Vec<String> =
        found.into_iter().filter(|command| !readme.contains(&format!("{command} "))).collect();
    assert!(missing.is_empty(), "not in the README: {missing:?}");
}
