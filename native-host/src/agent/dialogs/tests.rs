use std::{
    sync::{Mutex, mpsc},
    thread,
    time::Instant,
};

use serde_json::json;

use super::*;
use crate::agent::testing::{SoftRelay, User, WARD, World};

fn sign_in(relay: &mut SoftRelay, id: u32) {
    relay.post(&json!({"v": 1, "id": id, "command": "sign_in", "args": {}}));
}

#[test]
fn what_a_page_gives_up_is_not_in_the_way_of_its_next_call() {
    let world = World::new();
    let mut relay = world.relay(WARD);
    let (asks, asked) = mpsc::channel();
    let (goes, gone) = mpsc::channel::<()>();
    world.user().meanwhile = Some(Box::new(move || {
        asks.send(()).unwrap();
        // The window takes its time to go.
        gone.recv().unwrap();
    }));
    sign_in(&mut relay, 1);
    asked.recv_timeout(PATIENCE).unwrap();
    relay.post(&json!({"cancel": 1}));
    sign_in(&mut relay, 2);
    thread::sleep(Duration::from_millis(100));
    goes.send(()).unwrap();
    let mut ends = [relay.end(), relay.end()];
    ends.sort_by_key(|(id, _)| *id);
    let [(_, first), (_, second)] = ends;
    assert_eq!(first["error"]["code"], "cancelled");
    assert!(second["ok"]["ticket"].is_string(), "{second}");
    assert_eq!(world.user().windows, 2);
}

#[test]
fn an_end_that_does_not_come_is_not_waited_for_for_long() {
    let [first, second, third] = [(); 3].map(|()| Arc::<Interrupt>::default());
    let user = Arc::<Mutex<User>>::default();
    let ending = Duration::from_millis(100);
    let turns = Turns::new(RATE_LIMIT, ending);
    let dialogs = Dialogs { turns, ..Dialogs::in_windows(PATIENCE, User::windows(&user)) };
    let begin = |interrupt| {
        let begun = dialogs.begin_for(interrupt, None, None, Act::SignIn, "");
        begun.map_err(|fault| fault.code)
    };
    let open = begin(&first).unwrap();
    let asked = Instant::now();
    // Nobody has told it to end.
    assert_eq!(begin(&second).err(), Some(ErrorCode::Busy));
    assert!(asked.elapsed() < ending);
    first.raise(ErrorCode::CardRemoved);
    assert_eq!(begin(&second).err(), Some(ErrorCode::Busy));
    assert!(asked.elapsed() >= ending);
    // Nor does a call wait that was given up itself.
    third.raise(ErrorCode::Cancelled);
    assert_eq!(begin(&third).err(), Some(ErrorCode::Cancelled));
    drop(open);
    assert!(begin(&second).is_ok());
}

#[test]
fn one_that_is_over_is_waited_for_until_its_window_has_gone() {
    let [first, second, third] = [(); 3].map(|()| Arc::<Interrupt>::default());
    let turns = Turns::new(RATE_LIMIT, PATIENCE);
    let turn = turns.take(&first, None).unwrap();
    assert_eq!(turns.take(&second, None).err().map(|fault| fault.code), Some(ErrorCode::Busy));
    turn.is_over();
    let (goes, gone) = mpsc::channel::<()>();
    let going = thread::spawn(move || {
        gone.recv().unwrap();
        drop(turn);
    });
    thread::scope(|scope| {
        let next = scope.spawn(|| turns.take(&third, None).is_ok());
        thread::sleep(Duration::from_millis(50));
        assert!(!next.is_finished());
        goes.send(()).unwrap();
        assert!(next.join().unwrap());
    });
    going.join().unwrap();
}

const PATIENCE: Duration = Duration::from_secs(20);
