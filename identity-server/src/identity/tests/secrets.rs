//! What the database's file says to somebody who has it.

use std::path::PathBuf;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::{oidc::*, *};

#[tokio::test(flavor = "multi_thread")]
async fn tickets_codes_and_tokens_are_in_the_database_as_hashes_only() {
    let folder = testing::copy();
    let path = folder.path().to_owned();
    let store = Store::open(&Database::File(path.join("wardkey.db")), "main").await.unwrap();
    let world = World::new(store.clone(), folder).await;
    let card = world.card(AMIRA).await;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for ticket in [&agent.ticket, &child] {
        let url = format!("{APP}/notify");
        let added = Operation::AddSessionListener { ticket: same(ticket), url };
        assert!(matches!(world.service(added).await, Outcome::ListenerAdded));
    }
    let provider = world.provider(&[ward()]).await;
    let used = sign_on(&provider, &agent).await.unwrap();
    let tokens = redeem(&provider, &used).await.unwrap();
    let code = sign_on(&provider, &agent).await.unwrap();
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();

    let mut secrets = vec![];
    for (name, ticket) in [("ticket", &agent.ticket), ("child ticket", &child)] {
        let text = ticket.expose();
        let octets = Base64::decode_vec(text.split_once('@').unwrap().0).unwrap();
        let random = octets[octets.len() - Ticket::RANDOM_LENGTH..].to_vec();
        secrets.push((name, text.to_owned(), random));
    }
    for (name, text) in [
        ("code", code),
        ("used code", used),
        ("access token", token("access_token")),
        ("refresh token", token("refresh_token")),
    ] {
        let random = Base64UrlUnpadded::decode_vec(&text).unwrap();
        assert_eq!(random.len(), 32, "{name}");
        secrets.push((name, text, random));
    }
    let read = || {
        let files = path.read_dir().unwrap().map(|entry| entry.unwrap().path());
        let of_the_database =
            |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().starts_with("wardkey.db");
        let files = files.filter(of_the_database);
        files.map(|file| (latin(&std::fs::read(&file).unwrap()), file)).collect::<Vec<_>>()
    };
    let in_use = read();
    assert!(in_use.iter().any(|(text, file)| file.ends_with("wardkey.db-wal") && !text.is_empty()));
    // The end is told to those who listen, with the ticket that they know the session by.
    world.logout(&agent.ticket, AMIRA).await.unwrap();
    let over = read();
    store.close().await;
    let closed = read();
    for (name, secret, random) in secrets {
        let hash = latin(&Sha256::digest(&secret));
        assert!(in_use.iter().any(|(text, _)| text.contains(&hash)), "where is the {name}?");
        for (text, file) in in_use.iter().chain(&over).chain(&closed) {
            assert!(!text.contains(&secret), "the {name} is in {file:?}");
            assert!(!text.contains(&latin(&random)), "the {name}'s octets are in {file:?}");
        }
    }
}

/// Octets as text, one character for each, to be searched quickly.
fn latin(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}
