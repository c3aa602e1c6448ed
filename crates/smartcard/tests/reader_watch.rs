//! The reader watch against a private pcscd with virtual readers.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::{
    path::Path,
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use support::{
    PATIENCE, inner,
    pcscd::{self, PORTS, Pcscd, READERS},
    run_inner,
    virtual_card::{ATR, VirtualCard},
};
use wardkey_smartcard::{ReaderEvent, ReaderState, ReaderWatch};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

#[test]
fn tells_of_the_service_of_readers_and_of_cards() {
    in_namespaces("tells_of_the_service_of_readers_and_of_cards", |folder| {
        let (watch, events) = watch();
        assert_eq!(next(&events), ReaderEvent::ServiceMissing);

        let daemon = Pcscd::start(folder);
        let readers = wait_for(&events, |readers| readers.len() == READERS.len());
        assert_eq!(names(&readers), READERS);
        assert!(readers.iter().all(|reader| !reader.card_present && reader.atr.is_empty()));

        let card = VirtualCard::insert(PORTS[1], |_| vec![0x6d, 0x00]);
        let readers = wait_for(&events, |readers| readers.iter().any(|one| one.card_present));
        assert_eq!(names(&readers), READERS);
        assert!(!readers[0].card_present);
        assert!(readers[1].card_present && !readers[1].unresponsive);
        assert_eq!(readers[1].atr, ATR);

        drop(card);
        let readers = wait_for(&events, |readers| readers.iter().all(|one| !one.card_present));
        assert_eq!(names(&readers), READERS);
        assert!(readers[1].atr.is_empty());

        drop(daemon);
        assert_eq!(next(&events), ReaderEvent::ServiceMissing);
        let _daemon = Pcscd::start(folder);
        let _card = VirtualCard::insert(PORTS[0], |_| vec![0x6d, 0x00]);
        wait_for(&events, |readers| readers.iter().any(|one| one.card_present));
        stop(watch, &events);
    });
}

#[test]
fn a_card_swapped_between_two_looks_was_gone() {
    in_namespaces("a_card_swapped_between_two_looks_was_gone", |folder| {
        let _daemon = Pcscd::start(folder);
        let first = VirtualCard::insert(PORTS[0], |_| vec![0x6d, 0x00]);
        let (observer, observed) = watch();
        wait_for(&observed, |readers| readers.iter().any(|one| one.card_present));

        // A watch that is held in its sink, where it has just told of the card.
        let (holds, held) = mpsc::channel();
        let (releases, release) = mpsc::channel::<()>();
        let (sender, events) = mpsc::channel();
        let busy = ReaderWatch::start(move |event| {
            let here = matches!(&event, ReaderEvent::Readers(all) if all.iter().any(|one| one.card_present));
            sender.send(event).unwrap();
            if here && holds.send(()).is_ok() {
                let _ = release.recv();
            }
        });
        held.recv_timeout(PATIENCE).unwrap();
        drop(held);

        drop(first);
        wait_for(&observed, |readers| readers.iter().all(|one| !one.card_present));
        let _second = VirtualCard::insert(PORTS[0], |_| vec![0x6d, 0x00]);
        wait_for(&observed, |readers| readers.iter().any(|one| one.card_present));

        drop(releases);
        let told = |events: &Receiver<ReaderEvent>| match next(events) {
            ReaderEvent::Readers(readers) => readers.iter().any(|one| one.card_present),
            other => panic!("{other:?}"),
        };
        while !told(&events) {}
        assert!(!told(&events), "the first card's removal was not told");
        assert!(told(&events), "the second card was not told");
        stop(busy, &events);
        stop(observer, &observed);
    });
}

#[test]
fn ends_at_once_without_a_service() {
    in_namespaces("ends_at_once_without_a_service", |_| {
        let (watch, events) = watch();
        assert_eq!(next(&events), ReaderEvent::ServiceMissing);
        stop(watch, &events);
    });
}

#[test]
fn says_nothing_while_nothing_changes() {
    in_namespaces("says_nothing_while_nothing_changes", |folder| {
        let (sender, events) = mpsc::channel();
        let _daemon = Pcscd::start(folder);
        let (watch, first) = watch();
        wait_for(&first, |readers| readers.len() == READERS.len());
        let second = ReaderWatch::start(move |event| send(&sender, event));
        assert!(matches!(next(&events), ReaderEvent::Readers(_)));
        // Longer than two of pcscd's own looks at the readers.
        assert!(events.recv_timeout(Duration::from_secs(1)).is_err());
        stop(second, &events);
        stop(watch, &first);
    });
}

/// Runs a test in namespaces of its own, where that is possible.
fn in_namespaces(test: &str, body: impl FnOnce(&Path)) {
    if let Some(folder) = inner(test) {
        pcscd::enter();
        body(&folder);
    } else if pcscd::possible(test) {
        let folder = tempfile::tempdir().unwrap();
        run_inner(test, folder.path(), pcscd::isolated);
    }
}

fn watch() -> (ReaderWatch, Receiver<ReaderEvent>) {
    let (sender, events) = mpsc::channel();
    (ReaderWatch::start(move |event| send(&sender, event)), events)
}

fn send(sender: &Sender<ReaderEvent>, event: ReaderEvent) {
    sender.send(event).unwrap();
}

#[track_caller]
fn next(events: &Receiver<ReaderEvent>) -> ReaderEvent {
    events.recv_timeout(PATIENCE).unwrap()
}

/// The readers of the first event that fits; those before it are passed over.
#[track_caller]
fn wait_for(
    events: &Receiver<ReaderEvent>,
    fits: impl Fn(&[ReaderState]) -> bool,
) -> Vec<ReaderState> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "no such event");
        match next(events) {
            ReaderEvent::Readers(readers) if fits(&readers) => return readers,
            _ => {}
        }
    }
}

/// Ends a watch that is blocked, which must neither hang nor call its sink again.
fn stop(watch: ReaderWatch, events: &Receiver<ReaderEvent>) {
    let (ends, ended) = mpsc::channel();
    let stopping = thread::spawn(move || {
        watch.stop();
        ends.send(()).unwrap();
    });
    ended.recv_timeout(Duration::from_secs(2)).unwrap();
    stopping.join().unwrap();
    while events.try_recv().is_ok() {}
    assert_eq!(events.recv(), Err(mpsc::RecvError), "the sink is still there");
}

fn names(readers: &[ReaderState]) -> Vec<&str> {
    readers.iter().map(|reader| reader.name.as_str()).collect()
}
