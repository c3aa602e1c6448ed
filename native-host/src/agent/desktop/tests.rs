use super::*;

/// The pauses between so many attempts, each of which lasts as long as is said.
fn pauses(lasts: impl Fn(usize) -> Duration, attempts: usize) -> Vec<u64> {
    let (mut made, mut pauses) = (0, Vec::new());
    let listen = || {
        made += 1;
        (lasts(made), io::Error::other("no bus"))
    };
    keep_listening(listen, |pause| {
        pauses.push(pause.as_secs());
        pauses.len() < attempts
    });
    pauses
}

#[test]
fn a_bus_that_stays_away_is_tried_again_for_ever() {
    let tried = pauses(|_| Duration::ZERO, 50);
    assert_eq!(tried[..6], PAUSES);
    assert!(tried[6..].iter().all(|pause| *pause == PAUSES[5]), "{tried:?}");
}

#[test]
fn a_bus_that_was_there_is_tried_again_at_once() {
    let lasts = |attempt| if attempt == 5 { 2 * LASTED } else { Duration::ZERO };
    assert_eq!(pauses(lasts, 7), [1, 2, 5, 15, 1, 2, 5]);
}

#[test]
fn where_nobody_can_be_listened_to_nothing_is_tried_again() {
    let listen = || (Duration::ZERO, io::ErrorKind::Unsupported.into());
    keep_listening(listen, |_| panic!("it waits for another attempt"));
}
