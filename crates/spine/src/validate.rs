use base64ct::{Base64, Encoding as _};

use crate::{
    DeviceId, GpObject, JobRole, LogSessionId, Message, MessageError, Ticket, UserId,
    message::{AUTH_METHOD, Fields},
    mime,
};

/// The second message of a login, `POST /login/authvalidate`: the card's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidateRequest {
    /// The application that logs in, as in the activation.
    pub app_url: String,
    /// The name of this login.
    pub log_session_id: LogSessionId,
    /// The workstation.
    pub device_id: DeviceId,
    /// The server's challenge, unchanged.
    pub challenge: Vec<u8>,
    /// The server's signature over it, unchanged.
    pub signature: Vec<u8>,
    /// Who logs in; the server checks it against the certificate.
    pub uid: UserId,
    /// The CMS SignedData that the card made, in DER.
    pub response: Vec<u8>,
    /// The session that the card is to bring back (`wardkey_resume_session`). Wardkey's addition;
    /// the Spine's own agents send none.
    pub resume_session: Option<String>,
}

/// The answer to a login that is valid.
#[derive(Debug)]
pub struct ValidateResponse {
    /// The name of this login.
    pub log_session_id: LogSessionId,
    /// The user's name, as `Surname Given`.
    pub cn: String,
    /// The role profiles to choose from, in the server's order.
    pub roles: Vec<JobRole>,
    /// The session's own ticket.
    pub sso_ticket: Ticket,
    /// The domain of older clients' cookies; may be empty.
    pub sso_domain: String,
    /// Where older clients kept the session up; may be empty.
    pub sso_session_url: String,
    /// Where the session is ended.
    pub sso_logout_url: String,
    /// How long the session may last; minutes, as it seems.
    pub sso_max_session_time: Option<u32>,
    /// How long it may be idle; seconds, as it seems.
    pub sso_session_time: Option<u32>,
    /// The server's error page; may be empty.
    pub error_url: String,
    /// The server's address as it sees it; may be empty.
    pub server_ip: String,
    /// The application that logged in.
    pub app_url: String,
    /// The server's version.
    pub gas_version: String,
    /// Wardkey's addition; the Spine's own server sends none.
    pub session: Option<ServerSession>,
}

/// The session at a Wardkey server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSession {
    /// Its name, no secret: the `kid` of session proofs (`wardkey_session_id`).
    pub id: String,
    /// Seconds until the agent has to renew the lease (`wardkey_lease_seconds`).
    pub lease_seconds: u32,
}

impl Message for ValidateRequest {
    fn from_object(object: &GpObject) -> Result<Self, MessageError> {
        let fields = Fields(object);
        fields.service(AUTHENTICATION)?;
        fields.fixed("auth_method", AUTH_METHOD)?;
        fields.fixed("card_type", CARD_TYPE)?;
        // Mobility mode is not served: nothing is known of its messages.
        fields.fixed("mobility", NO_MOBILITY)?;
        let encoding = fields.param("response")?.and_then(|param| param.attribute("encoding"));
        if encoding != Some("base64") {
            return Err(MessageError::Invalid("response"));
        }
        Ok(Self {
            app_url: fields.required("app_url")?.to_owned(),
            log_session_id: fields.parsed("log_session_id", LogSessionId::parse)?,
            device_id: fields.parsed("device_id", DeviceId::parse)?,
            challenge: fields.base64("challenge")?,
            signature: fields.base64("signature")?,
            uid: fields.parsed("uid", UserId::parse)?,
            response: mime::unwrap_cms(&fields.base64("response")?)?,
            resume_session: fields.optional(RESUME_SESSION)?,
        })
    }

    fn to_object(&self) -> GpObject {
        let response = Base64::encode_string(mime::wrap_cms(&self.response).as_bytes());
        let object = GpObject::default()
            .with("auth_method", AUTH_METHOD)
            .with("app_url", &self.app_url)
            .with("log_session_id", self.log_session_id.as_str())
            .with("device_id", self.device_id.as_str())
            .with("service", AUTHENTICATION)
            .with("challenge", Base64::encode_string(&self.challenge))
            .with("signature", Base64::encode_string(&self.signature))
            .with("uid", self.uid.as_str())
            .with("card_type", CARD_TYPE)
            .with_attributes("response", &[("encoding", "base64")], response)
            .with("mobility", NO_MOBILITY);
        match &self.resume_session {
            Some(session) => object.with(RESUME_SESSION, session),
            None => object,
        }
    }
}

impl Message for ValidateResponse {
    fn from_object(object: &GpObject) -> Result<Self, MessageError> {
        let fields = Fields(object);
        fields.service(AUTHENTICATION)?;
        let session =
            match (fields.text("wardkey_session_id")?, fields.optional("wardkey_lease_seconds")?) {
                ("", None) => None,
                ("", Some(_)) => return Err(MessageError::Missing("wardkey_session_id")),
                (_, None) => return Err(MessageError::Missing("wardkey_lease_seconds")),
                (id, Some(lease_seconds)) => {
                    Some(ServerSession { id: id.to_owned(), lease_seconds })
                }
            };
        Ok(Self {
            log_session_id: fields.parsed("log_session_id", LogSessionId::parse)?,
            cn: fields.required("cn")?.to_owned(),
            roles: roles(object)?,
            sso_ticket: fields.ticket("sso_ticket")?,
            sso_domain: fields.text("sso_domain")?.to_owned(),
            sso_session_url: fields.text("sso_session_url")?.to_owned(),
            sso_logout_url: fields.required("sso_logout_url")?.to_owned(),
            sso_max_session_time: fields.optional("sso_max_session_time")?,
            sso_session_time: fields.optional("sso_session_time")?,
            error_url: fields.text("error_url")?.to_owned(),
            server_ip: fields.text("server_ip")?.to_owned(),
            app_url: fields.text("app_url")?.to_owned(),
            gas_version: fields.text("gas_version")?.to_owned(),
            session,
        })
    }

    fn to_object(&self) -> GpObject {
        let number = |value: Option<u32>| value.map_or_else(String::new, |value| value.to_string());
        let mut object = GpObject::default()
            .with("log_session_id", self.log_session_id.as_str())
            .with("error_url", &self.error_url)
            .with("server_ip", &self.server_ip)
            .with("cn", &self.cn);
        for (index, role) in self.roles.iter().enumerate() {
            let mut attributes = vec![("id", role.id.as_str())];
            attributes.extend(role.org_code.as_deref().map(|code| ("orgcode", code)));
            object = object.with_attributes(
                &format!("{JOB_ROLE}{}", index + 1),
                &attributes,
                &role.text,
            );
        }
        object = object
            .with("gas_version", &self.gas_version)
            .with("sso_ticket", self.sso_ticket.expose())
            .with("sso_domain", &self.sso_domain)
            .with("sso_session_url", &self.sso_session_url)
            .with("sso_max_session_time", number(self.sso_max_session_time))
            .with("sso_session_time", number(self.sso_session_time))
            .with("sso_keep_alive", "false")
            .with("sso_logout_url", &self.sso_logout_url)
            .with("auth_method", AUTH_METHOD)
            .with("app_url", &self.app_url)
            .with("service", AUTHENTICATION);
        match &self.session {
            Some(session) => object
                .with("wardkey_session_id", &session.id)
                .with("wardkey_lease_seconds", session.lease_seconds.to_string()),
            None => object,
        }
    }
}

/// The roles `nhsjobrole1`, `nhsjobrole2` and so on, by their numbers.
fn roles(object: &GpObject) -> Result<Vec<JobRole>, MessageError> {
    let mut numbered = Vec::new();
    for param in object.params() {
        let Some(number) = param.name().strip_prefix(JOB_ROLE) else { continue };
        let number: u32 = number.parse().map_err(|_| MessageError::Invalid(JOB_ROLE))?;
        let id = param.attribute("id").map(str::trim).unwrap_or_default();
        if id.is_empty() {
            return Err(MessageError::Missing("nhsjobrole id"));
        }
        let org_code = param.attribute("orgcode").map(str::to_owned);
        let role = JobRole { id: id.to_owned(), org_code, text: param.value().trim().to_owned() };
        numbered.push((number, role));
    }
    numbered.sort_by_key(|(number, _)| *number);
    if numbered.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(MessageError::Repeated(JOB_ROLE));
    }
    Ok(numbered.into_iter().map(|(_, role)| role).collect())
}

const AUTHENTICATION: &str = "AUTHENTICATION";
const CARD_TYPE: &str = "p11";
const JOB_ROLE: &str = "nhsjobrole";
const NO_MOBILITY: &str = "0";
const RESUME_SESSION: &str = "wardkey_resume_session";
