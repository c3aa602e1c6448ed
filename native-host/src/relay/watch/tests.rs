use std::sync::{Arc, mpsc};

use super::*;

const TICK: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(10);
/// Longer than an agent is left silent.
const A_WHILE: Duration = TICK.saturating_mul(4 * (BEFORE_ASKING + BEFORE_GIVING_UP));

/// A watch, what it asks, and its end.
fn watched() -> (Arc<Watch>, mpsc::Receiver<()>, mpsc::Receiver<()>) {
    let watch = Arc::new(Watch::new(TICK));
    let (asks, asked) = mpsc::channel();
    let (ends, ended) = mpsc::channel();
    let watching = watch.clone();
    thread::spawn(move || {
        watching.until_silent(|| asks.send(()).unwrap());
        let _ = ends.send(());
    });
    (watch, asked, ended)
}

#[test]
fn an_agent_that_says_nothing_is_asked_and_given_up() {
    let (watch, asked, ended) = watched();
    watch.sends();
    asked.recv_timeout(LONG).unwrap();
    ended.recv_timeout(LONG).unwrap();
}

#[test]
fn nobody_is_asked_while_nothing_is_under_way() {
    let (watch, asked, ended) = watched();
    assert!(asked.recv_timeout(A_WHILE).is_err());
    watch.sends();
    asked.recv_timeout(LONG).unwrap();
    assert!(!watch.hears(Pulse::Idle.frame()), "it is not for the browser");
    assert!(asked.recv_timeout(A_WHILE).is_err(), "asked again");
    assert!(ended.try_recv().is_err());
}

#[test]
fn an_agent_at_work_is_asked_again_and_again() {
    let (watch, asked, ended) = watched();
    watch.sends();
    for _ in 0..3 {
        asked.recv_timeout(LONG).unwrap();
        assert!(!watch.hears(Pulse::Busy.frame()));
    }
    asked.recv_timeout(LONG).unwrap();
    // A word of anything else will do.
    assert!(watch.hears(b"{}"));
    asked.recv_timeout(LONG).unwrap();
    ended.recv_timeout(LONG).unwrap();
}

#[test]
fn what_was_sent_after_the_question_may_be_under_way() {
    let (watch, asked, ended) = watched();
    watch.sends();
    asked.recv_timeout(LONG).unwrap();
    watch.sends();
    watch.hears(Pulse::Idle.frame());
    asked.recv_timeout(LONG).unwrap();
    ended.recv_timeout(LONG).unwrap();
}

#[test]
fn an_answer_that_comes_at_once_counts() {
    let watch = Arc::new(Watch::new(TICK));
    let (ends, ended) = mpsc::channel();
    let watching = watch.clone();
    thread::spawn(move || {
        watching.until_silent(|| {
            let _ = watching.hears(Pulse::Busy.frame());
        });
        let _ = ends.send(());
    });
    watch.sends();
    assert!(ended.recv_timeout(A_WHILE).is_err(), "it was given up");
}
