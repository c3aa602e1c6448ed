//! Who asks with a ticket or token that does not work learns nothing of why: for each endpoint the
//! answer is the same, and so is what the database is asked for it, whether nobody ever had such a
//! ticket or its session ended, was idle, is locked or is suspended.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "each of these tests has use for another part")]
mod support;

use std::{
    fmt::{Debug, Write as _},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use support::{
    agent::{APP, Reply, World, device},
    card::{SessionKey, claims, proof_header},
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
};
use wardkey_identity::oidc::{Grant, StoredToken, Terms, TokenKind};
use wardkey_spine::{
    LogSessionId, LogoutRequest, Message as _, Ticket, UserId, role_assertion_path,
    role_selection_path,
    session_service::{Operation, SessionRequest},
};

const AMIRA: &str = "555000000101";
const ROLE: &str = "555900000101";

type Ask = fn(&World, &Ticket) -> Reply;

#[test]
fn a_ticket_that_does_not_work_is_answered_as_one_that_nobody_had() {
    let _turn = listen();
    let world = World::start();
    let card = world.card(AMIRA);
    let ended = world.sign_in(AMIRA, &card);
    assert_eq!(logout(&world, &ended.ticket).status, 200);
    let idle = world.sign_in(AMIRA, &card);
    world.pass(61 * 60);
    let mut locked = world.sign_in(AMIRA, &card);
    assert_eq!(world.prove(&mut locked, "lock", None).status, 200);
    let suspended = world.sign_in(AMIRA, &card);
    world.pass(31);
    settled();
    let unknown = Ticket::generate(&[1; Ticket::RANDOM_LENGTH]);
    let over = [("ended", &ended.ticket), ("idle", &idle.ticket)];
    let resting = [("locked", &locked.ticket), ("suspended", &suspended.ticket)];

    let asks: [(&str, Ask); 7] = [
        ("GetSession", |world, ticket| {
            service(world, Operation::GetSession { ticket: same(ticket), reset: false })
        }),
        ("GetSession with reset", |world, ticket| {
            service(world, Operation::GetSession { ticket: same(ticket), reset: true })
        }),
        ("GetValidSessions", |world, ticket| {
            service(world, Operation::GetValidSessions { ticket: same(ticket), pattern: None })
        }),
        ("AddSessionListener", |world, ticket| {
            let url = format!("{APP}/notify");
            service(world, Operation::AddSessionListener { ticket: same(ticket), url })
        }),
        ("DestroySession", |world, ticket| {
            let target = Ticket::generate(&[2; Ticket::RANDOM_LENGTH]);
            service(world, Operation::DestroySession { ticket: same(ticket), target })
        }),
        ("RoleAssertion", |world, ticket| world.get(&role_assertion_path(ticket))),
        ("role selection", |world, ticket| world.get(&role_selection_path(ticket, ROLE))),
    ];
    for (name, ask) in asks {
        let nobodys = observed(&world, ask, &unknown);
        assert_eq!(nobodys.1.len(), 1, "{name}: {nobodys:?}");
        for (state, ticket) in over.iter().chain(&resting) {
            assert_eq!(observed(&world, ask, ticket), nobodys, "{name}, {state}");
        }
    }
    // A locked or suspended session may still be ended: the card is out, and the user leaves.
    let asks: [(&str, Ask); 2] = [
        ("Logout", |world, ticket| service(world, Operation::Logout { ticket: same(ticket) })),
        ("authlogout", logout),
    ];
    for (name, ask) in asks {
        let nobodys = observed(&world, ask, &unknown);
        assert_eq!(nobodys.1.len(), 1, "{name}: {nobodys:?}");
        for (state, ticket) in over {
            assert_eq!(observed(&world, ask, ticket), nobodys, "{name}, {state}");
        }
    }
    // Of a session's key the same: who has it not learns nothing of the session's name.
    let stranger = SessionKey::new(9);
    let asked = |id: &str| {
        let proof = stranger.prove(&proof_header(id), &claims(&world.address, 9, "lease", None));
        world.post("/wardkey/session", &proof)
    };
    let nobodys = told(&asked("0123456789abcdef0123456789abcdef"), "");
    for session in [&ended.id, &idle.id, &locked.id, &suspended.id] {
        assert_eq!(told(&asked(session), ""), nobodys);
    }
}

#[test]
fn a_token_that_does_not_work_is_answered_as_one_that_nobody_had() {
    let _turn = listen();
    let world = World::start();
    let card = world.card(AMIRA);
    let ended = world.sign_in(AMIRA, &card);
    assert_eq!(logout(&world, &ended.ticket).status, 200);
    let suspended = world.sign_in(AMIRA, &card);
    world.pass(31);
    settled();
    let mut active = world.sign_in(AMIRA, &card);
    let now = world.now();
    let sessions = [("ended", &ended.id), ("suspended", &suspended.id), ("of now", &active.id)];
    world.in_store(async |store| {
        let mut unit = store.begin().await.unwrap();
        for id in ["ward", "other"] {
            unit.put_client(id, &client(id)).await.unwrap();
        }
        for (number, (name, session)) in (0_u8..).zip(sessions) {
            for client in ["ward", "other"] {
                let grant = Grant {
                    id: format!("{name} {client}"),
                    session: session.clone(),
                    client: client.to_owned(),
                    terms: Terms {
                        acr: "AAL3_SMARTCARD".to_owned(),
                        role: Some(ROLE.to_owned()),
                        scope: "openid".to_owned(),
                        ..Terms::default()
                    },
                    made: now,
                    revoked: None,
                };
                let code = Sha256::digest([number, client.as_bytes()[0]]).into();
                unit.put_grant(&grant, &code, now).await.unwrap();
                for (kind, expires) in [
                    (TokenKind::Access, now.plus(Duration::from_secs(600))),
                    (TokenKind::Refresh, now.plus(Duration::from_secs(600))),
                    (TokenKind::Access, now),
                    (TokenKind::Refresh, now),
                ] {
                    let text = token(name, client, kind, expires == now);
                    let token = StoredToken {
                        hash: Sha256::digest(text).into(),
                        kind,
                        grant: grant.id.clone(),
                        client: client.to_owned(),
                        scope: "openid".to_owned(),
                        confirmation: None,
                        issued: now,
                        expires,
                        replaced: None,
                    };
                    unit.put_token(&token).await.unwrap();
                }
            }
        }
        unit.commit().await.unwrap();
    });
    settled();
    assert_eq!(world.prove(&mut active, "lease", None).status, 200);

    let introspect = |shown: &str| world.post_form("/oidc/introspect", &form("token", shown));
    let userinfo =
        |shown: &str| world.get_with("/oidc/userinfo", "authorization", &format!("Bearer {shown}"));
    let refresh = |shown: &str| {
        let more = format!("{}&grant_type=refresh_token", form("refresh_token", shown));
        world.post_form("/oidc/access_token", &more)
    };
    // What works, to see that the others are refused for what they are.
    let (access, refreshing) = (TokenKind::Access, TokenKind::Refresh);
    assert!(introspect(&token("of now", "ward", access, false)).body.contains("\"active\":true"));
    assert_eq!(userinfo(&token("of now", "ward", access, false)).status, 200);

    for (name, ask, kind, strangers) in [
        ("introspection", &introspect as &dyn Fn(&str) -> Reply, access, true),
        ("userinfo", &userinfo as &dyn Fn(&str) -> Reply, access, false),
        ("refresh", &refresh as &dyn Fn(&str) -> Reply, refreshing, true),
    ] {
        let nobodys = observed_token(ask, "nobodys-token-that-was-never-given");
        assert_eq!(nobodys.1.len(), 1, "{name}: {nobodys:?}");
        let mut others = vec![
            token("ended", "ward", kind, false),
            token("suspended", "ward", kind, false),
            token("of now", "ward", kind, true),
        ];
        if strangers {
            others.push(token("of now", "other", kind, false));
        }
        for other in others {
            assert_eq!(observed_token(ask, &other), nobodys, "{name}, {other}");
        }
    }
    assert_eq!(refresh(&token("of now", "ward", refreshing, false)).status, 200);
}

/// The answer, without what differs by itself, and what the database was asked.
fn observed(world: &World, ask: Ask, ticket: &Ticket) -> (String, Vec<String>) {
    asked();
    let reply = ask(world, ticket);
    std::thread::sleep(LOGGED);
    (told(&reply, ticket.expose()), asked())
}

fn observed_token(ask: &dyn Fn(&str) -> Reply, shown: &str) -> (String, Vec<String>) {
    asked();
    let reply = ask(shown);
    std::thread::sleep(LOGGED);
    (told(&reply, shown), asked())
}

fn told(reply: &Reply, secret: &str) -> String {
    let mut text = format!("{reply:?}");
    if !secret.is_empty() {
        assert!(!text.contains(secret), "{text}");
    }
    for name in ["ResponseID=\\\"", "IssueInstant=\\\""] {
        if let Some(at) = text.find(name).map(|at| at + name.len()) {
            let end = at + text[at..].find("\\\"").unwrap();
            text.replace_range(at..end, "");
        }
    }
    text
}

fn service(world: &World, operation: Operation) -> Reply {
    let request = SessionRequest { set_id: 1, request_id: 0, operation };
    world.post("/amserver/sessionservice", &request.write().unwrap())
}

fn logout(world: &World, ticket: &Ticket) -> Reply {
    let body = LogoutRequest {
        sso_ticket: same(ticket),
        log_session_id: LogSessionId::parse("AbCdEfGhIj").unwrap(),
        device_id: device(),
        uid: UserId::parse(AMIRA).unwrap(),
    };
    world.post("/login/authlogout", &body.write().unwrap())
}

fn same(ticket: &Ticket) -> Ticket {
    Ticket::parse(ticket.expose()).unwrap()
}

fn client(id: &str) -> String {
    let secret: String = Sha256::digest("secret").iter().map(|o| format!("{o:02x}")).collect();
    serde_json::json!({
        "id": id, "name": id, "profile": "cis2", "redirect_uris": ["https://ward.example/"],
        "authentication": { "method": "client_secret_post", "secret_sha256": secret },
        "scopes": ["openid"],
    })
    .to_string()
}

fn token(session: &str, client: &str, kind: TokenKind, expired: bool) -> String {
    format!("{session}-{client}-{}-{expired}", kind.as_str()).replace(' ', "-")
}

fn form(name: &str, value: &str) -> String {
    format!("client_id=ward&client_secret=secret&{name}={value}")
}

/// The server looks each second for what is overdue or changed.
fn settled() {
    std::thread::sleep(Duration::from_millis(2200));
}

static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn statements() -> MutexGuard<'static, Vec<String>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the database was asked about tickets, tokens and sessions since this was called last.
fn asked() -> Vec<String> {
    std::mem::take(&mut *statements())
}

/// One test at a time: what the database is asked is heard of the whole process.
fn listen() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let turn = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    // The second test finds the first one's.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(Statements));
    turn
}

/// Hears what SQLx says of each statement.
struct Statements;

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        let of_requests = ["FROM ticket JOIN", "FROM token JOIN", "FROM session WHERE id"];
        if of_requests.iter().any(|text| said.0.contains(text)) {
            statements().push(said.0);
        }
    }
}

#[derive(Default)]
struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if ["summary", "db.statement"].contains(&field.name()) {
            // Writing to a string does not fail.
            let _ = write!(self.0, "{value:?} ");
        }
    }
}

/// A statement is heard of when it is done with, a moment after its answer.
const LOGGED: Duration = Duration::from_millis(60);
