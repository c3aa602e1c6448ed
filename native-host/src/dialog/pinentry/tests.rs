use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    sync::mpsc::{self, RecvTimeoutError},
};

use wardkey_protocol::ErrorCode;

use super::*;
use crate::{
    dialog::{
        client::{Dialog, DialogError, Window as _},
        screen::{FromDialog, TypedWhere},
    },
    interrupt::Interrupt,
    program::{Role, Running},
};

/// The scripted program, which types this; in a folder of its own.
fn scripted(types: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("pinentry");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dialog/pinentry/scripted.sh");
    symlink(script, &program).unwrap();
    fs::write(folder.path().join("types"), types.join("\n") + "\n").unwrap();
    (folder, program)
}

/// Asks for a new passcode where this is typed: what was typed, and what the program was told.
fn asked(by: SetBy, types: &[&str]) -> (Option<(String, String)>, String) {
    let (folder, program) = scripted(types);
    let (sender, entered) = mpsc::channel();
    let _asking =
        Asking::start(&program, Some(by), move |entered| sender.send(entered).unwrap()).unwrap();
    let typed = match entered.recv_timeout(PATIENCE).unwrap().unwrap() {
        Some(Entered::NewPasscode(proof, new)) => Some((proof.into_inner(), new.into_inner())),
        Some(Entered::Passcode(_)) => panic!("another question"),
        None => None,
    };
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

#[test]
fn whom_nobody_waits_for_any_more_is_ended() {
    let (folder, program) = scripted(&["waits"]);
    let (sender, entered) = mpsc::channel();
    let asking =
        Asking::start(&program, None, move |entered| sender.send(entered).unwrap()).unwrap();
    let id = id_of_one_that_asks(folder.path());
    assert!(Path::new(&format!("/proc/{id}")).exists());
    drop(asking);
    assert!(!Path::new(&format!("/proc/{id}")).exists(), "it still runs");
    // Nothing is told, and whoever would have told it is gone.
    assert!(matches!(entered.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected)));
}

#[test]
fn a_pulled_card_ends_the_program_that_asks_for_its_passcode() {
    let (folder, program) = scripted(&["waits"]);
    let mut dialog = dialog_of_one_who_agrees(program, TypedWhere::Pinentry);
    let interrupt = Arc::new(Interrupt::default());
    let pulled = interrupt.clone();
    let pulling = thread::spawn(move || {
        let id = id_of_one_that_asks(folder.path());
        pulled.raise(ErrorCode::CardRemoved);
        id
    });
    let answer = dialog.answer(PATIENCE, &interrupt);
    assert!(matches!(answer, Err(DialogError::Raised(ErrorCode::CardRemoved))));
    let id = pulling.join().unwrap();
    assert!(!Path::new(&format!("/proc/{id}")).exists(), "it still runs");
}

#[test]
fn one_that_is_not_answered_is_not_waited_for_for_ever() {
    let (folder, program) = scripted(&["waits"]);
    let mut dialog = dialog_of_one_who_agrees(program, TypedWhere::Pinentry);
    let answer = dialog.answer(Duration::from_secs(4), &Arc::default());
    assert!(matches!(answer, Err(DialogError::TimedOut)));
    let id = id_of_one_that_asks(folder.path());
    assert!(!Path::new(&format!("/proc/{id}")).exists(), "it still runs");
}

#[test]
fn what_is_typed_at_the_reader_or_on_a_phone_is_not_asked_for_here() {
    for typed in [TypedWhere::Reader, TypedWhere::Elsewhere] {
        let (folder, program) = scripted(&["123456"]);
        let mut dialog = dialog_of_one_who_agrees(program, typed);
        let answer = dialog.answer(PATIENCE, &Arc::default());
        assert!(matches!(answer, Ok(FromDialog::Consented { .. })), "{typed:?}");
        assert!(!folder.path().join("told").exists(), "{typed:?}: the program was started");
    }
}

#[test]
fn what_a_wrapper_has_started_goes_too() {
    let (folder, program) = scripted(&["waits"]);
    let wrapper = folder.path().join("wrapper");
    // A shell that waits for the program instead of becoming it.
    fs::write(&wrapper, format!("#!/bin/sh\n'{}'\nexit 0\n", program.display())).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o700)).unwrap();
    let asking = Asking::start(&wrapper, None, |_| ()).unwrap();
    let id = id_of_one_that_asks(folder.path());
    drop(asking);
    let gone = || {
        fs::read_to_string(format!("/proc/{id}/stat")).map_or(true, |stat| stat.contains(") Z "))
    };
    let begun = Instant::now();
    while !gone() {
        assert!(begun.elapsed() < PATIENCE, "it still runs");
        thread::sleep(LOOK);
    }
}

/// A dialog that asks for a passcode which is typed there, and its user agrees.
fn dialog_of_one_who_agrees(pinentry: PathBuf, typed: TypedWhere) -> Dialog {
    let mut dialog = Dialog::with(window_of_one_who_agrees(), Some(pinentry)).unwrap();
    let screen = serde_json::json!({
        "title": { "word": "sign_in", "with": [] },
        "who_asks": { "origin": "https://app.example", "user": false },
        "body": { "passcode": {
            "card": { "holder": "Amira Example", "reader": "Reader", "kept": false },
            "tries": { "wrong": false, "last": false },
            "min_length": 4, "max_length": 8, "typed": typed, "asks": [], "another": false,
            "content": [], "left_out": [],
        } },
    });
    dialog.show(serde_json::from_value(screen).unwrap()).unwrap();
    dialog
}

fn window_of_one_who_agrees() -> Running {
    let agrees = FromDialog::Consented { left_out: Vec::new() };
    let script =
        format!("echo '{}'; while read -r _; do :; done", serde_json::to_string(&agrees).unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = shell.spawn().unwrap();
    let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    let role = Role::Process(process);
    Running { role, input: Box::new(input), output: Box::new(output) }
}

/// Waits until the scripted program was asked for a passcode that it does not type.
fn id_of_one_that_asks(folder: &Path) -> String {
    let begun = Instant::now();
    loop {
        match fs::read_to_string(folder.join("waits")) {
            Ok(id) if id.ends_with('\n') => return id.trim().to_owned(),
            _ => assert!(begun.elapsed() < PATIENCE, "it is not asked"),
        }
        thread::sleep(LOOK);
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
