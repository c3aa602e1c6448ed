//! Databases that earlier versions left, with what was in them.

use base64ct::{Base64, Encoding as _};
use sqlx::{
    PgPool, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_an_earlier_version_works_on() {
    for version in VERSIONS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let options = options.synchronous(SqliteSynchronous::Off);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        first(version, &migrations::sqlite()).run(&pool).await.unwrap();
        let pool = Pool::Sqlite { readers: pool.clone(), writer: pool };
        works_on(Store::over(pool, "main"), &Database::File(path), version).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_database_of_an_earlier_version_works_on() {
    for version in VERSIONS {
        let test = "a_postgresql_database_of_an_earlier_version_works_on";
        let Some(address) = crate::postgres_server::database(test) else { return };
        let pool = PgPool::connect(&address).await.unwrap();
        first(version, &migrations::postgres()).run(&pool).await.unwrap();
        let old = Store::over(Pool::Postgres(pool), "main");
        works_on(old, &Database::Postgres(address), version).await;
    }
}

/// The migrations that a version knew.
fn first(version: usize, all: &Migrator) -> Migrator {
    Migrator::with_migrations(all.iter().take(version).cloned().collect())
}

/// Fills the database as its version did, and goes on with it as this one does.
async fn works_on(old: Store, database: &Database, version: usize) {
    let hash = Base64::decode_vec(HASH).unwrap();
    let none: &[u8] = &[];
    for (sql, first, second) in [
        (SESSION, [7; 32].as_slice(), [1, 2, 3].as_slice()),
        (TICKET, [1; 32].as_slice(), none),
        (AUDIT, [0; 32].as_slice(), hash.as_slice()),
    ] {
        let done = change!(old, on => {
            let statement = sqlx::query(sql).bind(first);
            let statement = if second.is_empty() { statement } else { statement.bind(second) };
            statement.execute(on).await.map(drop)
        });
        done.unwrap();
    }
    old.close().await;

    let store = Store::open(database, "main").await.unwrap();
    let found = store.session_of(&[1; 32]).await.unwrap();
    assert_eq!(found, Some((ticket(1, "one", None), session("one"))), "{version}");
    let changed = Session { last_sequence: 5, ..session("one") };
    let child = ticket(9, "one", Some("https://ward.example"));
    assert!(replace(&store, &changed, &TicketChange::Add(child.clone())).await.unwrap());
    let event = AuditEvent { target: Some("555000000102".into()), ..AuditEvent::default() };
    store.audit(NOW, event).await.unwrap();
    let log = store.audit_after("main", 0, 9).await.unwrap();
    assert_eq!((log.len(), log[0].event.session.as_deref()), (2, Some("one")), "{version}");
    AuditEntry::verify(None, &log).unwrap();
    // Tables that the first versions had not.
    let (session, url) = ("one".to_owned(), "https://ward.example/".to_owned());
    let listener = Listener { ticket: child.hash, url, session, wrapped: vec![1] };
    assert!(store.add_listener(&listener, 1).await.unwrap(), "{version}");
    store.put_ceremony("c", "{}", NOW).await.unwrap();
    store.close().await;

    let again = Store::open(database, "main").await.unwrap();
    let expected = Session { revision: 1, ..changed };
    assert_eq!(again.session_of(&[9; 32]).await.unwrap(), Some((child, expected)), "{version}");
    assert_eq!(again.audit_after("main", 0, 9).await.unwrap(), log, "{version}");
    again.close().await;
}

/// By their migrations. The first two make sessions and the audit log; the eleventh is the last one
/// before that log had targets.
const VERSIONS: [usize; 4] = [2, 5, 8, 11];
/// [`session`] of `one`, as it is stored.
const SESSION: &str = "INSERT INTO session (id, revision, state, uid, authenticator, credential, \
    role, session_key, last_sequence, created, authenticated, last_activity, max_expires, idle, \
    lease_expires) VALUES ('one', 0, 'active', '555000000101', 'card', $1, NULL, $2, 0, \
    1795468800123, 1795468800123, 1795468800123, 1795469400123, 60000, 1795468830123)";
const TICKET: &str = "INSERT INTO ticket (hash, session_id, relying_party, issued) \
    VALUES ($1, 'one', NULL, 1795468800123)";
const AUDIT: &str = "INSERT INTO audit (chain, number, at, action, outcome, uid, role, \
    session_id, certificate, relying_party, previous, hash) VALUES ('main', 1, 1795468800123, \
    'login', 'ok', '555000000101', NULL, 'one', NULL, NULL, $1, $2)";
/// The hash of that entry, which another program made of its fields: the log had no targets then.
const HASH: &str = "cQUxjm6+cvhs08OI6HPnAqYAQ4sU0zaI2ou4C86vo74=";
