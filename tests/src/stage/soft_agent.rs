//! An agent without a card, a dialog or a host: what the server sees of one.

use std::{fs, path::Path, process::Command, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::{EncodePublicKey as _, LineEnding},
};
use serde_json::{Value, json};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use wardkey_protocol::{authorize_api, session_api};
use wardkey_signatures::login::{self, LoginRequest};
use wardkey_spine::{
    ActivateRequest, ActivateResponse, Answer, DeviceId, LogSessionId, LogoutRequest, Message as _,
    STATUS_OK, Ticket, UserId, ValidateRequest, ValidateResponse, role_assertion_path,
    session_service::{Operation, Outcome, SessionRequest, SessionResponse},
};

use super::{Node, User, process::run};

/// A P-256 login key with its certificate. The key is known to everybody.
#[derive(Clone)]
pub struct SoftCard {
    key: SigningKey,
    certificate: Vec<u8>,
    uid: &'static str,
}

/// Speaks to a node as agents and apps do.
#[derive(Clone)]
pub struct SoftAgent {
    http: ureq::Agent,
    node: String,
    server: String,
}

/// A session as its agent knows it.
#[derive(Debug)]
pub struct SoftSession {
    /// Its id.
    pub id: String,
    /// The user.
    pub uid: &'static str,
    /// The role profiles to choose from.
    pub roles: Vec<String>,
    ticket: String,
    key: SigningKey,
    sequence: u64,
}

/// What the server answered.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The cookie that it sets; may be empty.
    pub cookie: String,
    /// Where it redirects to; may be empty.
    pub location: String,
    /// For how many seconds it wants to be left alone; may be empty.
    pub retry_after: String,
}

impl SoftCard {
    /// A card with a certificate of the node's demo authority, registered.
    ///
    /// # Errors
    ///
    /// What `wardkey-identity issue` says.
    pub fn issue(program: &Path, node: &Node, user: User) -> Result<Self> {
        let key = SigningKey::from_slice(&[0x51; 32])?;
        let public_key = node.folder().join("soft-card.pub.pem");
        fs::write(&public_key, key.verifying_key().to_public_key_pem(LineEnding::LF)?)?;
        let certificate = node.folder().join(format!("{}.crt.pem", user.uid));
        let mut issue = Command::new(program);
        issue.arg("issue").arg("--dir").arg(node.folder()).args(["--uid", user.uid]);
        issue.args(["--purpose", "login", "--public-key"]).arg(&public_key);
        run(issue.arg("--out").arg(&certificate))?;
        let pem = fs::read_to_string(&certificate)?;
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let certificate = base64ct::Base64::decode_vec(&body)
            .map_err(|error| anyhow::anyhow!("certificate: {error}"))?;
        Ok(Self { key, certificate, uid: user.uid })
    }
}

impl SoftAgent {
    /// An agent of the server at `server`, which it reaches at this node.
    ///
    /// # Errors
    ///
    /// When the authority's file can't be read.
    pub fn of(node: &Node, server: &str, authority: &Path) -> Result<Self> {
        let authority = Certificate::from_pem(&fs::read(authority)?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[authority]))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let http = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Ok(Self { http, node: node.url.clone(), server: server.to_owned() })
    }

    /// Begins a login.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn activate(&self) -> Result<ActivateResponse> {
        let activate = ActivateRequest {
            app_url: ActivateRequest::APP_URL.to_owned(),
            log_session_id: LogSessionId::parse("AbCdEfGhIj")?,
            device_id: DeviceId::parse(DEVICE)?,
        };
        let reply = self.post("/login/authactivate", &activate.write()?)?;
        Ok(ActivateResponse::read(reply.body.as_bytes())?)
    }

    /// The request that answers a challenge.
    ///
    /// # Errors
    ///
    /// When it can't be made.
    pub fn answer(&self, card: &SoftCard, asked: ActivateResponse) -> Result<String> {
        self.answer_for(card, asked, None)
    }

    fn answer_for(
        &self,
        card: &SoftCard,
        asked: ActivateResponse,
        session: Option<&str>,
    ) -> Result<String> {
        let prepared = login::prepare(LoginRequest {
            challenge: &asked.challenge,
            server: &self.server,
            transaction: asked.log_session_id.as_str(),
            session_key_spki: session_key()?.verifying_key().to_public_key_der()?.as_bytes(),
            certificate_der: &card.certificate,
            signing_time: 1_795_468_800,
        })?;
        let signature: Signature = card.key.sign(prepared.to_be_signed());
        let request = ValidateRequest {
            resume_session: session.map(str::to_owned),
            response: prepared.assemble(&signature.to_bytes())?,
            app_url: asked.app_url,
            log_session_id: asked.log_session_id,
            device_id: DeviceId::parse(DEVICE)?,
            challenge: asked.challenge,
            signature: asked.signature,
            uid: UserId::parse(card.uid)?,
        };
        Ok(request.write()?)
    }

    /// Logs in.
    ///
    /// # Errors
    ///
    /// When the server refuses or does not answer.
    pub fn sign_in(&self, card: &SoftCard) -> Result<SoftSession> {
        self.log_in(card, None)
    }

    /// Logs in for a session that is there: brings it back, or authenticates its user anew.
    ///
    /// # Errors
    ///
    /// When the server refuses or does not answer.
    pub fn sign_in_again(&self, card: &SoftCard, session: &mut SoftSession) -> Result<()> {
        let sequence = session.sequence;
        *session = SoftSession { sequence, ..self.log_in(card, Some(&session.id))? };
        Ok(())
    }

    fn log_in(&self, card: &SoftCard, session: Option<&str>) -> Result<SoftSession> {
        let request = self.answer_for(card, self.activate()?, session)?;
        let reply = self.post("/login/authvalidate", &request)?;
        match Answer::<ValidateResponse>::read(reply.body.as_bytes())? {
            Answer::Done(response) => Ok(SoftSession {
                id: response.session.context("no session")?.id,
                uid: card.uid,
                roles: response.roles.iter().map(|role| role.id.clone()).collect(),
                ticket: response.sso_ticket.expose().to_owned(),
                key: session_key()?,
                sequence: 0,
            }),
            Answer::Refused(refusal) => bail!("refused: {refusal:?}"),
        }
    }

    /// Whether the session is valid, as applications ask.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn is_valid(&self, session: &SoftSession, reset: bool) -> Result<bool> {
        self.validates(session.ticket()?, reset)
    }

    /// Whether a ticket is valid, as applications ask.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn is_valid_ticket(&self, ticket: &str) -> Result<bool> {
        self.validates(Ticket::parse(ticket)?, false)
    }

    /// The ticket of an app.
    ///
    /// # Errors
    ///
    /// When the server refuses or does not answer.
    pub fn child(&self, session: &mut SoftSession, app: &str) -> Result<String> {
        let reply = self.prove(session, "ticket", Some(app))?;
        anyhow::ensure!(reply.status == 200, "{reply:?}");
        let issued: session_api::TicketIssued = serde_json::from_str(&reply.body)?;
        Ok(issued.ticket)
    }

    fn validates(&self, ticket: Ticket, reset: bool) -> Result<bool> {
        let operation = Operation::GetSession { ticket, reset };
        let request = SessionRequest { set_id: 1, request_id: 0, operation };
        let reply = self.post("/amserver/sessionservice", &request.write()?)?;
        let response = SessionResponse::read(reply.body.as_bytes())?;
        Ok(matches!(response.outcome, Outcome::Session(_)))
    }

    /// The answer to a request for a role assertion.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn assertion(&self, session: &SoftSession) -> Result<Reply> {
        let path = role_assertion_path(&session.ticket()?);
        self.get(path.as_str())
    }

    /// Ends the session.
    ///
    /// # Errors
    ///
    /// When the server refuses or does not answer.
    pub fn sign_out(&self, session: &SoftSession) -> Result<()> {
        let request = LogoutRequest {
            sso_ticket: session.ticket()?,
            log_session_id: LogSessionId::parse("AbCdEfGhIj")?,
            device_id: DeviceId::parse(DEVICE)?,
            uid: UserId::parse(session.uid)?,
        };
        let reply = self.post("/login/authlogout", &request.write()?)?;
        anyhow::ensure!(reply.body == STATUS_OK, "{reply:?}");
        Ok(())
    }

    /// Asks something with the session's key.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn prove(
        &self,
        session: &mut SoftSession,
        verb: &str,
        relying_party: Option<&str>,
    ) -> Result<Reply> {
        session.sequence += 1;
        let mut claims = json!({ "aud": self.server, "seq": session.sequence, "verb": verb });
        if let Some(origin) = relying_party {
            claims["relyingParty"] = json!(origin);
        }
        let header = json!({ "alg": "ES256", "typ": session_api::PROOF_TYPE, "kid": session.id });
        self.post(session_api::PATH, &signed(&session.key, &header, &claims))
    }

    /// The server's base address, its identity.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The proof that answers a request of the sign-in page, which is not looked at further.
    ///
    /// # Errors
    ///
    /// When the request can't be read.
    pub fn authorize(&self, session: &SoftSession, request: &str) -> Result<String> {
        let payload = request.split('.').nth(1).context("no request")?;
        let payload = Base64UrlUnpadded::decode_vec(payload)
            .map_err(|error| anyhow::anyhow!("request: {error}"))?;
        let asked: Value = serde_json::from_slice(&payload)?;
        let claims = json!({
            "aud": self.server, "seq": session.sequence + 1,
            "transaction": asked["transaction"], "client_id": asked["client_id"],
        });
        let typ = authorize_api::PROOF_TYPE;
        let header = json!({ "alg": "ES256", "typ": typ, "kid": session.id });
        Ok(signed(&session.key, &header, &claims))
    }

    /// Gets a page, with these headers.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Reply> {
        let request = self.http.get(format!("{}{path}", self.node));
        let named =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        reply(named.call()?)
    }

    /// Posts a body, with these headers.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Reply> {
        let request = self.http.post(format!("{}{path}", self.node));
        let named =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        reply(named.send(body)?)
    }

    /// Gets a page.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn get(&self, path: &str) -> Result<Reply> {
        reply(self.http.get(format!("{}{path}", self.node)).call()?)
    }

    /// Posts a body.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub fn post(&self, path: &str, body: &str) -> Result<Reply> {
        reply(self.http.post(format!("{}{path}", self.node)).send(body)?)
    }
}

impl SoftSession {
    /// The next proof has the number of the last one.
    pub fn repeat_sequence(&mut self) {
        self.sequence -= 1;
    }

    /// The session's own ticket.
    ///
    /// # Errors
    ///
    /// Never, of a ticket that the server gave.
    pub fn ticket(&self) -> Result<Ticket> {
        Ok(Ticket::parse(&self.ticket)?)
    }
}

/// A compact JWS (RFC 7515), ES256.
pub(super) fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let input = format!("{}.{}", encode(header), encode(claims));
    let signature: Signature = key.sign(input.as_bytes());
    format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
}

/// The same for each session.
fn session_key() -> Result<SigningKey> {
    Ok(SigningKey::from_slice(&[7; 32])?)
}

fn reply(mut response: ureq::http::Response<ureq::Body>) -> Result<Reply> {
    let header = |name: &str| {
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    Ok(Reply {
        cookie: header("set-cookie"),
        location: header("location"),
        retry_after: header("retry-after"),
        status: response.status().as_u16(),
        body: response.body_mut().read_to_string()?,
    })
}

const DEVICE: &str = "WARD0001,ClientIP=192.0.2.7";
const PATIENCE: Duration = Duration::from_secs(20);
