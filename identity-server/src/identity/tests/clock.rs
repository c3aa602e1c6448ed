//! A clock that is set, forwards or back, under a server that runs.

use super::*;

pub(super) async fn a_clock_that_is_set_breaks_nothing_for_good(world: World) {
    // Some time after the revocation lists were made.
    world.pass(60 * 60);
    let card = world.card(AMIRA).await;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    let long = world.card(TOM).await;
    let activated = world.request(AMIRA, &card, &SessionKey::new(7)).await;

    // Back: what was begun goes on, with its numbers.
    world.back(30 * 60);
    world.lease(&mut agent).await.unwrap();
    assert_eq!(world.get_session(&child, true).await, Ok(AMIRA.into()));
    world.assertion(&child).await.unwrap();
    world.validate(&activated).await.unwrap();
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 0);
    world.identity.sweep().await.unwrap();
    let other = world.sign_in(TOM, &long).await;
    assert_eq!(world.get_session(&other.ticket, false).await, Ok(TOM.into()));

    // Forward beyond everything: all is over, and stays so when the clock is right again.
    world.pass(40 * DAY);
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);
    assert!(world.identity.settle_overdue().await.unwrap() >= 3);
    world.back(39 * DAY + 60 * 60);
    world.assert_invalid(&child).await;
    world.assert_invalid(&other.ticket).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionEnded));
    let again = world.sign_in(AMIRA, &card).await;
    assert_eq!(world.get_session(&again.ticket, true).await, Ok(AMIRA.into()));

    let log = world.identity.store.audit_after("main", 0, 100).await.unwrap();
    AuditEntry::verify(None, &log).unwrap();
    assert!(log.is_sorted_by_key(|entry| entry.number));
}

const DAY: u64 = 24 * 60 * 60;
