use std::path::PathBuf;
use std::time::Duration;

use super::{Command, Order};
use crate::fault::{Moment, Removal};

#[test]
fn the_first_reader_is_meant_unless_another_is_named() {
    assert_eq!(Command::parse("insert").unwrap(), Command::Insert(1));
    assert_eq!(Command::parse(" remove 2 ").unwrap(), Command::Remove(2));
    assert_eq!(Command::parse("tries").unwrap(), Command::Tries(1));
    assert_eq!(Command::parse("quit").unwrap(), Command::Quit);
    assert_eq!(Command::parse("plug").unwrap(), Command::Plug);
    assert_eq!(Command::parse("unplug ").unwrap(), Command::Unplug);
}

#[test]
fn swap_takes_a_folder_with_spaces() {
    let folder = PathBuf::from("/tmp/a card");
    assert_eq!(Command::parse("swap /tmp/a card").unwrap(), Command::Swap(1, folder.clone()));
    assert_eq!(Command::parse("swap 2 /tmp/a card").unwrap(), Command::Swap(2, folder));
}

#[test]
fn faults_name_their_moment() {
    let removal = |at, instruction, moment| Order::Remove(Removal { at, instruction, moment });
    for (line, reader, order) in [
        ("fault clear", 1, Order::Clear),
        ("fault 2 slow 250", 2, Order::Slow(Duration::from_millis(250))),
        ("fault remove-at 3", 1, removal(3, None, Moment::Before)),
        ("fault remove-after 1 87", 1, removal(1, Some(0x87), Moment::After)),
    ] {
        assert_eq!(Command::parse(line).unwrap(), Command::Fault(reader, order), "{line}");
    }
}

#[test]
fn other_lines_are_refused() {
    for line in [
        "",
        "eject",
        "insert now",
        "swap",
        "swap 2",
        "fault",
        "fault remove-at 0",
        "fault slow x",
        "unplug 1",
    ] {
        assert!(Command::parse(line).is_err(), "{line:?}");
    }
}
