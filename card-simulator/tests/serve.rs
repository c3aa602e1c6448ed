//! Cards come and go, and nothing stays behind.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use simulator::{Bench, PROGRAM, SERVING, Simulator, installed, wait_for_end};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod simulator;

#[test]
fn insertion_and_removal_are_seen_within_a_second() {
    if !installed("insertion_and_removal_are_seen_within_a_second", SERVING) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    let mut simulator = Simulator::start(&bench.path("run"), &[&card], &["--absent"]);
    assert_eq!(simulator.lines.len(), 1, "no card is reported: {:?}", simulator.lines);
    for _ in 0..3 {
        for (command, event) in [("insert", "inserted"), ("remove", "removed")] {
            let seen = simulator.ask(command, event);
            assert_eq!(seen["reader"], 1);
            // pcscd looks every 0.4 s; the rest is for a busy machine.
            assert!(seen["milliseconds"].as_u64().unwrap() < 1000, "{seen}");
        }
    }
}

#[test]
fn each_reader_has_its_own_card() {
    if !installed("each_reader_has_its_own_card", SERVING) {
        return;
    }
    let bench = Bench::new();
    let (one, two) = (bench.card("one"), bench.card("two"));
    let three = bench.card("card three");
    let mut simulator = Simulator::start(&bench.path("run"), &[&one, &two], &["--name", "Desk"]);
    let ready: serde_json::Value = serde_json::from_str(simulator.lines.last().unwrap()).unwrap();
    assert_eq!(ready["readers"], serde_json::json!(["Desk 00 00", "Desk 00 01"]));
    assert_eq!(simulator.ask("remove 2", "removed")["reader"], 2);
    assert_eq!(simulator.ask("insert 2", "inserted")["reader"], 2);
    simulator.say(&format!("swap 2 {}", three.display()));
    assert_eq!(simulator.wait("removed")["reader"], 2);
    assert_eq!(simulator.wait("inserted")["reader"], 2);
    simulator.say(&format!("swap {}", two.display()));
    assert_eq!(simulator.wait("removed")["reader"], 1);
    assert_eq!(simulator.wait("inserted")["reader"], 1);
}

#[test]
fn impossible_commands_are_errors_and_change_nothing() {
    if !installed("impossible_commands_are_errors_and_change_nothing", SERVING) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    let mut simulator = Simulator::start(&bench.path("run"), &[&card], &[]);
    for (command, message) in [
        ("insert", "in reader 1 already"),
        ("insert 2", "reader 2 has no card"),
        ("remove 2", "no card is in reader 2"),
        ("remove 3", "there is no reader 3"),
        ("remove 0", "there is no reader 0"),
        ("eject", "unknown command"),
    ] {
        let error = simulator.ask(command, "error");
        assert!(error["message"].as_str().unwrap().contains(message), "{command}: {error}");
    }
    let error = simulator.ask(&format!("swap 2 {}", card.display()), "error");
    assert!(error["message"].as_str().unwrap().contains("is in use"), "{error}");
    assert_eq!(simulator.tries(), 3);
}

#[test]
fn nothing_listens_outside_and_the_system_is_left_alone() {
    if !installed("nothing_listens_outside_and_the_system_is_left_alone", SERVING) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    let system = Path::new("/run/pcscd").exists();
    let simulator = Simulator::start(&bench.path("run"), &[&card], &[]);
    let inside = |process: u32| fs::read_to_string(format!("/proc/{process}/net/tcp")).unwrap();
    assert!(inside(simulator.pcscd).contains(":8C7B"), "the driver listens inside");
    assert!(!inside(std::process::id()).contains(":8C7B"), "the driver listens outside");
    assert_eq!(Path::new("/run/pcscd").exists(), system);
}

#[test]
fn no_pcscd_is_left_behind() {
    if !installed("no_pcscd_is_left_behind", SERVING) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    // The same folder each time: what a killed run leaves there does not matter to the next.
    let run = || Simulator::start(&bench.path("run"), &[&card], &[]);

    let mut quit = run();
    quit.ask("quit", "ended");
    assert!(quit.close().success());
    wait_for_end(quit.pcscd);

    let mut closed = run();
    assert!(closed.close().success(), "the end of its input is an orderly end");
    wait_for_end(closed.pcscd);

    let mut terminated = run();
    let process = terminated.process().to_string();
    simulator::successful(Command::new("kill").arg(process));
    assert!(!terminated.close().success());
    wait_for_end(terminated.pcscd);

    let mut killed = run();
    killed.kill();
    wait_for_end(killed.pcscd);
}

#[test]
fn a_run_folder_serves_one_simulator_and_one_user() {
    if !installed("a_run_folder_serves_one_simulator_and_one_user", SERVING) {
        return;
    }
    let bench = Bench::new();
    let (one, two) = (bench.card("one"), bench.card("two"));
    let run = bench.path("run");
    let mut simulator = Simulator::start(&run, &[&one], &[]);
    assert_eq!(fs::metadata(&run).unwrap().permissions().mode() & 0o777, 0o700);
    let mut second = Command::new(PROGRAM);
    second.args(["serve", "--dir"]).arg(&run).arg("--card").arg(&two).stdin(Stdio::null());
    let second = second.output().unwrap();
    assert!(!second.status.success());
    let message = String::from_utf8(second.stderr).unwrap();
    assert!(message.contains("is in use"), "{message}");
    assert_eq!(simulator.ask("remove", "removed")["reader"], 1);
}

#[test]
fn a_pcscd_that_ends_ends_the_simulator() {
    if !installed("a_pcscd_that_ends_ends_the_simulator", SERVING) {
        return;
    }
    let bench = Bench::new();
    let card = bench.card("card");
    let mut simulator = Simulator::start(&bench.path("run"), &[&card], &[]);
    simulator::successful(Command::new("kill").arg(simulator.pcscd.to_string()));
    simulator.wait("ended");
    assert!(!simulator.close().success());
}

#[test]
fn a_system_without_namespaces_is_told_in_one_line() {
    let bench = Bench::new();
    let card = bench.card("card");
    let programs = bench.path("programs");
    fs::create_dir(&programs).unwrap();
    let serve = || {
        let output = Command::new(PROGRAM)
            .args(["serve", "--dir"])
            .arg(bench.path("run"))
            .arg("--card")
            .arg(&card)
            .env("PATH", &programs)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(serve(), "wardkey-card-simulator: unshare is not installed (package util-linux)\n");
    let refusing = programs.join("unshare");
    fs::write(&refusing, "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
        .unwrap();
    fs::set_permissions(&refusing, fs::Permissions::from_mode(0o755)).unwrap();
    let message = serve();
    assert!(message.contains("does not allow private namespaces"), "{message}");
    assert!(message.ends_with(": unshare failed: Operation not permitted\n"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn serving_outside_a_private_namespace_is_refused() {
    let bench = Bench::new();
    let card = bench.card("card");
    let output = Command::new(PROGRAM)
        .args(["serve-isolated", "--dir"])
        .arg(bench.path("run"))
        .arg("--card")
        .arg(&card)
        .arg("--outside")
        .arg(fs::read_link("/proc/self/ns/net").unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("no private network namespace"), "{message}");
}

#[test]
fn unplugged_readers_are_gone_and_back_with_their_cards() {
    if !installed(
        "unplugged_readers_are_gone_and_back_with_their_cards",
        &[SERVING, &["cc"]].concat(),
    ) {
        return;
    }
    let bench = Bench::new();
    let (one, two) = (bench.card("one"), bench.card("two"));
    let options = ["--unpluggable", "--name", "Desk", "--absent"];
    let mut simulator = Simulator::start(&bench.path("run"), &[&one, &two], &options);
    let readers = serde_json::json!(["Desk 00 00", "Desk 00 01"]);
    let ready: serde_json::Value = serde_json::from_str(simulator.lines.last().unwrap()).unwrap();
    assert_eq!(ready["readers"], readers);
    simulator.ask("insert 2", "inserted");
    for _ in 0..3 {
        let before = simulator.lines.len();
        simulator.ask("unplug", "unplugged");
        // The driver hears of it by itself, as pcscd does.
        let told = |event: &str| simulator.lines[before..].iter().any(|line| line.contains(event));
        assert!(told(r#""disconnected""#) && told(r#""removed""#), "{:?}", simulator.lines);
        for (command, message) in [
            ("unplug", "unplugged already"),
            ("insert", "reader 1 is unplugged"),
            ("remove 2", "no card is in reader 2"),
        ] {
            let error = simulator.ask(command, "error");
            assert!(error["message"].as_str().unwrap().contains(message), "{command}: {error}");
        }
        simulator.say("plug");
        assert_eq!(simulator.wait("inserted")["reader"], 2);
        assert_eq!(simulator.wait("plugged")["readers"], readers);
        let error = simulator.ask("plug", "error");
        assert!(error["message"].as_str().unwrap().contains("plugged in"), "{error}");
    }
    simulator.ask("insert", "inserted");
    simulator.ask("remove 2", "removed");

    let mut fixed = Simulator::start(&bench.path("fixed"), &[&two], &[]);
    let error = fixed.ask("unplug", "error");
    assert!(error["message"].as_str().unwrap().contains("--unpluggable"), "{error}");
}
