use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::json;

use super::*;

fn code(executable: &Path) -> String {
    let program = json!({
        "executable": executable, "name": "Ward Desktop", "capabilities": ["sign_in"],
    });
    let finding = of_program(&serde_json::from_value(program).unwrap());
    assert!(finding.found.contains("Ward Desktop"), "{}", finding.found);
    assert_eq!(finding.details["program"], executable.display().to_string());
    finding.code
}

fn file(path: &Path, text: &[u8], mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn each_program_is_what_it_should_be_or_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert_eq!(code(Path::new("/bin/sh")), "program");
    assert_eq!(code(&at("nothing")), "program_missing");
    assert_eq!(code(folder.path()), "program_not_executable");
    file(&at("text"), b"\x7fELF", 0o644);
    assert_eq!(code(&at("text")), "program_not_executable");
    file(&at("script"), b"#!/bin/sh\n", 0o755);
    assert_eq!(code(&at("script")), "program_script");
    file(&at("program"), b"\x7fELF", 0o777);
    assert_eq!(code(&at("program")), "program_writable");
    // Through a folder, and behind a link.
    let open = at("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    file(&open.join("program"), b"\x7fELF", 0o755);
    assert_eq!(code(&open.join("program")), "program_writable");
    symlink("/bin/sh", open.join("link")).unwrap();
    assert_eq!(code(&open.join("link")), "program_writable");
}

#[test]
fn a_program_whose_folder_does_not_answer_holds_nobody_up() {
    let program = |executable: &str| {
        serde_json::from_value(json!({
            "executable": executable, "name": "Ward Desktop", "capabilities": ["sign_in"],
        }))
    };
    let programs = [program("/bin/sh").unwrap(), program("/share/program").unwrap()];
    let (gone, share) = std::sync::mpsc::channel::<()>();
    let share = std::sync::Arc::new(std::sync::Mutex::new(share));
    let found = each(&programs, Duration::from_secs(2), move |program| {
        if program.executable.starts_with("/share") {
            // As a network share that has gone.
            let _ = share.lock().unwrap().recv();
        }
        of_program(program)
    });
    let codes: Vec<_> = found.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["program", "program_silent"]);
    assert_eq!(found[1].details["program"], "/share/program");
    drop(gone);
}
