use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tower::ServiceExt as _;

use super::{App, router};
use crate::{
    ambient::Ambient,
    session::Sessions,
    signed_file::{Bounds, PATIENCE},
    testing::{
        Lists, NOW, ORIGIN, Pki, Server, TICKET, USER, assertion_key, card_signs, now, random,
        sign_prescription,
    },
    verification::Verification,
};

/// The app with an Identity Server and distribution points of its own.
struct Ward {
    router: Router,
    server: Arc<Server>,
    cookie: Option<String>,
}

struct Answer {
    status: StatusCode,
    cookie: Option<String>,
    body: Vec<u8>,
}

impl Ward {
    fn new() -> Self {
        Self::with(Server::default(), now)
    }

    fn with(server: Server, now: fn() -> u64) -> Self {
        Self::bounded(server, now, PATIENCE)
    }

    /// One that waits so long for a signed file.
    fn bounded(server: Server, now: fn() -> u64, patience: Duration) -> Self {
        let (server, pki) = (Arc::new(server), Pki::new());
        let (root, authority) = (Pki::pem(&pki.root), Pki::pem(&pki.authority));
        let app = App {
            origin: ORIGIN.to_owned(),
            assertion_key: assertion_key(),
            identity: Box::new(Arc::clone(&server)),
            sessions: Sessions::default(),
            verification: Verification::new(&root, &authority, Lists::default()).unwrap(),
            uploads: Bounds::new(patience),
            ambient: Ambient { now, random },
        };
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("prescriptions");
        Self { router: router(Arc::new(app), &sdk), server, cookie: None }
    }

    async fn signed_in() -> Self {
        let mut ward = Self::new();
        assert_eq!(ward.sign_in().await.status, StatusCode::OK);
        ward
    }

    async fn sign_in(&mut self) -> Answer {
        let answer = self.post("/api/session", json!({ "ticket": TICKET })).await;
        if let Some(cookie) = &answer.cookie {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request, Body::from(body.to_string())).await
    }

    async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        };
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let cookie = answer.headers().get(header::SET_COOKIE);
        Answer {
            status: answer.status(),
            cookie: cookie.map(|cookie| cookie.to_str().unwrap().to_owned()),
            body: to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec(),
        }
    }

    /// Has a prescription signed by this certificate's holder, and the signature stored.
    async fn sign(&self, id: &str, certificate: &[u8]) -> Answer {
        let document = self.post(&format!("/api/prescriptions/{id}/prepare"), json!(null)).await;
        assert_eq!(document.status, StatusCode::OK);
        let signature = Base64::encode_string(&sign_prescription(&document.body, certificate));
        let path = format!("/api/prescriptions/{id}/signature");
        self.post(&path, json!({ "signature": signature })).await
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn refused(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["code"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn a_ticket_becomes_a_session() {
    let mut ward = Ward::new();
    assert_eq!(ward.get("/api/session").await.refused(), (401, "session_ended".to_owned()));
    let answer = ward.sign_in().await;
    let view = answer.json();
    assert_eq!(view["user"], json!({ "id": USER, "name": "Dr Amira Okafor" }));
    assert_eq!(view["role"], "Independent Prescriber");
    assert_eq!(view["organisation"], "MEADOW & BROOK SURGERY");
    assert_eq!(view["roles"][0]["organisationCode"], "A99998");
    let cookie = answer.cookie.unwrap();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict") && !cookie.contains(TICKET));
    assert_eq!(ward.get("/api/session").await.json(), view);
}

#[tokio::test]
async fn an_assertion_for_another_app_or_by_another_key_opens_nothing() {
    let invalid = (502, "server_response_invalid".to_owned());
    let elsewhere = Server { audience: "http://localhost:9999", ..Server::default() };
    let mut ward = Ward::with(elsewhere, now);
    assert_eq!(ward.sign_in().await.refused(), invalid);
    let mut ward = Ward::with(Server { key: 10, ..Server::default() }, now);
    assert_eq!(ward.sign_in().await.refused(), invalid);
    let mut ward = Ward::with(Server::default(), || NOW + 600);
    assert_eq!(ward.sign_in().await.refused(), invalid);
    assert_eq!(ward.get("/api/session").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_without_a_role_is_refused() {
    let server = Server { session_role: "555000000999", ..Server::default() };
    let refused = Ward::with(server, now).sign_in().await.refused();
    assert_eq!(refused, (403, "role_required".to_owned()));
}

#[tokio::test]
async fn tickets_that_open_nothing_are_refused() {
    let ward = Ward::new();
    let other = format!("{}@AAJTSQACMDE=#", "A".repeat(40));
    let answer = ward.post("/api/session", json!({ "ticket": other })).await;
    assert_eq!(answer.refused(), (401, "session_ended".to_owned()));
    let answer = ward.post("/api/session", json!({ "ticket": "short" })).await;
    assert_eq!(answer.refused(), (400, "message_malformed".to_owned()));
    let answer = ward.post("/api/session", json!({ "ticket": TICKET, "role": "chief" })).await;
    assert_eq!(answer.refused(), (400, "message_malformed".to_owned()));
}

/// A clock that goes on four seconds at each look, longer than an answer is relied on.
fn running() -> u64 {
    use std::sync::atomic::AtomicU64;
    static CLOCK: AtomicU64 = AtomicU64::new(NOW);
    CLOCK.fetch_add(4, Ordering::SeqCst).min(NOW + 60)
}

#[tokio::test]
async fn a_session_that_ended_at_the_server_ends_here() {
    let mut ward = Ward::with(Server::default(), running);
    assert_eq!(ward.sign_in().await.status, StatusCode::OK);
    assert_eq!(ward.get("/api/prescriptions").await.status, StatusCode::OK);
    ward.server.reachable.store(false, Ordering::SeqCst);
    let refused = ward.get("/api/prescriptions").await.refused();
    assert_eq!(refused, (503, "server_unreachable".to_owned()));
    ward.server.reachable.store(true, Ordering::SeqCst);
    assert_eq!(ward.get("/api/prescriptions").await.status, StatusCode::OK);
    ward.server.active.store(false, Ordering::SeqCst);
    let ended = (401, "session_ended".to_owned());
    assert_eq!(ward.get("/api/prescriptions/ainsworth").await.refused(), ended);
    // For good: another session of the same user has a cookie of its own.
    ward.server.active.store(true, Ordering::SeqCst);
    assert_eq!(ward.get("/api/session").await.refused(), ended);
}

#[tokio::test]
async fn what_the_user_does_counts_as_activity_and_asking_does_not() {
    let ward = Ward::signed_in().await;
    let activities = || ward.server.activities.load(Ordering::SeqCst);
    let before = activities();
    assert_eq!(ward.get("/api/session").await.status, StatusCode::OK);
    assert_eq!(activities(), before);
    assert_eq!(ward.sign("crowther", &Pki::person(USER)).await.status, StatusCode::OK);
    assert_eq!(activities(), before + 2);
    // And is never done on the server's word of some time ago.
    ward.server.active.store(false, Ordering::SeqCst);
    let refused = ward.post("/api/prescriptions/banerjee/prepare", json!(null)).await.refused();
    assert_eq!(refused, (401, "session_ended".to_owned()));
}

#[tokio::test]
async fn signing_out_forgets_the_session() {
    let ward = Ward::signed_in().await;
    let request = Request::delete("/api/session").header(header::ORIGIN, ORIGIN);
    let answer = ward.send(request, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.cookie.unwrap().contains("Max-Age=0"));
    assert_eq!(ward.get("/api/session").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let ward = Ward::signed_in().await;
    let foreign = (403, "origin_not_admitted".to_owned());
    let from = |origin| Request::delete("/api/session").header(header::ORIGIN, origin);
    assert_eq!(ward.send(from("https://evil.example"), Body::empty()).await.refused(), foreign);
    let unnamed = Request::delete("/api/session");
    assert_eq!(ward.send(unnamed, Body::empty()).await.refused(), foreign);
    assert_eq!(ward.get("/api/session").await.status, StatusCode::OK);
}

#[tokio::test]
async fn three_prescriptions_wait_and_can_be_signed_once() {
    let ward = Ward::signed_in().await;
    let list = ward.get("/api/prescriptions").await.json();
    let ids: Vec<&str> = list["prescriptions"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids, ["ainsworth", "banerjee", "crowther"]);
    assert!(list["prescriptions"].as_array().unwrap().iter().all(|p| p["status"] == "unsigned"));

    for id in ids {
        let finding = ward.sign(id, &Pki::person(USER)).await.json();
        assert_eq!((&finding["status"], &finding["reason"]), (&json!("verified"), &Value::Null));
        let report = &finding["report"];
        assert_eq!(report["signer"]["userId"], USER);
        assert_eq!(report["claimedTime"], "2026-11-23T09:30:00Z");
        assert_eq!(report["checkedAt"], "2026-11-23T09:30:00Z");
        assert!(report["checks"].as_array().unwrap().iter().all(|check| check["passed"] == true));
    }
    let list = ward.get("/api/prescriptions").await.json();
    assert!(list["prescriptions"].as_array().unwrap().iter().all(|p| p["status"] == "verified"));
    let again = ward.post("/api/prescriptions/banerjee/prepare", json!(null)).await;
    assert_eq!(again.refused(), (409, "already_signed".to_owned()));
}

fn id(entry: &Value) -> &str {
    entry["id"].as_str().unwrap()
}

#[tokio::test]
async fn somebody_else_s_signature_fails_and_can_be_made_again() {
    let ward = Ward::signed_in().await;
    let finding = ward.sign("banerjee", &Pki::person("555000000102")).await.json();
    assert_eq!(finding["status"], "failed");
    let list = ward.get("/api/prescriptions").await.json();
    assert_eq!(list["prescriptions"][1]["status"], "failed");
    assert_eq!(ward.sign("banerjee", &Pki::person(USER)).await.json()["status"], "verified");
}

#[tokio::test]
async fn nothing_is_told_without_a_session() {
    let ward = Ward::new();
    for path in ["/api/session", "/api/prescriptions", "/api/prescriptions/ainsworth"] {
        assert_eq!(ward.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/api/prescriptions/ainsworth/prepare", "/api/prescriptions/ainsworth/signature"] {
        let body = json!({ "signature": "AAAA" });
        assert_eq!(ward.post(path, body).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn a_note_is_verified_with_its_certificate() {
    let ward = Ward::signed_in().await;
    let note = |content: &[u8], signed: &[u8], user: &str| {
        json!({
            "content": Base64::encode_string(content),
            "certificate": Base64::encode_string(&Pki::person(user)),
            "signature": Base64::encode_string(&card_signs(signed)),
            "algorithm": "RS256",
        })
    };
    let post = |body| ward.post("/api/documents/raw-signature", body);
    let finding = post(note(b"Slept well.", b"Slept well.", USER)).await.json();
    assert_eq!((&finding["status"], &finding["reason"]), (&json!("verified"), &Value::Null));
    let finding = post(note(b"Slept badly.", b"Slept well.", USER)).await.json();
    assert_eq!(finding["status"], "failed");
    let finding = post(note(b"Slept well.", b"Slept well.", "555000000102")).await.json();
    assert_eq!(finding["status"], "failed");
    let mut unknown = note(b"Slept well.", b"Slept well.", USER);
    unknown["algorithm"] = json!("none");
    assert_eq!(post(unknown).await.json()["status"], "failed");
}

#[tokio::test]
async fn anybody_may_have_a_signed_file_verified() {
    let ward = Ward::signed_in().await;
    let document = ward.post("/api/prescriptions/banerjee/prepare", json!(null)).await.body;
    let signature = sign_prescription(&document, &Pki::person(USER));
    let anybody = Ward::new();
    let post = |media_type: &'static str, body: Vec<u8>| {
        let request = Request::post("/api/verification").header(header::CONTENT_TYPE, media_type);
        anybody.send(request, Body::from(body))
    };
    let (file, beside) = (Base64::encode_string(&signature), Base64::encode_string(&document));
    let json = json!({ "file": file, "document": beside }).to_string();
    let report = post("application/json", json.into_bytes()).await.json();
    assert_eq!((&report["verdict"], &report["format"]), (&json!("valid"), &json!("eps")));
    assert_eq!(report["path"].as_array().unwrap().len(), 3, "{report}");
    assert_eq!(report["path"][0]["revocation"]["source"], "list");
    assert_eq!(report["path"][2]["revocation"], Value::Null);
    let parts = |names: [&str; 2]| {
        let mut body = Vec::new();
        for (name, octets) in names.into_iter().zip([&signature, &document]) {
            let head = format!(
                "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n"
            );
            body.extend([head.as_bytes(), octets, b"\r\n"].concat());
        }
        [&body[..], b"--x--\r\n"].concat()
    };
    let multipart = "multipart/form-data; boundary=x";
    assert_eq!(post(multipart, parts(["file", "document"])).await.json(), report);
    let malformed = (400, "message_malformed".to_owned());
    assert_eq!(post(multipart, parts(["file", "file"])).await.refused(), malformed);
    assert_eq!(post(multipart, parts(["file", "other"])).await.refused(), malformed);
    assert_eq!(post(multipart, vec![b'x'; (16 << 20) + 1]).await.refused(), malformed);
    assert_eq!(post("application/json", b"{\"file\":\"!\"}".to_vec()).await.refused(), malformed);
    // A bare signature has its algorithm, one that is known, its certificate and its document.
    for bare in [
        json!({ "file": file, "document": beside, "algorithm": "RS256" }),
        json!({ "file": file, "document": beside, "certificate": file }),
        json!({ "file": file, "algorithm": "RS256", "certificate": file }),
        json!({ "file": file, "document": beside, "algorithm": "none", "certificate": file }),
    ] {
        let refused = post("application/json", bare.to_string().into_bytes()).await.refused();
        assert_eq!(refused, malformed, "{bare}");
    }
    let nothing = post("application/json", b"{\"file\":\"\"}".to_vec()).await.json();
    assert_eq!((&nothing["verdict"], &nothing["format"]), (&json!("invalid"), &Value::Null));
}

#[tokio::test]
async fn who_sends_a_file_slowly_shuts_nobody_else_out() {
    let ward = Ward::bounded(Server::default(), now, Duration::from_millis(300));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, ward.router.clone()).into_future());
    let mut slow = Vec::new();
    for kind in ["application/json", "multipart/form-data; boundary=x"].repeat(4) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /api/verification HTTP/1.1\r\nHost: ward\r\nContent-Type: {kind}\r\n\
             Content-Length: 1000\r\n\r\n-"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let mut answers = Vec::new();
    for stream in &mut slow {
        let mut answer = [0; 12];
        let read = stream.read_exact(&mut answer);
        timeout(Duration::from_secs(20), read).await.unwrap().unwrap();
        answers.push(String::from_utf8_lossy(&answer).into_owned());
    }
    // Those for whom there is a place, and the others.
    assert!(answers.iter().filter(|answer| answer.ends_with(" 408")).count() >= 4, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.ends_with(" 408") || answer.ends_with(" 503")));
    // They are still connected.
    let request =
        Request::post("/api/verification").header(header::CONTENT_TYPE, "application/json");
    let report = ward.send(request, Body::from("{\"file\":\"\"}")).await.json();
    assert_eq!(report["verdict"], "invalid");
}

#[tokio::test]
async fn every_answer_keeps_the_page_to_itself() {
    let ward = Ward::new();
    for path in ["/", "/app.js", "/style.css", "/sdk/banerjee.xml", "/api/session", "/nowhere"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = ward.router.clone().oneshot(request).await.unwrap();
        let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    }
    assert_eq!(ward.get("/sdk/banerjee.xml").await.status, StatusCode::OK);
    assert_eq!(ward.get("/sdk/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ward.get("/api/nothing").await.refused(), (404, "not_found".to_owned()));
}
