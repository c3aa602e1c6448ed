use super::*;
use crate::agent::testing::{WARD, World};

#[test]
fn a_call_that_nobody_carries_out_is_answered_all_the_same() {
    let world = World::new();
    let relay = world.relay(WARD);
    world.until("the page is there", |world| !world.agent.every_port().is_empty());
    let port = world.agent.every_port().remove(0);
    let abandoned = Due { port: port.clone(), id: 7, answered: false };
    // As where the system has no thread for it, or its thread panics.
    drop(move || abandoned.answer(Ok(RawValue::NULL.to_owned())));
    let (id, answer) = relay.end();
    assert_eq!((id, &answer["error"]["code"]), (7, &Value::from("internal")), "{answer}");
    Due { port, id: 8, answered: false }.answer(Ok(RawValue::NULL.to_owned()));
    assert_eq!(relay.end().0, 8, "one answer each");
}
