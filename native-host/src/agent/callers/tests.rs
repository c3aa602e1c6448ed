use std::{panic, sync::mpsc, thread, time::Instant};

use super::*;
use crate::agent::{dialogs::Act, testing::World};

const LONG: Duration = Duration::from_secs(20);

#[test]
fn whoever_came_and_went_between_two_looks_has_been_there() {
    let callers = Arc::<Callers>::default();
    let before = callers.wait_for_none();
    assert!(!callers.wait_for_any(before, Duration::ZERO));
    drop(callers.come());
    assert!(callers.wait_for_any(before, LONG));
    let after = callers.wait_for_none();
    assert!(!callers.wait_for_any(after, Duration::from_millis(20)));
}

#[test]
fn a_caller_whose_thread_panics_has_gone() {
    let callers = Arc::<Callers>::default();
    let present = callers.come();
    let serving = thread::spawn(move || {
        let _present = present;
        panic::resume_unwind(Box::new("a mistake"));
    });
    assert!(serving.join().is_err());
    let (sender, none) = mpsc::channel();
    thread::spawn(move || sender.send(callers.wait_for_none()));
    assert!(none.recv_timeout(LONG).is_ok(), "it is there for ever");
}

#[test]
fn an_agent_with_an_open_dialog_stays() {
    let world = World::new();
    let interrupt = Arc::default();
    let dialog = world.agent.dialogs.begin_for(&interrupt, None, None, Act::SignIn, "").unwrap();
    let (sender, gone) = mpsc::channel();
    let (agent, limit) = (world.agent.clone(), Duration::from_millis(100));
    thread::spawn(move || {
        let since = agent.callers.wait_for_none();
        sender.send((agent.stays_alone(since, limit), Instant::now()))
    });
    assert!(gone.recv_timeout(Duration::from_millis(500)).is_err(), "it went");
    let closed = Instant::now();
    drop(dialog);
    let (stays_alone, at) = gone.recv_timeout(LONG).unwrap();
    assert!(stays_alone && at >= closed);
}
