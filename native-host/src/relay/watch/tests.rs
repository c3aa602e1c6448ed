use std::sync::{Arc, mpsc};

use super::*;

/// Whoever answers below has five of them.
const TICK: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(10);
/// Longer than an agent is left silent.
const A_WHILE: Duration = TICK.saturating_mul(2 * (BEFORE_ASKING + BEFORE_GIVING_UP));

/// A watch over an agent that answers questions, what it asks, and its end.
fn watched() -> (Arc<Watch>, mpsc::Receiver<()>, mpsc::Receiver<()>) {
    let watch = Arc::new(Watch::new(TICK));
    assert!(!watch.hears(Pulse::Idle.frame()), "it is not for the browser");
    let (asks, asked) = mpsc::channel();
    let ended = watch_over(&watch, move |watch| {
        watch.asks();
        asks.send(()).unwrap();
    });
    (watch, asked, ended)
}

fn watch_over(watch: &Arc<Watch>, ask: impl Fn(&Watch) + Send + 'static) -> mpsc::Receiver<()> {
    let (ends, ended) = mpsc::channel();
    let watching = watch.clone();
    thread::spawn(move || {
        watching.until_silent(|| ask(&watching));
        let _ = ends.send(());
    });
    ended
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
fn an_agent_of_before_questions_is_asked_none() {
    let watch = Arc::new(Watch::new(TICK));
    let ended = watch_over(&watch, |_| panic!("it was asked"));
    watch.sends();
    assert!(watch.hears(b"{}"));
    watch.told();
    assert!(matches!(ended.recv_timeout(A_WHILE), Err(mpsc::RecvTimeoutError::Timeout)));
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
    watch.told();
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
fn an_answer_to_an_earlier_question_says_nothing_of_what_was_sent_since() {
    let (watch, asked, ended) = watched();
    watch.sends();
    asked.recv_timeout(LONG).unwrap();
    // Something else is heard, and the answer comes late.
    watch.hears(b"{}");
    watch.told();
    watch.sends();
    asked.recv_timeout(LONG).unwrap();
    watch.hears(Pulse::Idle.frame());
    asked.recv_timeout(LONG).unwrap();
    ended.recv_timeout(LONG).unwrap();
}

#[test]
fn an_answer_that_comes_at_once_counts() {
    let watch = Arc::new(Watch::new(TICK));
    watch.hears(Pulse::Idle.frame());
    let ended = watch_over(&watch, |watch| {
        watch.asks();
        watch.hears(Pulse::Busy.frame());
    });
    watch.sends();
    assert!(ended.recv_timeout(A_WHILE).is_err(), "it was given up");
}

#[test]
fn a_browser_that_does_not_read_is_no_silence_of_the_agents() {
    let (watch, _asked, ended) = watched();
    watch.sends();
    assert!(watch.hears(b"{}"));
    assert!(ended.recv_timeout(A_WHILE).is_err(), "it was given up");
    watch.told();
    ended.recv_timeout(LONG).unwrap();
}
