//! A server that runs on a port of its own, and an agent that talks to it over TLS.

use std::{
    net::TcpListener,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tempfile::TempDir;
use tokio::runtime::Runtime;
use ureq::{
    Agent,
    tls::{Certificate as TlsCertificate, RootCerts, TlsConfig},
};
use wardkey_identity::{
    Ambient, Clock, Config, Listeners, Server, Timestamp,
    demo::{Demo, Init},
    store::Store,
};
use wardkey_protocol::Origin;
use wardkey_spine::{
    ActivateRequest, ActivateResponse, Answer, DeviceId, ErrorBody, LogSessionId, Message as _,
    Ticket, UserId, ValidateRequest, ValidateResponse,
};

use super::card::{Asked, Card, SessionKey, claims, proof_header};

pub const APP: &str = "http://localhost:8300";

/// The machine's clock, and what a test adds to it.
pub struct AheadClock(AtomicU64);

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        Ambient.now().plus(Duration::from_millis(self.0.load(Ordering::SeqCst)))
    }
}

/// A running server; it stops when it is dropped.
pub struct World {
    runtime: Runtime,
    server: Option<Server>,
    clock: Arc<AheadClock>,
    folder: TempDir,
    http: Agent,
    pub address: String,
    pub crl_address: String,
}

/// What a server answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: String,
    pub cache_control: String,
    pub content_type: String,
}

/// A session as its agent knows it.
pub struct Session {
    pub id: String,
    pub ticket: Ticket,
    pub key: SessionKey,
    pub response: ValidateResponse,
    pub sequence: u64,
}

impl World {
    /// A demo folder, made for this, and its server.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
        let listeners = Listeners { https: bind(), crl: bind(), metrics: None };
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        let init = Init {
            origin: Origin::parse(APP).unwrap(),
            https_port: port(&listeners.https),
            crl_port: port(&listeners.crl),
            sdk: None,
        };
        let address = format!("https://localhost:{}", init.https_port);
        let crl_address = format!("http://localhost:{}", init.crl_port);
        Demo::new(folder.path()).init(&init, Ambient.now(), &Ambient).unwrap();
        let clock = Arc::new(AheadClock(AtomicU64::new(0)));
        let runtime = Runtime::new().unwrap();
        let started =
            Server::start(folder.path(), listeners, Arc::clone(&clock) as _, Arc::new(Ambient));
        let server = runtime.block_on(started).unwrap();
        let http = client(&folder.path().join("pki/tls-ca.crt.pem"));
        Self { runtime, server: Some(server), clock, folder, http, address, crl_address }
    }

    pub fn demo(&self) -> Demo {
        Demo::new(self.folder.path())
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The key that relying parties verify assertions with, from the certificate they are given.
    pub fn assertion_key(&self) -> Vec<u8> {
        let pem = std::fs::read(self.folder.path().join("pki/assertion.crt.pem")).unwrap();
        wardkey_pki::Certificate::from_pem(pem).unwrap().spki().to_vec()
    }

    /// A login card, registered beside the running server as `issue` does.
    pub fn card(&self, uid: &str) -> Card {
        let card = Card::login(&self.demo(), uid, self.now());
        self.register(uid, &card);
        card
    }

    pub fn register(&self, uid: &str, card: &Card) {
        let hash = card.certificate.sha256();
        let now = self.now();
        let register =
            async |store: &Store| store.register_certificate(uid, &hash, now).await.unwrap();
        assert!(self.in_store(register));
    }

    /// Does something with the database beside the running server.
    pub fn in_store<T>(&self, does: impl AsyncFnOnce(&Store) -> T) -> T {
        let config = Config::read(self.folder.path()).unwrap();
        self.runtime.block_on(async {
            let store = Store::open(&config.database(self.folder.path()), "main").await.unwrap();
            let done = does(&store).await;
            store.close().await;
            done
        })
    }

    pub fn get(&self, path: &str) -> Reply {
        reply(self.http.get(self.url(path)).call()).unwrap()
    }

    pub fn post(&self, path: &str, body: &str) -> Reply {
        reply(self.http.post(self.url(path)).send(body)).unwrap()
    }

    /// Over a connection of its own, since the server may cut it: `None`.
    pub fn try_post(&self, path: &str, body: &str) -> Option<Reply> {
        let http = client(&self.folder.path().join("pki/tls-ca.crt.pem"));
        match reply(http.post(self.url(path)).send(body)) {
            Ok(reply) => Some(reply),
            Err(ureq::Error::Io(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    pub fn get_with(&self, path: &str, name: &str, value: &str) -> Reply {
        reply(self.http.get(self.url(path)).header(name, value).call()).unwrap()
    }

    pub fn post_form(&self, path: &str, form: &str) -> Reply {
        let kind = "application/x-www-form-urlencoded";
        reply(self.http.post(self.url(path)).content_type(kind).send(form)).unwrap()
    }

    pub fn get_with_body(&self, path: &str, body: &str) -> Reply {
        reply(self.http.get(self.url(path)).force_send_body().send(body)).unwrap()
    }

    /// The protocol that a TLS client with this offer gets.
    pub fn negotiated(&self, offer: &[&str]) -> Option<String> {
        use rustls::pki_types::{CertificateDer, pem::PemObject as _};
        let authority = self.folder.path().join("pki/tls-ca.crt.pem");
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
        let builder = rustls::ClientConfig::builder().with_root_certificates(roots);
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = offer.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = "localhost".try_into().unwrap();
        let mut tls = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let port = self.address.rsplit(':').next().unwrap();
        let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        while tls.is_handshaking() {
            tls.complete_io(&mut stream).unwrap();
        }
        tls.alpn_protocol().map(|name| String::from_utf8(name.to_vec()).unwrap())
    }

    pub fn get_octets(&self, url: &str) -> (u16, Vec<u8>) {
        let mut response = self.http.get(url).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_vec().unwrap())
    }

    pub fn activate(&self) -> ActivateResponse {
        let request = ActivateRequest {
            app_url: ActivateRequest::APP_URL.into(),
            log_session_id: LogSessionId::parse("AbCdEfGhIj").unwrap(),
            device_id: device(),
        };
        let reply = self.post("/login/authactivate", &request.write().unwrap());
        assert_eq!(reply.status, 200, "{reply:?}");
        ActivateResponse::read(reply.body.as_bytes()).unwrap()
    }

    /// What a right agent sends, given what the card was asked; `asked` may change that.
    pub fn request(
        &self,
        uid: &str,
        card: &Card,
        asked: impl for<'a> FnOnce(Asked<'a>) -> Asked<'a>,
    ) -> ValidateRequest {
        let activated = self.activate();
        let right = Asked {
            challenge: &activated.challenge,
            server: &activated.login.as_ref().unwrap().server,
            transaction: activated.log_session_id.as_str(),
        };
        ValidateRequest {
            resume_session: None,
            response: card.answer(asked(right), &SessionKey::new(7)),
            app_url: activated.app_url,
            log_session_id: activated.log_session_id,
            device_id: device(),
            challenge: activated.challenge,
            signature: activated.signature,
            uid: UserId::parse(uid).unwrap(),
        }
    }

    pub fn validate(&self, request: &ValidateRequest) -> Result<ValidateResponse, ErrorBody> {
        let reply = self.post("/login/authvalidate", &request.write().unwrap());
        match Answer::<ValidateResponse>::read(reply.body.as_bytes()).unwrap() {
            Answer::Done(response) => {
                assert_eq!(reply.status, 200);
                Ok(response)
            }
            Answer::Refused(refusal) => {
                assert!((400..500).contains(&reply.status), "{reply:?}");
                Err(refusal)
            }
        }
    }

    pub fn sign_in(&self, uid: &str, card: &Card) -> Session {
        let response = self.validate(&self.request(uid, card, |asked| asked)).unwrap();
        Session {
            id: response.session.as_ref().unwrap().id.clone(),
            ticket: Ticket::parse(response.sso_ticket.expose()).unwrap(),
            key: SessionKey::new(7),
            response,
            sequence: 0,
        }
    }

    pub fn prove(&self, session: &mut Session, verb: &str, relying_party: Option<&str>) -> Reply {
        session.sequence += 1;
        let claims = claims(&self.address, session.sequence, verb, relying_party);
        let proof = session.key.prove(&proof_header(&session.id), &claims);
        self.post("/wardkey/session", &proof)
    }

    pub fn child(&self, session: &mut Session) -> Ticket {
        let reply = self.prove(session, "ticket", Some(APP));
        assert_eq!(reply.status, 200, "{reply:?}");
        let issued: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        Ticket::parse(issued["ticket"].as_str().unwrap()).unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}

pub fn device() -> DeviceId {
    DeviceId::parse("WARD0001,ClientIP=192.0.2.7").unwrap()
}

/// A client that trusts the demo's TLS authority and nothing else.
fn client(authority: &Path) -> Agent {
    let authority = TlsCertificate::from_pem(&std::fs::read(authority).unwrap()).unwrap();
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[authority])).build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}

fn reply(
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Reply, ureq::Error> {
    let mut response = response?;
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    Ok(Reply {
        status: response.status().as_u16(),
        cache_control: header("cache-control"),
        content_type: header("content-type"),
        body: response.body_mut().read_to_string()?,
    })
}
