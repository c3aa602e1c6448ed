//! What is asked for at once is found as if it were asked for alone.

use std::{future::Future, pin::pin, task::Poll};

use super::*;

pub async fn each_of_many_who_ask_at_once_gets_their_own(store: Store) {
    let ids: Vec<String> = (0..40).map(|number| format!("session {number}")).collect();
    for (octet, id) in (0..).zip(&ids) {
        put(&store, &session(id), &ticket(octet, id, None)).await.unwrap();
    }
    // Those from 40 on are nobody's, and each is asked for by several.
    let asking = (0..240_u8).map(|number| {
        let (store, octet) = (store.clone(), number % 60);
        tokio::spawn(async move { (octet, store.session_of(&[octet; 32]).await.unwrap()) })
    });
    for asking in asking.collect::<Vec<_>>() {
        let (octet, found) = asking.await.unwrap();
        let found = found.map(|(ticket, session)| (ticket.hash[0], session.id));
        assert_eq!(found, ids.get(usize::from(octet)).map(|id| (octet, id.clone())));
    }
}

pub async fn one_that_cannot_be_read_harms_nobody_elses(store: Store) {
    for (octet, id) in [(1, "one"), (2, "two")] {
        put(&store, &session(id), &ticket(octet, id, None)).await.unwrap();
    }
    let spoil = "UPDATE session SET state = 'elsewhere' WHERE id = 'two'";
    change!(&store, on => sqlx::query(spoil).execute(on).await.map(drop)).unwrap();
    let asking = (0..60_u8).map(|number| {
        let (store, octet) = (store.clone(), 1 + number % 2);
        tokio::spawn(async move { (octet, store.session_of(&[octet; 32]).await) })
    });
    for asking in asking.collect::<Vec<_>>() {
        match asking.await.unwrap() {
            (1, found) => assert_eq!(found.unwrap().unwrap().1.id, "one"),
            (_, found) => assert!(matches!(found, Err(StoreError::Corrupt("state"))), "{found:?}"),
        }
    }
}

pub async fn who_gives_up_takes_nobody_along(store: Store) {
    put(&store, &session("one"), &ticket(1, "one", None)).await.unwrap();
    for _ in 0..50 {
        let (going, staying) = (store.session_of(&[1; 32]), store.session_of(&[1; 32]));
        {
            let mut going = pin!(going);
            // Once, whatever comes of it.
            std::future::poll_fn(|context| {
                let _ = going.as_mut().poll(context);
                Poll::Ready(())
            })
            .await;
        }
        assert!(staying.await.unwrap().is_some());
    }
}

pub async fn a_change_is_seen_by_whoever_asks_after_it(store: Store) {
    put(&store, &session("one"), &ticket(1, "one", None)).await.unwrap();
    let asks = |store: Store| async move {
        loop {
            if store.session_of(&[1; 32]).await.unwrap().is_none() {
                return;
            }
        }
    };
    let busy: Vec<_> = (0..20).map(|_| tokio::spawn(asks(store.clone()))).collect();
    assert!(store.session_of(&[1; 32]).await.unwrap().is_some());
    assert!(replace(&store, &session("one"), &TicketChange::DropAll).await.unwrap());
    assert_eq!(store.session_of(&[1; 32]).await.unwrap(), None);
    for asking in busy {
        asking.await.unwrap();
    }
}

pub async fn a_closed_database_fails_all_who_ask(store: Store) {
    store.close().await;
    let asking = (0..60).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.session_of(&[1; 32]).await })
    });
    for asking in asking.collect::<Vec<_>>() {
        let found = asking.await.unwrap();
        assert!(matches!(found, Err(StoreError::Database(_))), "{found:?}");
    }
}
