//! What time, cards and agents do to sessions.

use super::*;
use crate::identity::ending::AT_ONCE;

pub(super) async fn a_lapsed_lease_suspends_until_the_card_is_back(world: World) {
    let card = world.card(AMIRA).await;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for _ in 0..3 {
        world.pass(29);
        world.lease(&mut agent).await.unwrap();
        world.assertion(&child).await.unwrap();
    }
    world.pass(30);
    world.assert_invalid(&child).await;
    world.assert_invalid(&agent.ticket).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionSuspended));
    let ticket = world.prove(&mut agent, "ticket", Some(APP)).await;
    assert_eq!(ticket.err(), Some(Refusal::SessionSuspended));
    let lock = world.prove(&mut agent, "lock", None).await;
    assert_eq!(lock.err(), Some(Refusal::SessionSuspended));

    let mut resumed = world.sign_in_again(AMIRA, &card, Some(&agent.id)).await;
    assert_eq!(resumed.id, agent.id);
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::ProofInvalid), "the key is another");
    world.assert_invalid(&agent.ticket).await;
    world.assert_invalid(&child).await;
    let child = world.child(&mut resumed).await;
    assert_eq!(world.get_session(&child, false).await, Ok(AMIRA.into()));

    // With the key of before, its numbers go on.
    world.pass(30);
    let mut same_key = world.sign_in_again(AMIRA, &card, Some(&agent.id)).await;
    assert_eq!(same_key.id, agent.id);
    assert_eq!(world.lease(&mut same_key).await, Err(Refusal::ProofInvalid));
    same_key.sequence = resumed.sequence;
    assert_eq!(world.lease(&mut same_key).await, Ok(()));
}

pub(super) async fn a_locked_session_gives_nothing_until_the_card_is_back(world: World) {
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    world.select_role(&agent.ticket, TOMS_ROLES[1]).await.unwrap();
    let child = world.child(&mut agent).await;
    for _ in 0..2 {
        match world.prove(&mut agent, "lock", None).await {
            Ok(Granted::State(changed)) => assert_eq!(changed.state, SessionState::Locked),
            _ => panic!("not locked"),
        }
    }
    world.assert_invalid(&child).await;
    world.assert_invalid(&agent.ticket).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionLocked));

    // Another card does not bring it back, nor learn of it: that is a session of its own.
    let amira = world.card(AMIRA).await;
    let other = world.sign_in_again(AMIRA, &amira, Some(&agent.id)).await;
    assert_ne!(other.id, agent.id);
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionLocked));

    // Another user's card is in: locked or not, the session waits for its own.
    match world.prove(&mut agent, "suspend", None).await {
        Ok(Granted::State(changed)) => assert_eq!(changed.state, SessionState::Suspended),
        _ => panic!("not suspended"),
    }
    world.assert_invalid(&child).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionSuspended));

    let mut resumed = world.sign_in_again(TOM, &card, Some(&agent.id)).await;
    assert_eq!(resumed.id, agent.id);
    let stored = world.identity.store.session(&agent.id).await.unwrap().unwrap();
    assert_eq!(stored.role.as_deref(), Some(TOMS_ROLES[1]), "the role stays");
    let child = world.child(&mut resumed).await;

    // The card again, in an active session: the user is authenticated anew, and apps stay.
    world.pass(5);
    let active = world.sign_in_again(TOM, &card, Some(&agent.id)).await;
    assert_eq!(active.id, agent.id);
    world.assert_invalid(&resumed.ticket).await;
    assert_eq!(world.get_session(&child, false).await, Ok(TOM.into()));
    let stored = world.identity.store.session(&agent.id).await.unwrap().unwrap();
    assert_eq!(stored.authenticated, world.clock.now());
}

pub(super) async fn idleness_and_age_end_a_session(mut world: World) {
    let card = world.card(AMIRA).await;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for reset in [true, false] {
        // Renewed leases are the agent's doing, not the user's.
        for _ in 0..60 * 60 / 20 - 1 {
            world.pass(20);
            world.lease(&mut agent).await.unwrap();
        }
        world.get_session(&child, reset).await.unwrap();
    }
    world.pass(20);
    world.assert_invalid(&child).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionEnded));

    world.rules().times.max_minutes = 70;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for _ in 0..70 * 60 / 20 - 1 {
        world.pass(20);
        world.lease(&mut agent).await.unwrap();
        world.get_session(&child, true).await.unwrap();
    }
    world.pass(20);
    world.assert_invalid(&child).await;
}

pub(super) async fn time_is_kept_and_logged_once(world: World) {
    let (tom, amira) = (world.card(TOM).await, world.card(AMIRA).await);
    let suspended = world.sign_in(TOM, &tom).await;
    let mut kept = world.sign_in(AMIRA, &amira).await;
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 0);
    world.pass(29);
    world.lease(&mut kept).await.unwrap();
    world.pass(1);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 1);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 0);
    let stored = world.identity.store.session(&suspended.id).await.unwrap().unwrap();
    assert_eq!(stored.state, State::Suspended);
    world.pass(60 * 60);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 2);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 0);
    let log = world.identity.store.audit_after("main", 0, 99).await.unwrap();
    let mut actions: Vec<_> = log.iter().map(|entry| entry.event.action.as_str()).collect();
    actions.sort_unstable();
    actions.retain(|action| !action.starts_with("directory_"));
    assert_eq!(actions, ["idle", "idle", "login", "login", "suspend"]);
}

pub(super) async fn a_night_of_lapsed_sessions_is_settled_at_once(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let one = world.identity.store.session(&agent.id).await.unwrap().unwrap();
    let mut unit = world.identity.store.begin().await.unwrap();
    for number in 0..AT_ONCE {
        let id = format!("{number:032}");
        unit.put_session(&crate::session::Session { id, ..one.clone() }, None).await.unwrap();
    }
    unit.commit().await.unwrap();
    world.pass(12 * 60 * 60);
    let all = AT_ONCE as usize + 1;
    assert_eq!(world.identity.settle_overdue().await.unwrap(), all);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 0);
    assert_eq!(world.identity.store.count_sessions().await.unwrap(), 0);
    let log = world.identity.store.audit_after("main", 0, 9_999).await.unwrap();
    let ended = log.iter().filter(|entry| entry.event.action == "max_time");
    assert_eq!(ended.count(), all);
}

pub(super) async fn a_session_too_many_ends_the_oldest(mut world: World) {
    world.rules().times.per_user = std::num::NonZeroU32::new(2);
    let (tom, amira) = (world.card(TOM).await, world.card(AMIRA).await);
    let other = world.sign_in(AMIRA, &amira).await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(world.sign_in(TOM, &tom).await);
        world.pass(1);
    }
    world.assert_invalid(&sessions[0].ticket).await;
    for agent in [&sessions[1], &sessions[2], &other] {
        assert!(world.get_session(&agent.ticket, false).await.is_ok());
    }
}
