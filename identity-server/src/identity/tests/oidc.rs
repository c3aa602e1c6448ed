//! OpenID Connect on these sessions, at a time that is moved.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    time::Duration,
};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::json;
use wardkey_oidc::{Algorithm, OAuthError, Parameters};
use wardkey_protocol::authorize_api::PROOF_TYPE;
use wardkey_spine::session_service::{NotificationKind, SessionNotification};

use super::*;
use crate::{
    courier::{self, Courier},
    oidc::{Begun, ClientRequest, Finished, Shown, SignInPage},
};

pub(super) async fn a_sign_on_keeps_a_session_from_idling_and_a_refresh_does_not(mut world: World) {
    world.rules().times.lease_seconds = 24 * 60 * 60;
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let provider = world.provider(&[ward()]).await;
    let mut tokens = Value::Null;
    for _ in 0..3 {
        world.pass(40 * 60);
        let code = sign_on(&provider, &agent).await.unwrap();
        tokens = redeem(&provider, &code).await.unwrap();
    }
    let last_activity =
        async || world.identity.store.session(&agent.id).await.unwrap().unwrap().last_activity;
    let signed_on = world.clock.now();
    assert_eq!(last_activity().await, signed_on);
    world.pass(10);
    sign_on(&provider, &agent).await.unwrap();
    assert_eq!(last_activity().await, signed_on, "within the grain, but stored");

    for _ in 0..2 {
        world.pass(25 * 60);
        tokens = refresh(&provider, &tokens).await.unwrap();
    }
    assert_eq!(last_activity().await, signed_on, "a refresh counts as the user's activity");
    world.pass(10 * 60);
    assert_eq!(refresh(&provider, &tokens).await.unwrap_err().error.as_str(), "invalid_grant");
    assert_eq!(sign_on(&provider, &agent).await.unwrap_err().error.as_str(), "access_denied");
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 1);
    let log = world.identity.store.audit_after("main", 0, 99).await.unwrap();
    assert_eq!(log.last().unwrap().event.action, "idle");
}

pub(super) async fn who_relies_on_a_session_is_told_when_its_time_is_over(mut world: World) {
    let (origin, heard) = listener();
    world.rules().relying_parties.insert(Origin::parse(&origin).unwrap());
    world.rules().times.lease_seconds = 24 * 60 * 60;
    world.rules().times.max_minutes = 30;
    let card = world.card(AMIRA).await;
    let short = world.sign_in(AMIRA, &card).await;
    world.rules().times.max_minutes = 600;
    let long = world.sign_in(AMIRA, &card).await;
    let mut client = ward();
    client["development"] = json!(true);
    client["backchannel_logout_uri"] = json!(format!("{origin}/logout"));
    let provider = world.provider(&[client]).await;
    let courier = Courier::new(Arc::clone(&provider), courier::http(&[]).unwrap());
    let courier = tokio::spawn(courier.run());
    for agent in [&short, &long] {
        let (ticket, url) = (same(&agent.ticket), format!("{origin}/notify"));
        let added = world.service(Operation::AddSessionListener { ticket, url }).await;
        assert!(matches!(added, Outcome::ListenerAdded));
        redeem(&provider, &sign_on(&provider, agent).await.unwrap()).await.unwrap();
    }
    for (agent, kind) in
        [(short, NotificationKind::MaxTimeout), (long, NotificationKind::IdleTimeout)]
    {
        world.pass(30 * 60);
        assert_eq!(world.identity.settle_overdue().await.unwrap(), 1);
        let told: Vec<String> = (0..2).map(|_| heard.recv_timeout(TOLD).unwrap()).collect();
        let of_oidc = |body: &&String| body.starts_with("logout_token=");
        let token = told.iter().find(of_oidc).unwrap().trim_start_matches("logout_token=");
        let claims = part(token, 1);
        assert_eq!((&claims["sid"], &claims["aud"]), (&json!(agent.id), &json!("ward")));
        let notified = told.iter().find(|body| !of_oidc(body)).unwrap();
        let notified = SessionNotification::read(notified.as_bytes()).unwrap();
        assert_eq!(notified.kind, kind);
        assert_eq!(notified.session.sid, agent.ticket.expose());
        assert_eq!(notified.at, world.clock.now().millis());
    }
    courier.abort();
    assert!(heard.recv_timeout(Duration::from_millis(100)).is_err(), "told twice");
}

pub(super) async fn the_keys_change_and_what_they_signed_still_holds(world: World) {
    const DAY: u64 = 24 * 60 * 60;
    let provider = world.provider(&[]).await;
    let registry = &provider.registry;
    let sign = |algorithm| {
        let now = world.clock.now().millis() / 1000;
        let token = registry.current().keys.sign(&json!({}), algorithm, "JWT", now).unwrap();
        part(&token, 0)["kid"].as_str().unwrap().to_owned()
    };
    let published = || {
        let keys = provider.keys();
        let keys = keys["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let after = async |seconds| {
        world.pass(seconds);
        registry.rotate(world.clock.now()).await.unwrap();
        registry.refresh().await.unwrap();
        published()
    };
    let kinds = [Algorithm::Es256, Algorithm::Rs256];
    let first = published();
    assert_eq!(BTreeSet::from(kinds.map(sign)), first, "the first sign at once");
    assert_eq!(after(30 * DAY - 1).await, first, "they changed too soon");
    let both = after(1).await;
    assert!(both.len() == 4 && first.is_subset(&both), "{both:?}");
    assert_eq!(after(DAY - 1).await, both, "one change made several keys");
    assert_eq!(BTreeSet::from(kinds.map(sign)), first, "a key signs before everybody has seen it");
    assert_eq!(after(1).await, both);
    let second: BTreeSet<String> = both.difference(&first).cloned().collect();
    assert_eq!(BTreeSet::from(kinds.map(sign)), second);
    // What the first signed lasts no longer than a session.
    assert_eq!(after(4 * DAY).await, both, "a key went while what it signed may count");
    assert_eq!(after(1).await, second, "a key that is over is published on");
    assert_eq!(BTreeSet::from(kinds.map(sign)), second);
    // Another node, with the keys of this one.
    assert_eq!(world.provider(&[]).await.keys(), provider.keys());
}

pub(super) fn ward() -> Value {
    json!({
        "id": "ward", "name": "Meadow Ward", "profile": "cis2", "redirect_uris": [CALLBACK],
        "authentication": {
            "method": "client_secret_post", "secret_sha256": wardkey_oidc::secret_hash(SECRET),
        },
        "scopes": ["openid", "profile", "nationalrbacaccess"],
    })
}

/// The sign-in page that a client's user gets.
pub(super) async fn page(provider: &Provider) -> SignInPage {
    let query = format!(
        "client_id=ward&response_type=code&redirect_uri={CALLBACK}&scope=openid&state=s1\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    match provider.authorize(&Parameters::read(&query).unwrap()).await.unwrap() {
        Begun::Page(page) => *page,
        other => panic!("{other:?}"),
    }
}

/// What the session's key signs for a sign-in page.
pub(super) fn proof(agent: &Agent, page: &SignInPage) -> String {
    let header = json!({ "alg": "ES256", "typ": PROOF_TYPE, "kid": agent.id });
    let claims = json!({
        "aud": SERVER, "seq": agent.sequence + 1,
        "transaction": page.transaction, "client_id": "ward",
    });
    agent.key.prove(&header.to_string(), &claims.to_string())
}

/// The code for a sign-on with the agent's proof.
pub(super) async fn sign_on(provider: &Provider, agent: &Agent) -> Result<String, OAuthError> {
    let page = page(provider).await;
    let proof = proof(agent, &page);
    let shown = Shown::Proof(&proof);
    match refusal_only(provider.finish(&page.transaction, &page.cookie, shown).await)? {
        Finished::Answer(answer) => {
            let code = answer.parameters.into_iter().find(|(name, _)| *name == "code");
            Ok(code.unwrap().1)
        }
        other => panic!("{other:?}"),
    }
}

pub(super) async fn redeem(provider: &Provider, code: &str) -> Result<Value, OAuthError> {
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}"
    );
    tokens(provider, &form).await
}

async fn refresh(provider: &Provider, tokens: &Value) -> Result<Value, OAuthError> {
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    self::tokens(provider, &form).await
}

async fn tokens(provider: &Provider, form: &str) -> Result<Value, OAuthError> {
    let form = format!("client_id=ward&client_secret={SECRET}&{form}");
    let parameters = &Parameters::read(&form).unwrap();
    let path = "/access_token";
    let request = ClientRequest { authorization: None, dpop: None, parameters, path };
    let given = refusal_only(provider.token(&request).await)?;
    Ok(serde_json::to_value(given).unwrap())
}

/// The header (0) or the claims (1) of a token, which are not verified.
fn part(token: &str, part: usize) -> Value {
    let part = token.split('.').nth(part).unwrap();
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap()
}

/// An app's server: its origin, and the bodies that are posted to it.
fn listener() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let (sender, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Nobody waits when the test is over.
            let _ = sender.send(hear(stream.unwrap()));
        }
    });
    (origin, heard)
}

fn hear(mut stream: TcpStream) -> String {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    String::from_utf8(body).unwrap()
}

const TOLD: Duration = Duration::from_secs(20);
const CALLBACK: &str = "https://ward.example/callback";
const SECRET: &str = "secret";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
