use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use wardkey_crypto::SignatureAlgorithm;
use wardkey_protocol::{
    ErrorCode,
    authorize_api::{AuthorizeClaims, PROOF_TYPE, ServerKeys},
    session_api::{
        self, Claims, LOGIN_LABEL, LeaseRenewed, PATH, Refusal, Refused, StateChanged,
        TicketIssued, Verb,
    },
    view::SessionState,
};
use wardkey_signatures::{jws, login};
use wardkey_spine::{
    ActivateRequest, ActivateResponse, JobRole, JobRoleName, LoginIdentity, Message as _,
    STATUS_OK, ServerSession, Ticket, ValidateRequest, ValidateResponse, role_selection_query,
};

use super::lock;
use crate::server::{Answer, Script, testing::TestKey};

/// The server's address.
pub const SERVER: &str = "https://id.example";

/// An Identity Server, as far as an agent sees one.
pub struct Server {
    /// What it signs requests with.
    pub key: TestKey,
    /// Every session that it opened.
    pub sessions: Vec<Known>,
    /// The ids of roles that users have.
    pub roles: Vec<&'static str>,
    /// An active session does not go on with a new key; the login opens another.
    pub opens_anew: bool,
    /// It cannot be reached.
    pub is_down: bool,
    tickets: u8,
    used: HashSet<String>,
}

/// A session at the server.
pub struct Known {
    pub id: String,
    pub session_key: Vec<u8>,
    pub ticket: String,
    pub roles: Vec<String>,
    pub state: SessionState,
    last_sequence: u64,
    certificate: Vec<u8>,
}

impl Server {
    pub fn new() -> Self {
        Self {
            key: TestKey::new(1, "k1"),
            sessions: Vec::new(),
            roles: vec!["R1", "R2"],
            opens_anew: false,
            is_down: false,
            tickets: 0,
            used: HashSet::new(),
        }
    }

    /// What answers for it.
    pub fn script(server: &Arc<Mutex<Self>>) -> Script {
        let server = server.clone();
        Box::new(move |path, body| {
            let mut server = lock(&server);
            if server.is_down {
                return Err(ErrorCode::ServerUnreachable.into());
            }
            let body = body.unwrap_or_default();
            Ok(match path {
                PATH => server.session(body),
                _ => Answer { success: true, body: server.answer(path, body).into_bytes() },
            })
        })
    }

    /// Takes a proof, once: it has to be of the key of the session it names.
    pub fn take(&mut self, proof: &str) -> Option<AuthorizeClaims> {
        let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
        let expected = jws::Expected { algorithm, typ: Some(PROOF_TYPE) };
        let unverified = jws::Unverified::read(proof, &expected).ok()?;
        let session = self.sessions.iter().find(|known| Some(&*known.id) == unverified.kid())?;
        let key = session.session_key.clone();
        let payload = unverified.verify(&key).ok()?.discharge().ok()?.payload;
        let claims: AuthorizeClaims = serde_json::from_slice(&payload).ok()?;
        self.used.insert(claims.transaction.clone()).then_some(claims)
    }

    fn answer(&mut self, path: &str, body: &str) -> String {
        match path.split_once('?').unwrap_or((path, "")) {
            ("/wardkey/keys", _) => {
                serde_json::to_string(&ServerKeys { keys: vec![self.key.public()] }).unwrap()
            }
            ("/login/authactivate", _) => activate(body),
            ("/login/authvalidate", _) => self.validate(body),
            ("/saml/RoleSelectionGP.jsp", query) => {
                let selected = role_selection_query(query).unwrap();
                self.of_ticket(selected.ticket.expose()).roles.push(selected.role_profile);
                STATUS_OK.to_owned()
            }
            other => panic!("{other:?}"),
        }
    }

    /// What an agent asks with the session's key.
    fn session(&mut self, proof: &str) -> Answer {
        let refused = |error| answer_with(false, &Refused { error });
        let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
        let expected = jws::Expected { algorithm, typ: Some(session_api::PROOF_TYPE) };
        let unverified = jws::Unverified::read(proof, &expected).unwrap();
        let kid = unverified.kid().unwrap().to_owned();
        let known = self.sessions.iter_mut().find(|known| known.id == kid);
        let Some(known) = known else { return refused(Refusal::ProofInvalid) };
        let verified = unverified.verify(&known.session_key).unwrap().discharge();
        let Ok(verified) = verified else { return refused(Refusal::ProofInvalid) };
        let claims: Claims = serde_json::from_slice(&verified.payload).unwrap();
        assert_eq!(claims.aud, SERVER);
        if claims.seq <= known.last_sequence {
            return refused(Refusal::ProofInvalid);
        }
        known.last_sequence = claims.seq;
        let to = match claims.verb {
            Verb::End => SessionState::Ended,
            Verb::Lock if known.state != SessionState::Suspended => SessionState::Locked,
            Verb::Suspend if known.state != SessionState::Ended => SessionState::Suspended,
            _ => {
                return match known.state {
                    SessionState::Active if claims.verb == Verb::Ticket => {
                        self.tickets += 1;
                        let ticket = format!("ticket-{}-{}", known.id, self.tickets);
                        answer_with(true, &TicketIssued { ticket, expires_in_seconds: 600 })
                    }
                    state @ SessionState::Active => {
                        answer_with(true, &LeaseRenewed { state, lease_seconds: 300 })
                    }
                    SessionState::Locked => refused(Refusal::SessionLocked),
                    SessionState::Suspended => refused(Refusal::SessionSuspended),
                    _ => refused(Refusal::SessionEnded),
                };
            }
        };
        if known.state == SessionState::Ended {
            return refused(Refusal::SessionEnded);
        }
        known.state = to;
        answer_with(true, &StateChanged { state: to })
    }

    fn of_ticket(&mut self, ticket: &str) -> &mut Known {
        self.sessions.iter_mut().find(|known| known.ticket == ticket).unwrap()
    }

    fn validate(&mut self, body: &str) -> String {
        let request = ValidateRequest::read(body.as_bytes()).unwrap();
        let expected = login::Expected {
            challenge: &CHALLENGE,
            server: SERVER,
            transaction: request.log_session_id.as_str(),
        };
        let login = login::verify(&request.response, &expected).unwrap().discharge().unwrap();
        self.tickets += 1;
        let ticket = Ticket::generate(&[self.tickets; Ticket::RANDOM_LENGTH]);
        let resume = request.resume_session.as_deref();
        let goes_on = self
            .sessions
            .iter_mut()
            .find(|known| Some(&*known.id) == resume && known.certificate == login.certificate_der)
            .filter(|known| known.state != SessionState::Ended);
        let id = match goes_on.filter(|_| !self.opens_anew) {
            Some(known) => {
                known.state = SessionState::Active;
                known.last_sequence = 0;
                known.session_key = login.session_key_spki;
                known.ticket = ticket.expose().to_owned();
                known.id.clone()
            }
            None => {
                let id = format!("session-{}", self.tickets);
                self.sessions.push(Known {
                    id: id.clone(),
                    session_key: login.session_key_spki,
                    ticket: ticket.expose().to_owned(),
                    roles: Vec::new(),
                    state: SessionState::Active,
                    last_sequence: 0,
                    certificate: login.certificate_der,
                });
                id
            }
        };
        let name = |role: &str| JobRoleName {
            group: "Clinical".to_owned(),
            sub_group: "Clinical Provision".to_owned(),
            role: format!("Nurse {role}"),
        };
        let role = |id: &&str| JobRole::new(id, "X26", "Example Hospital", &name(id));
        let response = ValidateResponse {
            log_session_id: request.log_session_id,
            cn: "Example User".to_owned(),
            roles: self.roles.iter().map(role).collect(),
            sso_ticket: ticket,
            sso_domain: String::new(),
            sso_session_url: String::new(),
            sso_logout_url: format!("{SERVER}/login/authlogout"),
            sso_max_session_time: Some(600),
            sso_session_time: None,
            error_url: String::new(),
            server_ip: String::new(),
            app_url: request.app_url,
            gas_version: "test".to_owned(),
            session: Some(ServerSession { id, lease_seconds: 300 }),
        };
        response.write().unwrap()
    }
}

fn answer_with(success: bool, body: &impl serde::Serialize) -> Answer {
    Answer { success, body: serde_json::to_vec(body).unwrap() }
}

fn activate(body: &str) -> String {
    let request = ActivateRequest::read(body.as_bytes()).unwrap();
    let response = ActivateResponse {
        challenge: CHALLENGE.to_vec(),
        signature: vec![1; 64],
        log_session_id: request.log_session_id,
        reply_url: format!("{SERVER}/login/authvalidate"),
        error_url: String::new(),
        server_ip: String::new(),
        app_url: request.app_url,
        gas_version: "test".to_owned(),
        download_gac_url: String::new(),
        latest_gac_version: String::new(),
        login: Some(LoginIdentity { server: SERVER.to_owned(), label: LOGIN_LABEL.to_owned() }),
    };
    response.write().unwrap()
}

const CHALLENGE: [u8; 48] = [7; 48];
