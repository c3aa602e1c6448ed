//! The same tests for every database.

mod gathered;
mod upgrade;

use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    AuditEntry, AuditEvent, Timestamp,
    session::{Authenticator, Session, State, StoredChallenge, StoredTicket},
};
use gathered::{
    a_change_is_seen_by_whoever_asks_after_it, a_closed_database_fails_all_who_ask,
    each_of_many_who_ask_at_once_gets_their_own, one_that_cannot_be_read_harms_nobody_elses,
    who_gives_up_takes_nobody_along,
};

macro_rules! for_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let file = super::Database::File(folder.path().join("test.db"));
                let store = super::Store::open(&file, "main").await.unwrap();
                super::$name(store.clone()).await;
                store.close().await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(address) = crate::postgres_server::database(stringify!($name)) else { return };
                let server = super::Database::Postgres(address);
                let store = super::Store::open(&server, "main").await.unwrap();
                super::$name(store.clone()).await;
                store.close().await;
            })*
        }
    };
}

for_each_database!(
    a_challenge_is_taken_once,
    a_certificate_belongs_to_one_user,
    a_session_is_found_by_id_and_by_ticket,
    a_change_of_an_older_revision_is_refused_whole,
    tickets_change_with_their_session,
    what_is_not_committed_did_not_happen,
    sessions_are_listed_and_counted,
    active_sessions_of_a_pattern_are_found_among_many,
    overdue_sessions_are_found,
    sweeping_forgets_what_is_over,
    the_audit_log_is_one_chain_however_many_append,
    the_database_itself_refuses_to_change_the_audit_log,
    a_change_is_seen_by_whoever_asks_after_it,
    a_closed_database_fails_all_who_ask,
    each_of_many_who_ask_at_once_gets_their_own,
    one_that_cannot_be_read_harms_nobody_elses,
    who_gives_up_takes_nobody_along,
);

const NOW: Timestamp = Timestamp::from_millis(1_795_468_800_123);

fn session(id: &str) -> Session {
    Session {
        id: id.into(),
        revision: 0,
        state: State::Active,
        uid: "555000000101".into(),
        authenticator: Authenticator::Card,
        credential: [7; 32],
        role: None,
        session_key: vec![1, 2, 3],
        last_sequence: 0,
        created: NOW,
        authenticated: NOW,
        last_activity: NOW,
        max_expires: NOW.plus(Duration::from_secs(600)),
        idle: Duration::from_secs(60),
        lease_expires: NOW.plus(Duration::from_secs(30)),
    }
}

fn ticket(octet: u8, session: &str, relying_party: Option<&str>) -> StoredTicket {
    StoredTicket {
        hash: [octet; 32],
        session: session.into(),
        relying_party: relying_party.map(Into::into),
        issued: NOW,
    }
}

async fn put(store: &Store, session: &Session, ticket: &StoredTicket) -> Result<(), StoreError> {
    let mut unit = store.begin().await?;
    unit.put_session(session, Some(ticket)).await?;
    unit.commit().await
}

async fn replace(
    store: &Store,
    session: &Session,
    change: &TicketChange,
) -> Result<bool, StoreError> {
    let mut unit = store.begin().await?;
    let replaced = unit.replace_session(session, change).await?;
    unit.commit().await?;
    Ok(replaced)
}

async fn a_challenge_is_taken_once(store: Store) {
    let challenge = StoredChallenge {
        hash: [1; 32],
        signature: [2; 32],
        transaction: "AbCdEfGhIj".into(),
        expires: NOW,
    };
    store.put_challenge(&challenge).await.unwrap();
    assert!(matches!(store.put_challenge(&challenge).await, Err(StoreError::Duplicate)));
    let store = Arc::new(store);
    let takers: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.take_challenge(&[1; 32]).await.unwrap() })
        })
        .collect();
    let mut taken = Vec::new();
    for taker in takers {
        taken.extend(taker.await.unwrap());
    }
    assert_eq!(taken, [challenge]);
    assert_eq!(store.take_challenge(&[9; 32]).await.unwrap(), None);
    store.ping().await.unwrap();
}

async fn a_certificate_belongs_to_one_user(store: Store) {
    let (amira, tom) = ("555000000101", "555000000102");
    assert!(!store.is_registered(amira, &[1; 32]).await.unwrap());
    assert!(store.register_certificate(amira, &[1; 32], NOW).await.unwrap());
    assert!(store.register_certificate(amira, &[1; 32], NOW).await.unwrap());
    assert!(!store.register_certificate(tom, &[1; 32], NOW).await.unwrap());
    assert!(store.is_registered(amira, &[1; 32]).await.unwrap());
    assert!(!store.is_registered(tom, &[1; 32]).await.unwrap());
}

async fn a_session_is_found_by_id_and_by_ticket(store: Store) {
    let session = Session { role: Some("555900000101".into()), ..session("one") };
    put(&store, &session, &ticket(1, "one", None)).await.unwrap();
    assert_eq!(store.session("one").await.unwrap().as_ref(), Some(&session));
    assert_eq!(store.session("two").await.unwrap(), None);
    let found = store.session_of(&[1; 32]).await.unwrap();
    assert_eq!(found, Some((ticket(1, "one", None), session.clone())));
    assert_eq!(store.session_of(&[2; 32]).await.unwrap(), None);
    let again = put(&store, &session, &ticket(2, "one", None)).await;
    assert!(matches!(again, Err(StoreError::Duplicate)));
    assert_eq!(store.session_of(&[2; 32]).await.unwrap(), None);
}

async fn a_change_of_an_older_revision_is_refused_whole(store: Store) {
    put(&store, &session("one"), &ticket(1, "one", None)).await.unwrap();
    let mut first = store.session("one").await.unwrap().unwrap();
    let mut second = first.clone();
    first.last_sequence = 5;
    first.session_key = vec![4];
    assert!(replace(&store, &first, &TicketChange::Keep).await.unwrap());
    second.state = State::Ended;
    assert!(!replace(&store, &second, &TicketChange::DropAll).await.unwrap());
    let stored = store.session("one").await.unwrap().unwrap();
    assert_eq!(stored, Session { revision: first.revision + 1, ..first });
    assert!(store.session_of(&[1; 32]).await.unwrap().is_some());
    assert!(!replace(&store, &session("none"), &TicketChange::Keep).await.unwrap());
}

async fn tickets_change_with_their_session(store: Store) {
    for id in ["one", "two"] {
        let octet = id.as_bytes()[0];
        put(&store, &session(id), &ticket(octet, id, None)).await.unwrap();
    }
    let app = "https://ward.example";
    let child = ticket(9, "one", Some(app));
    let mut revision = 0;
    let mut change = async |change: TicketChange| {
        let session = Session { revision, ..session("one") };
        assert!(replace(&store, &session, &change).await.unwrap());
        revision += 1;
        let mut found = Vec::new();
        for octet in [b'o', 9, 10, b't'] {
            if let Some((ticket, session)) = store.session_of(&[octet; 32]).await.unwrap() {
                assert_eq!(ticket.session, session.id);
                found.push(octet);
            }
        }
        found
    };
    assert_eq!(change(TicketChange::Add(child.clone())).await, [b'o', 9, b't']);
    assert_eq!(change(TicketChange::DropChildren).await, [b'o', b't']);
    assert_eq!(change(TicketChange::Add(child)).await, [b'o', 9, b't']);
    let own = ticket(10, "one", None);
    assert_eq!(change(TicketChange::ReplaceAll(own)).await, [10, b't']);
    assert_eq!(change(TicketChange::DropAll).await, [b't']);
}

async fn sweeping_forgets_what_is_over(store: Store) {
    let challenge = |octet, expires| StoredChallenge {
        hash: [octet; 32],
        signature: [0; 32],
        transaction: "t".into(),
        expires,
    };
    let later = NOW.plus(Duration::from_secs(1));
    store.put_challenge(&challenge(1, NOW)).await.unwrap();
    store.put_challenge(&challenge(2, later)).await.unwrap();
    put(&store, &session("old"), &ticket(1, "old", None)).await.unwrap();
    let newer = Session { max_expires: NOW.plus(Duration::from_secs(601)), ..session("new") };
    put(&store, &newer, &ticket(2, "new", None)).await.unwrap();
    store.sweep(later, NOW.plus(Duration::from_secs(601))).await.unwrap();
    assert_eq!(store.take_challenge(&[1; 32]).await.unwrap(), None);
    assert!(store.take_challenge(&[2; 32]).await.unwrap().is_some());
    assert_eq!(store.session("old").await.unwrap(), None);
    assert_eq!(store.session_of(&[1; 32]).await.unwrap(), None);
    assert!(store.session_of(&[2; 32]).await.unwrap().is_some());
}

async fn the_audit_log_is_one_chain_however_many_append(store: Store) {
    let store = Arc::new(store);
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for _ in 0..5 {
                    let event = AuditEvent {
                        action: format!("writer {writer}"),
                        uid: Some("555000000101".into()),
                        ..AuditEvent::default()
                    };
                    store.audit(NOW, event).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let log = store.audit_after("main", 0, 100).await.unwrap();
    assert_eq!(log.len(), 20);
    AuditEntry::verify(None, &log).unwrap();
    let rest = store.audit_after("main", 15, 3).await.unwrap();
    assert_eq!(rest, log[15..18]);
}

async fn the_database_itself_refuses_to_change_the_audit_log(store: Store) {
    store.audit(NOW, AuditEvent::default()).await.unwrap();
    for sql in ["DELETE FROM audit", "UPDATE audit SET action = 'x'"] {
        let done = change!(store, on => sqlx::query(sql).execute(on).await.map(drop));
        assert!(done.is_err(), "{sql}");
    }
    assert_eq!(store.audit_after("main", 0, 9).await.unwrap().len(), 1);
}

async fn what_is_not_committed_did_not_happen(store: Store) {
    let mut unit = store.begin().await.unwrap();
    unit.put_session(&session("one"), None).await.unwrap();
    unit.audit(NOW, AuditEvent::default()).await.unwrap();
    drop(unit);
    assert_eq!(store.session("one").await.unwrap(), None);
    assert_eq!(store.audit_chains().await.unwrap(), Vec::<String>::new());
}

async fn sessions_are_listed_and_counted(store: Store) {
    for (number, id) in ["one", "two", "three"].iter().enumerate() {
        let created = NOW.plus(Duration::from_secs(number as u64));
        let uid = if *id == "two" { "555000000102" } else { "555000000101" };
        let session = Session { created, uid: uid.into(), ..session(id) };
        put(&store, &session, &ticket(number as u8, id, None)).await.unwrap();
    }
    let ended = Session { state: State::Ended, ..session("ended") };
    put(&store, &ended, &ticket(9, "ended", None)).await.unwrap();
    let ids = |sessions: Vec<Session>| sessions.into_iter().map(|s| s.id).collect::<Vec<_>>();
    assert_eq!(ids(store.sessions(None, 9).await.unwrap()), ["three", "two", "one"]);
    assert_eq!(ids(store.sessions(None, 2).await.unwrap()), ["three", "two"]);
    let of_amira = store.sessions(Some("555000000101"), 9).await.unwrap();
    assert_eq!(ids(of_amira), ["three", "one"]);
    let mut unit = store.begin().await.unwrap();
    let locked = unit.lock_sessions_of("555000000101").await.unwrap();
    assert_eq!(ids(locked), ["one", "three"]);
    unit.commit().await.unwrap();
}

async fn active_sessions_of_a_pattern_are_found_among_many(store: Store) {
    let lasting = |id: &str, uid: &str, age: u64| Session {
        uid: uid.into(),
        created: NOW.minus(Duration::from_secs(age)),
        ..session(id)
    };
    let (amira, odd) = ("555000000101", r"5%_\7");
    let mut unit = store.begin().await.unwrap();
    // The oldest, behind more than any answer tells of.
    unit.put_session(&lasting("amira", amira, 9_000), None).await.unwrap();
    unit.put_session(&lasting("odd", odd, 9_001), None).await.unwrap();
    for number in 0..1_200 {
        let (id, uid) = (format!("other {number:04}"), format!("66600000{number:04}"));
        unit.put_session(&lasting(&id, &uid, number), None).await.unwrap();
    }
    for (id, over) in [
        ("locked", Session { state: State::Locked, ..session("locked") }),
        ("lapsed", Session { lease_expires: NOW, ..session("lapsed") }),
        ("idle", Session { idle: Duration::ZERO, ..session("idle") }),
        ("old", Session { max_expires: NOW, ..session("old") }),
    ] {
        assert!(!over.is_active(NOW), "{id}");
        unit.put_session(&over, None).await.unwrap();
    }
    unit.commit().await.unwrap();
    let found = async |pattern: Option<&str>| {
        let found = store.active_sessions(pattern, NOW, 1_001).await.unwrap();
        found.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(found(None).await.len(), 1_001);
    assert_eq!(found(Some("*")).await, found(None).await);
    for pattern in [amira, "555*", "*101", "5*0*01"] {
        let mut of_amira = found(Some(pattern)).await;
        of_amira.retain(|id| !id.starts_with("other"));
        assert_eq!(of_amira, ["amira"], "{pattern}");
    }
    assert_eq!(found(Some("666*0007")).await, ["other 0007"]);
    for pattern in ["555%", "55500000010_", "555", "55500000010?", "", "'*"] {
        assert_eq!(found(Some(pattern)).await, [""; 0], "{pattern}");
    }
    for pattern in [odd, r"5%*", r"*_\7", r"*\*"] {
        assert_eq!(found(Some(pattern)).await, ["odd"], "{pattern}");
    }
}

async fn overdue_sessions_are_found(store: Store) {
    let far = NOW.plus(Duration::from_secs(90_000));
    let late = |session: Session| Session { max_expires: far, lease_expires: far, ..session };
    let fresh = Session { idle: Duration::from_secs(80_000), ..late(session("fresh")) };
    let lapsed = Session { lease_expires: NOW, ..fresh.clone() };
    let all = [
        fresh.clone(),
        Session { id: "lapsed".into(), ..lapsed.clone() },
        Session { id: "locked".into(), state: State::Locked, ..lapsed },
        Session { id: "idle".into(), ..late(session("idle")) },
        Session { id: "old".into(), max_expires: NOW, ..fresh.clone() },
        Session { id: "over".into(), state: State::Ended, max_expires: NOW, ..fresh },
    ];
    for (number, session) in all.iter().enumerate() {
        put(&store, session, &ticket(number as u8, &session.id, None)).await.unwrap();
    }
    let mut overdue = store.overdue_sessions(NOW.plus(Duration::from_secs(60)), 9).await.unwrap();
    overdue.sort();
    assert_eq!(overdue, ["idle", "lapsed", "old"]);
    assert_eq!(store.overdue_sessions(far, 1).await.unwrap().len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_and_outlives_the_process() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let file = Database::File(path.clone());
    let store = Store::open(&file, "main").await.unwrap();
    put(&store, &session("one"), &ticket(1, "one", None)).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    store.close().await;
    let again = Store::open(&file, "main").await.unwrap();
    assert_eq!(again.session("one").await.unwrap(), Some(session("one")));
    again.close().await;
}

/// Who holds the database makes another log, whole by itself: the time since anybody signed tells,
/// and what the node has kept outside.
#[tokio::test]
async fn verifying_finds_a_log_that_was_made_anew() {
    use crate::audit::{AuditCheckpoint, AuditHead, ChainFault, verify};
    let folder = crate::demo::testing::copy();
    let pem = |file: &str| std::fs::read_to_string(folder.path().join(file)).unwrap();
    let (certificate, key) = (pem("pki/assertion.crt.pem"), pem("pki/assertion.key.pem"));
    let key = crate::AssertionKey::from_pem(&certificate, &key).unwrap();
    let store = Store::open(&Database::File(folder.path().join("audit.db")), "main").await.unwrap();
    let later = NOW.plus(Duration::from_secs(301));
    let fault = async |now: Timestamp, signed: Option<&AuditHead>| {
        let mut reports = verify(&store, key.spki(), now, signed).await.unwrap();
        reports.pop().map(|report| report.fault)
    };
    let by = |uid: &str| AuditEvent { uid: Some(uid.into()), ..AuditEvent::default() };
    for number in 1..=7 {
        let entry = store.audit(NOW, by("555000000101")).await.unwrap();
        if number == 5 {
            let mut checkpoint = AuditCheckpoint::at(&entry, NOW);
            checkpoint.signature = key.sign(&checkpoint.to_be_signed()).unwrap();
            store.put_audit_checkpoint(&checkpoint).await.unwrap();
            AuditHead::at(&entry).keep(&folder.path().join("head.json")).unwrap();
        }
    }
    let signed = AuditHead::read(&folder.path().join("head.json")).unwrap();
    assert_eq!(fault(NOW, signed.as_ref()).await, Some(None));
    let unsigned = Some(Some(ChainFault::Uncovered(6)));
    assert_eq!(fault(later, signed.as_ref()).await, unsigned, "the node signs no more");

    tamper(&store, "DELETE FROM audit").await;
    tamper(&store, "DELETE FROM audit_checkpoint").await;
    assert_eq!(fault(NOW, None).await, None, "nothing is left to tell");
    assert_eq!(fault(NOW, signed.as_ref()).await, Some(Some(ChainFault::Short(5))));
    for _ in 1..=7 {
        store.audit(NOW, by("555000000102")).await.unwrap();
    }
    assert_eq!(fault(NOW, None).await, Some(None), "it follows by itself");
    assert_eq!(fault(later, None).await, Some(Some(ChainFault::Uncovered(1))));
    assert_eq!(fault(NOW, signed.as_ref()).await, Some(Some(ChainFault::Replaced(5))));
    store.close().await;
}

/// Changes the log as somebody would who holds the database, past its guard.
async fn tamper(store: &Store, sql: &'static str) {
    let Pool::Sqlite { writer, .. } = &store.pool else { panic!("only SQLite") };
    for sql in [
        "DROP TRIGGER IF EXISTS audit_keeps_its_entries",
        "DROP TRIGGER IF EXISTS audit_keeps_its_text",
        sql,
    ] {
        sqlx::query(sql).execute(writer).await.unwrap();
    }
}

#[tokio::test]
async fn verifying_finds_edits_gaps_and_a_log_cut_short() {
    use crate::audit::{AuditCheckpoint, ChainFault, verify};
    let folder = crate::demo::testing::copy();
    let pem = |file: &str| std::fs::read_to_string(folder.path().join(file)).unwrap();
    let (certificate, key) = (pem("pki/assertion.crt.pem"), pem("pki/assertion.key.pem"));
    let key = crate::AssertionKey::from_pem(&certificate, &key).unwrap();
    for (sql, fault) in [
        ("UPDATE audit SET uid = '555000000102' WHERE number = 3", Some(ChainFault::Broken(3))),
        ("DELETE FROM audit WHERE number = 2", Some(ChainFault::Broken(3))),
        ("DELETE FROM audit WHERE number > 4", Some(ChainFault::Short(5))),
        ("DELETE FROM audit", Some(ChainFault::Short(5))),
        ("DELETE FROM audit WHERE number = 7", None),
        ("UPDATE audit_checkpoint SET at = at + 1", Some(ChainFault::Unsigned(5))),
        ("UPDATE audit SET hash = zeroblob(32) WHERE number = 7", Some(ChainFault::Broken(7))),
    ] {
        let files = tempfile::tempdir().unwrap();
        let file = Database::File(files.path().join("audit.db"));
        let store = Store::open(&file, "main").await.unwrap();
        for number in 1..=7 {
            let entry = store.audit(NOW, AuditEvent::default()).await.unwrap();
            if number == 5 {
                let mut checkpoint = AuditCheckpoint::at(&entry, NOW);
                checkpoint.signature = key.sign(&checkpoint.to_be_signed()).unwrap();
                store.put_audit_checkpoint(&checkpoint).await.unwrap();
            }
        }
        let whole = verify(&store, key.spki(), NOW, None).await.unwrap();
        assert_eq!((whole[0].entries, whole[0].checkpoints, whole[0].fault), (7, 1, None));
        tamper(&store, sql).await;
        let report = verify(&store, key.spki(), NOW, None).await.unwrap();
        assert_eq!(report[0].fault, fault, "{sql}");
        store.close().await;
    }
}
