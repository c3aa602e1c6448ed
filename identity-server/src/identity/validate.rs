use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tracing::info;
use wardkey_pki::Certificate;
use wardkey_signatures::login::LoginError;
use wardkey_spine::{
    ErrorBody, ErrorCode, JobRole, JobRoleName, ServerSession, Ticket, ValidateRequest,
    ValidateResponse,
};

use super::{
    Change, Failed, Identity, InternalError,
    activate::GAS_VERSION,
    card_answer::{CardAnswer, read},
    event,
};
use crate::{
    AuditEvent, RoleProfile,
    delivery::EndCause,
    directory::Person,
    session::{Authenticator, Session, State, StoredTicket},
    store::TicketChange,
};

impl Identity {
    /// Ends a login: checks the card's answer, the certificate and the user, and opens a session
    /// with a ticket of its own. Where the request names a session that is locked or suspended, it
    /// goes on instead, with a new key and new tickets, when the same certificate opened it.
    ///
    /// # Errors
    /// The refusal for the client, or the server's trouble.
    #[tracing::instrument(skip_all)]
    pub async fn validate(
        &self,
        request: &ValidateRequest,
    ) -> Result<ValidateResponse, Failed<ErrorBody>> {
        let mut trail = AuditEvent {
            action: "login".to_owned(),
            uid: Some(request.uid.as_str().to_owned()),
            ..AuditEvent::default()
        };
        let judged = self.judge(request, &mut trail).await;
        let outcome = match &judged {
            Ok(_) => "ok",
            Err(Failed::Refused(refusal)) => refusal.code.as_str(),
            Err(Failed::Internal(_)) => "internal",
        };
        metrics::counter!("wardkey_logins_total", "outcome" => outcome).increment(1);
        let (person, login) = match judged {
            Ok(judged) => judged,
            Err(Failed::Refused(refusal)) => {
                info!(code = refusal.code.as_str(), uid = request.uid.as_str(), "login refused");
                trail.outcome = refusal.code.as_str().to_owned();
                self.audit(trail).await?;
                return Err(Failed::Refused(refusal));
            }
            Err(internal) => return Err(internal),
        };
        let ticket = self.new_ticket()?;
        let resumed = match (&request.resume_session, &login.session_key_spki) {
            (Some(id), Some(key)) => self.resume(id, &login, key, &ticket).await?,
            _ => None,
        };
        let session = match resumed {
            Some(session) => session,
            None => self.open(&person, &login, &ticket).await?,
        };
        Ok(self.welcome(request, &person, &session, ticket))
    }

    async fn judge(
        &self,
        request: &ValidateRequest,
        trail: &mut AuditEvent,
    ) -> Result<(Person, CardAnswer), Failed<ErrorBody>> {
        self.take_challenge(request).await?;
        let legacy = self.rules.trust.legacy_login();
        let login = read(request, self.rules.server.as_str(), legacy)
            .map_err(|error| Failed::Refused(structure_refusal(error)))?;
        trail.action = login.action().to_owned();
        let certificate = Certificate::from_der(&login.certificate_der)
            .map_err(|_| refused(ErrorCode::CertificateUntrusted, "unreadable certificate"))?;
        trail.certificate = Some(certificate.sha256_hex());
        if self.limits.login(&certificate.sha256()).is_err() {
            return Err(refused(ErrorCode::LoginRefused, "too many logins of this card"));
        }
        let now = self.clock.now().to_unix();
        self.rules.trust.check(&certificate, now).await.map_err(Failed::Refused)?;
        if certificate.subject().common_name() != Some(request.uid.as_str()) {
            return Err(refused(ErrorCode::LoginRefused, "certificate of another user"));
        }
        let person = self
            .person(request.uid.as_str())
            .await?
            .ok_or_else(|| refused(ErrorCode::UserUnknown, "user not known"))?;
        if !self.store.is_registered(&person.user.uid, &certificate.sha256()).await? {
            return Err(refused(ErrorCode::LoginRefused, "certificate not registered"));
        }
        if person.offered(self.clock.now()).is_empty() {
            return Err(refused(ErrorCode::LoginRefused, "user has no role profile"));
        }
        Ok((person, login))
    }

    /// Whoever presents a challenge uses it up, right or wrong.
    async fn take_challenge(&self, request: &ValidateRequest) -> Result<(), Failed<ErrorBody>> {
        let hash = Sha256::digest(&request.challenge).into();
        let invalid = |detail| refused(ErrorCode::ChallengeInvalid, detail);
        let challenge = self
            .store
            .take_challenge(&hash)
            .await?
            .ok_or_else(|| invalid("challenge not known or used already"))?;
        let signature = Sha256::digest(&request.signature);
        let echoed: bool = challenge.signature[..].ct_eq(&signature[..]).into();
        if !echoed || challenge.transaction != request.log_session_id.as_str() {
            return Err(invalid("challenge of another login"));
        }
        if self.clock.now() >= challenge.expires {
            return Err(invalid("challenge too old"));
        }
        Ok(())
    }

    async fn open(
        &self,
        person: &Person,
        login: &CardAnswer,
        ticket: &Ticket,
    ) -> Result<Session, InternalError> {
        let credential = Sha256::digest(&login.certificate_der).into();
        let key = login.session_key_spki.clone();
        let session = self.new_session(person, Authenticator::Card, credential, key)?;
        let now = session.created;
        let mut trail = event(login.action(), "ok", &session);
        trail.certificate = Some(base16ct::lower::encode_string(&session.credential));
        let mut unit = self.store.begin().await?;
        let ended = self.make_room(&mut unit, &session.uid, now).await?;
        unit.put_session(&session, Some(&stored(ticket, &session))).await?;
        unit.audit(now, trail).await?;
        unit.commit().await?;
        self.ended(EndCause::Destroyed, ended);
        Ok(session)
    }

    /// A session that begins now, in the only role of who has one.
    pub(super) fn new_session(
        &self,
        person: &Person,
        authenticator: Authenticator,
        credential: [u8; 32],
        session_key: Option<Vec<u8>>,
    ) -> Result<Session, InternalError> {
        let now = self.clock.now();
        let times = self.rules.times;
        Ok(Session {
            id: self.new_id()?,
            revision: 0,
            state: State::Active,
            uid: person.user.uid.clone(),
            authenticator,
            credential,
            role: only_role(&person.offered(now)).map(|role| role.id.clone()),
            // Without a key there is nobody to renew a lease.
            lease_expires: match session_key {
                Some(_) => now.plus(times.lease()),
                None => now.plus(times.max()),
            },
            session_key: session_key.unwrap_or_default(),
            last_sequence: 0,
            created: now,
            authenticated: now,
            last_activity: now,
            max_expires: now.plus(times.max()),
            idle: times.idle(),
        })
    }

    /// Brings a session back that waits for its card, or authenticates the user of an active one
    /// anew, whose relying parties keep their tickets then. `None`: there is no such session of
    /// this certificate.
    async fn resume(
        &self,
        id: &str,
        login: &CardAnswer,
        session_key: &[u8],
        ticket: &Ticket,
    ) -> Result<Option<Session>, InternalError> {
        let certificate: [u8; 32] = Sha256::digest(&login.certificate_der).into();
        let lease = self.rules.times.lease();
        let resumed = self
            .change(id, |session, now| {
                if session.state == State::Ended || session.credential != certificate {
                    return Change::Leave(None);
                }
                let was_active = session.state == State::Active;
                session.state = State::Active;
                // Proofs of a key that stays the same must not work again.
                if session.session_key != session_key {
                    session_key.clone_into(&mut session.session_key);
                    session.last_sequence = 0;
                }
                session.authenticated = now;
                session.last_activity = now;
                session.lease_expires = now.plus(lease);
                let own = stored(ticket, session);
                let tickets = if was_active {
                    TicketChange::ReplaceOwn(own)
                } else {
                    TicketChange::ReplaceAll(own)
                };
                let log = Some(event("resume", "ok", session));
                Change::Store { answer: Some(session.clone()), tickets, log }
            })
            .await?;
        Ok(resumed.flatten())
    }

    fn welcome(
        &self,
        request: &ValidateRequest,
        person: &Person,
        session: &Session,
        ticket: Ticket,
    ) -> ValidateResponse {
        let times = self.rules.times;
        ValidateResponse {
            log_session_id: request.log_session_id.clone(),
            cn: person.user.common_name(),
            roles: person.offered(self.clock.now()).into_iter().map(job_role).collect(),
            sso_ticket: ticket,
            sso_domain: String::new(),
            sso_session_url: String::new(),
            sso_logout_url: self.address("/login/authlogout"),
            sso_max_session_time: Some(times.max_minutes),
            sso_session_time: Some(times.idle_minutes.saturating_mul(60)),
            error_url: self.error_url(),
            server_ip: String::new(),
            app_url: request.app_url.clone(),
            gas_version: GAS_VERSION.to_owned(),
            session: (!session.session_key.is_empty()).then(|| ServerSession {
                id: session.id.clone(),
                lease_seconds: times.lease_seconds,
            }),
        }
    }
}

/// The role that needs no choice.
fn only_role<'a>(offered: &[&'a RoleProfile]) -> Option<&'a RoleProfile> {
    match offered {
        [role] => Some(role),
        _ => None,
    }
}

fn job_role(role: &RoleProfile) -> JobRole {
    JobRole::new(&role.id, &role.organisation_code, &role.organisation, &role.job_role_name())
}

impl RoleProfile {
    /// The job role's name as the Spine writes it.
    pub(crate) fn job_role_name(&self) -> JobRoleName {
        let [group, sub_group, role] = self.job_role.clone();
        JobRoleName { group, sub_group, role }
    }
}

fn stored(ticket: &Ticket, session: &Session) -> StoredTicket {
    StoredTicket {
        hash: ticket.sha256(),
        session: session.id.clone(),
        relying_party: None,
        issued: session.authenticated,
    }
}

/// An answer for another server, transaction or purpose, or one that does not hold, is refused;
/// what is no login structure at all is malformed.
fn structure_refusal(error: LoginError) -> ErrorBody {
    let code = match error {
        LoginError::WrongChallenge => ErrorCode::ChallengeInvalid,
        LoginError::Malformed(_) | LoginError::NotExact => ErrorCode::RequestMalformed,
        _ => ErrorCode::LoginRefused,
    };
    ErrorBody::new(code, &error.to_string())
}

fn refused(code: ErrorCode, detail: &str) -> Failed<ErrorBody> {
    Failed::Refused(ErrorBody::new(code, detail))
}
