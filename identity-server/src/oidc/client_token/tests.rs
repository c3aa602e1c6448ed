use super::*;
use crate::demo::testing::NOW;

fn tokens(name: &str) -> ClientTokens {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrapping.key");
    std::fs::write(&file, name.repeat(32)).unwrap();
    ClientTokens::new(&WrappingKey::read(&file).unwrap())
}

fn token() -> ClientToken {
    let now = NOW.millis() / 1000;
    ClientToken {
        jti: "one".to_owned(),
        client_id: "ward".to_owned(),
        scope: String::new(),
        jkt: None,
        iat: now,
        exp: now + 60,
    }
}

#[test]
fn what_the_server_made_is_read_until_its_time_is_over() {
    let tokens = tokens("a");
    let text = tokens.seal(&token()).unwrap();
    assert_eq!(tokens.open(&text, NOW), Some(token()));
    let minute = std::time::Duration::from_secs(60);
    assert_eq!(tokens.open(&text, NOW.plus(minute)), None);
}

#[test]
fn nothing_else_is_read() {
    let ours = tokens("a");
    let text = ours.seal(&token()).unwrap();
    assert_eq!(tokens("b").open(&text, NOW), None, "another server's");
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(ours.open(&String::from_utf8(changed).unwrap(), NOW), None, "octet {at}");
        assert_eq!(ours.open(&text[..at], NOW), None, "cut at {at}");
    }
}

#[tokio::test]
async fn a_revoked_token_works_on_no_node() {
    let folder = tempfile::tempdir().unwrap();
    let file = crate::store::Database::File(folder.path().join("test.db"));
    let store = Store::open(&file, "main").await.unwrap();
    let (one, other) = (tokens("a"), tokens("a"));
    let text = one.seal(&token()).unwrap();
    one.revoke(&token(), &store).await.unwrap();
    assert_eq!(one.open(&text, NOW), None);
    assert!(other.open(&text, NOW).is_some());
    other.refresh(&store, NOW).await.unwrap();
    assert_eq!(other.open(&text, NOW), None);
    store.close().await;
}
