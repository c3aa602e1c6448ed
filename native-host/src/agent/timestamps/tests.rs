use std::{
    net::TcpListener,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use super::*;
use crate::{agent::testing::World, policy::BatchPolicy};

/// An authority that accepts whoever asks, and says nothing; how often it was asked.
fn silent() -> (Authority, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/stamp", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            open.push(stream);
        }
    });
    (Authority { url, anchors: Vec::new(), patience: Duration::from_millis(300) }, asked)
}

fn code(outcome: Result<Vec<u8>, Fault>) -> ErrorCode {
    outcome.unwrap_err().code
}

#[test]
fn an_authority_that_says_nothing_is_asked_once_a_batch() {
    let world = World::new();
    let (authority, asked) = silent();
    let time = TimeBound::of(&BatchPolicy::default());
    let mut stamps = Stamps::new(&world.agent, &authority, &time, Arc::default());
    for document in 0..250_u32 {
        let outcome = stamps.token(&document.to_be_bytes());
        assert_eq!(code(outcome), ErrorCode::TimestampUnavailable);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn nobody_is_asked_for_a_batch_that_is_over() {
    let world = World::new();
    let (authority, asked) = silent();
    let late = TimeBound::of(&BatchPolicy { seconds: 0, ..BatchPolicy::default() });
    late.begin();
    let mut stamps = Stamps::new(&world.agent, &authority, &late, Arc::default());
    assert_eq!(code(stamps.token(b"late")), ErrorCode::Timeout);

    let time = TimeBound::of(&BatchPolicy::default());
    let interrupt = Arc::new(Interrupt::default());
    let mut stamps = Stamps::new(&world.agent, &authority, &time, interrupt.clone());
    interrupt.raise(ErrorCode::Cancelled);
    assert_eq!(code(stamps.token(b"cancelled")), ErrorCode::Cancelled);
    assert_eq!(asked.load(Ordering::SeqCst), 0);

    // What was signed when the user stopped the card is stamped.
    let mut stamps = Stamps::new(&world.agent, &authority, &time, interrupt);
    assert_eq!(code(stamps.token(b"signed")), ErrorCode::TimestampUnavailable);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
