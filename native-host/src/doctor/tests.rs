use std::{collections::HashSet, fs, process::Command};

use super::*;

#[test]
fn codes_differ_and_what_is_not_well_has_a_remedy() {
    let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(code.state() == FindingState::Ok, code.remedy().is_empty(), "{code:?}");
        assert!(code.means().ends_with('.'), "{code:?}");
    }
}

#[test]
fn the_documentation_has_the_table() {
    let text = include_str!("../../../docs/doctor.md");
    let (_, text) = text.split_once("\n## Codes\n").unwrap();
    let (table, _) = text.split_once("\n## ").unwrap();
    let documented: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let rows: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            let state = format!("{:?}", code.state()).to_lowercase();
            let (code, means, remedy) = (code.as_str(), code.means(), code.remedy());
            format!("| `{code}` | {state} | {means} | {remedy} |").replace("|  |", "| |")
        })
        .collect();
    assert!(documented == rows, "docs/doctor.md should have:\n{}", rows.join("\n"));
}

/// A pipe that nobody writes to stands for a network share that has gone.
#[test]
fn a_check_that_hangs_is_told_of_and_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let system = System::below(folder.path());
    let hosts = system.own(".config/chromium/NativeMessagingHosts").unwrap();
    fs::create_dir_all(&hosts).unwrap();
    let made = Command::new("mkfifo").arg(hosts.join("org.wardkey.host.json")).status().unwrap();
    assert!(made.success());
    let (policy, no_policy) = (Ok(Policy::default()), Policy::default());
    let patience = Duration::ZERO;
    let computer = Arc::new(Computer { system, policy, no_policy, patience });
    let begun = Instant::now();
    let silent = computer.check(Code::FilesSilent, |it| installed(it, false));
    let broken = computer.check(Code::ModuleHangs, |_| panic!("a check that falls over"));
    let well = computer.check(Code::ServerSilent, |_| vec![Code::Server.found()]);
    let codes = |check: Check| -> Vec<_> {
        check.findings().into_iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(silent), ["files_silent"]);
    assert_eq!((codes(broken), codes(well)), (Vec::new(), vec!["server".to_owned()]));
    assert!(begun.elapsed() < SLACK * 4);
}
