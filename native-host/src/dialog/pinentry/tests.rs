use std::{fs, os::unix::fs::symlink};

use super::*;

/// Asks for a new passcode where this is typed: what was typed, and what the program was told.
fn asked(by: SetBy, types: &[&str]) -> (Option<(String, String)>, String) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("pinentry");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dialog/pinentry/scripted.sh");
    symlink(script, &program).unwrap();
    fs::write(folder.path().join("types"), types.join("\n") + "\n").unwrap();
    let typed = new_passcode(&program, by).unwrap();
    let typed = typed.map(|(proof, new)| (proof.into_inner(), new.into_inner()));
    (typed, fs::read_to_string(folder.path().join("told")).unwrap())
}

#[test]
fn data_lines_are_decoded() {
    assert_eq!(decode("12%2534%0A%"), "12%34\n%");
}

#[test]
fn a_new_passcode_is_asked_for_until_it_is_the_same_twice() {
    let types = ["123456", "864200", "864201", "864200", "864200"];
    let (typed, told) = asked(SetBy::Passcode, &types);
    assert_eq!(typed, Some(("123456".to_owned(), "864200".to_owned())));
    let prompts: Vec<_> = told.lines().filter_map(|line| line.strip_prefix("SETPROMPT ")).collect();
    let [new, again] = ["New passcode", "New passcode again"];
    assert_eq!(prompts, ["Current passcode", new, again, new, again]);
    assert!(told.contains("SETDESC The two were not the same."), "{told}");

    let (typed, told) = asked(SetBy::UnblockingKey, &["12345678", "864200", "864200"]);
    assert_eq!(typed, Some(("12345678".to_owned(), "864200".to_owned())));
    assert!(told.contains("SETPROMPT Unblocking key\n"), "{told}");
}

#[test]
fn who_cancels_one_of_them_cancels_it() {
    for types in [&[][..], &["123456"], &["123456", "864200"]] {
        assert_eq!(asked(SetBy::Passcode, types).0, None);
    }
}
