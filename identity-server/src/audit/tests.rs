use super::*;

fn log() -> Vec<AuditEntry> {
    let mut log: Vec<AuditEntry> = Vec::new();
    for number in 0..4 {
        let event = AuditEvent {
            action: format!("act{number}"),
            uid: Some("555000000101".into()),
            ..AuditEvent::default()
        };
        log.push(AuditEntry::following(log.last(), "main", Timestamp::from_millis(number), event));
    }
    log
}

#[test]
fn a_log_verifies_as_it_was_written_whole_and_from_the_middle() {
    let log = log();
    assert_eq!(AuditEntry::verify(None, &log), Ok(()));
    assert_eq!(AuditEntry::verify(Some(&log[1]), &log[2..]), Ok(()));
}

#[test]
fn a_changed_missing_or_moved_entry_breaks_it() {
    let mut changed = log();
    changed[2].event.uid = Some("555000000102".into());
    assert_eq!(AuditEntry::verify(None, &changed), Err(AuditBroken { number: 3 }));
    let mut shorter = log();
    shorter.remove(1);
    assert_eq!(AuditEntry::verify(None, &shorter), Err(AuditBroken { number: 3 }));
    let mut swapped = log();
    swapped.swap(1, 2);
    assert_eq!(AuditEntry::verify(None, &swapped), Err(AuditBroken { number: 3 }));
    let mut later = log();
    later[3].at = Timestamp::from_millis(99);
    assert_eq!(AuditEntry::verify(None, &later), Err(AuditBroken { number: 4 }));
}

#[test]
fn a_text_cannot_move_from_one_field_to_the_next() {
    let event = |action: &str, outcome: &str| AuditEvent {
        action: action.into(),
        outcome: outcome.into(),
        ..AuditEvent::default()
    };
    let at = Timestamp::from_millis(1);
    let one = AuditEntry::following(None, "main", at, event("ab", "c"));
    let other = AuditEntry::following(None, "main", at, event("a", "bc"));
    assert_ne!(one.hash, other.hash);
}

#[test]
fn a_target_is_chained_and_entries_without_one_keep_their_hashes() {
    let at = Timestamp::from_millis(1);
    let entry = |target: Option<&str>| {
        let event = AuditEvent { action: "act".into(), ..AuditEvent::default() };
        let event = AuditEvent { target: target.map(str::to_owned), ..event };
        AuditEntry::following(None, "main", at, event).hash
    };
    assert_ne!(entry(None), entry(Some("one")));
    assert_ne!(entry(Some("one")), entry(Some("two")));
    // Of a log that was written before there were targets.
    let then = "464cd659e35e88e7a77c0a28366164b624dcf240e37c091de8431c54af3e8f9a";
    assert_eq!(base16ct::lower::encode_string(&entry(None)), then);
}
