use std::net::{IpAddr, Ipv4Addr};

use wardkey_protocol::{ErrorCode, Fault, session_api::LOGIN_LABEL, view::RoleView};
use wardkey_spine::{
    ActivateRequest, ActivateResponse, Answer as Spoken, DeviceId, ErrorBody,
    ErrorCode as SpineCode, JobRole, LogSessionId, Message, Ticket, UserId, ValidateRequest,
    ValidateResponse, is_status_ok, role_selection_path,
};

use super::{ServerClient, http::Answer};
use crate::clock;

/// A login transaction that the server has begun.
pub struct Activation {
    response: ActivateResponse,
    device: DeviceId,
}

/// What the card has signed.
pub struct Login<'a> {
    /// The user id, from the certificate.
    pub uid: &'a str,
    /// The login structure, DER.
    pub response: Vec<u8>,
    /// The session, by its id at the server, that is to go on with the new key.
    pub goes_on: Option<&'a str>,
}

/// A session that the server has opened.
pub struct Validated {
    /// The user's name.
    pub name: String,
    /// Every role.
    pub roles: Vec<RoleView>,
    /// The session's own ticket.
    pub parent: Ticket,
    /// The session's id at the server.
    pub session: String,
    /// Seconds until the lease lapses.
    pub lease_seconds: u32,
    /// Seconds until the session ends at the latest.
    pub lifetime_seconds: u32,
}

impl Activation {
    /// The challenge to sign.
    pub fn challenge(&self) -> &[u8] {
        &self.response.challenge
    }

    /// Names the transaction.
    pub fn transaction(&self) -> &str {
        self.response.log_session_id.as_str()
    }
}

impl ServerClient {
    /// Begins a login transaction.
    ///
    /// # Errors
    ///
    /// The server's, with `server_response_invalid` for a server that does not make login
    /// structures of ours, or makes them for another server than the pinned one.
    pub fn activate(&self) -> Result<Activation, Fault> {
        let random = clock::random().map_err(|_| ErrorCode::Internal)?;
        let request = ActivateRequest {
            app_url: ActivateRequest::APP_URL.to_owned(),
            log_session_id: LogSessionId::generate(&random),
            device_id: DeviceId::new("wardkey", IpAddr::V4(Ipv4Addr::LOCALHOST)),
        };
        let body = request.to_object().write().map_err(|_| ErrorCode::Internal)?;
        let answer = self.http.post_soon("/login/authactivate", XML, &body)?;
        let response: ActivateResponse = understood(&answer)?;
        let is_ours = response
            .login
            .as_ref()
            .is_some_and(|login| login.server == self.policy.url && login.label == LOGIN_LABEL);
        if !is_ours || response.log_session_id != request.log_session_id {
            return Err(invalid("login identity"));
        }
        self.http.own_path(&response.reply_url)?;
        Ok(Activation { response, device: request.device_id })
    }

    /// Hands in what the card has signed. The server opens a session of its own where the one that
    /// was to go on is over, or is not of this certificate.
    ///
    /// # Errors
    ///
    /// The server's: the certificate's state, `user_unknown`, `server_refused`.
    pub fn validate(&self, activation: &Activation, login: Login<'_>) -> Result<Validated, Fault> {
        let response = &activation.response;
        let request = ValidateRequest {
            app_url: response.app_url.clone(),
            log_session_id: response.log_session_id.clone(),
            device_id: activation.device.clone(),
            challenge: response.challenge.clone(),
            signature: response.signature.clone(),
            uid: UserId::parse(login.uid).map_err(|_| ErrorCode::UserUnknown)?,
            response: login.response,
            resume_session: login.goes_on.map(str::to_owned),
        };
        let path = self.http.own_path(&response.reply_url)?;
        let body = request.to_object().write().map_err(|_| ErrorCode::Internal)?;
        let validated: ValidateResponse = understood(&self.http.post(path, XML, &body)?)?;
        let session = validated.session.ok_or_else(|| invalid("session"))?;
        let minutes = validated.sso_max_session_time.unwrap_or(DEFAULT_LIFETIME_MINUTES);
        Ok(Validated {
            name: validated.cn,
            roles: validated.roles.iter().map(role).collect(),
            parent: validated.sso_ticket,
            session: session.id,
            lease_seconds: session.lease_seconds,
            lifetime_seconds: minutes.saturating_mul(60),
        })
    }

    /// Fixes the session's role.
    ///
    /// # Errors
    ///
    /// `role_unavailable` where the server says no.
    pub fn select_role(&self, parent: &str, role: &str) -> Result<(), Fault> {
        let ticket = Ticket::parse(parent).map_err(|_| ErrorCode::Internal)?;
        let answer = self.http.get(&role_selection_path(&ticket, role))?;
        let done = answer.success && is_status_ok(&answer.body);
        if done { Ok(()) } else { Err(ErrorCode::RoleUnavailable.into()) }
    }
}

fn understood<T: Message>(answer: &Answer) -> Result<T, Fault> {
    match Spoken::read(&answer.body) {
        Ok(Spoken::Done(message)) => Ok(message),
        Ok(Spoken::Refused(refusal)) => Err(refused(&refusal)),
        Err(error) => Err(invalid(&error.to_string())),
    }
}

fn role(role: &JobRole) -> RoleView {
    RoleView {
        id: role.id.clone(),
        name: role.name().map_or_else(|| role.text.clone(), |name| name.role),
        organisation_code: role.org_code.clone().unwrap_or_default(),
        organisation: role.organisation().to_owned(),
    }
}

fn refused(refusal: &ErrorBody) -> Fault {
    let code = match refusal.code {
        SpineCode::CertificateExpired => ErrorCode::CertificateExpired,
        SpineCode::CertificateNotYetValid => ErrorCode::CertificateNotYetValid,
        SpineCode::CertificateRevoked => ErrorCode::CertificateRevoked,
        SpineCode::CertificateUntrusted => ErrorCode::CertificateUntrusted,
        SpineCode::CertificateWrongUsage => ErrorCode::CertificateWrongUsage,
        SpineCode::RevocationUnavailable => ErrorCode::RevocationUnavailable,
        SpineCode::UserUnknown => ErrorCode::UserUnknown,
        _ => ErrorCode::ServerRefused,
    };
    Fault::new(code).with("server", refusal.text.as_str())
}

fn invalid(reason: &str) -> Fault {
    Fault::new(ErrorCode::ServerResponseInvalid).with("reason", reason)
}

const XML: &str = "text/xml; charset=utf-8";
const DEFAULT_LIFETIME_MINUTES: u32 = 600;
