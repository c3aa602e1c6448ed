use super::*;

#[test]
fn lines_are_read_as_they_are_typed() {
    let whose = |card: Option<&str>| Whose { card: card.map(str::to_owned) };
    for (line, act) in [
        (
            "insert Amira Okafor",
            Act::Insert { name: vec!["Amira".into(), "Okafor".into()], reader: 1 },
        ),
        ("insert tom --reader 2", Act::Insert { name: vec!["tom".into()], reader: 2 }),
        ("  remove ", Act::Remove { reader: None }),
        ("fault wrong_pin 2", Act::Fault(FaultArgument::WrongPin { times: 2, whose: whose(None) })),
        (
            "fault remove_at 5 --card tom",
            Act::Fault(FaultArgument::RemoveAt { operation: 5, whose: whose(Some("tom")) }),
        ),
        (
            "fault wrong_signature 3",
            Act::Fault(FaultArgument::WrongSignature { operation: 3, whose: whose(None) }),
        ),
        (
            "fault slow 800",
            Act::Fault(FaultArgument::Slow { milliseconds: 800, whose: whose(None) }),
        ),
        ("fault expired", Act::Fault(FaultArgument::Expired(whose(None)))),
        ("fault none", Act::Fault(FaultArgument::None(whose(None)))),
        ("answer no", Act::Answer { manner: Manner::No }),
        ("role Nurse Access", Act::Role { words: vec!["Nurse".into(), "Access".into()] }),
        ("server stop", Act::Server { power: Power::Stop }),
        ("quit", Act::Quit),
    ] {
        let read = Act::read(line).unwrap();
        assert_eq!(read, act, "{line}");
        // And as another terminal sends it.
        let sent = serde_json::to_string(&act).unwrap();
        assert_eq!(serde_json::from_str::<Act>(&sent).unwrap(), act, "{line}");
    }
}

#[test]
fn what_is_no_command_is_told_with_those_that_are() {
    for line in ["", "eject", "insert", "fault", "fault wrong_pin many", "answer maybe"] {
        assert!(Act::read(line).is_err(), "{line}");
    }
    let said = Act::read("fault drop").unwrap_err().to_string();
    assert!(said.contains("remove_at") || said.contains("drop"), "{said}");
}
