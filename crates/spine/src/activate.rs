use base64ct::{Base64, Encoding as _};

use crate::{
    DeviceId, GpObject, LogSessionId, Message, MessageError,
    message::{AUTH_METHOD, Fields},
};

/// The first message of a login, `POST /login/authactivate`: asks for a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivateRequest {
    /// The application that logs in; `NHST` from every client seen.
    pub app_url: String,
    /// The name of this login, chosen by the client.
    pub log_session_id: LogSessionId,
    /// The workstation.
    pub device_id: DeviceId,
}

/// The server's challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivateResponse {
    /// What the card signs: 48 octets from the Spine, at least as many from Wardkey.
    pub challenge: Vec<u8>,
    /// The server's signature over the challenge; goes back unchanged.
    pub signature: Vec<u8>,
    /// The name of this login.
    pub log_session_id: LogSessionId,
    /// Where the answer goes: the server's `/login/authvalidate`.
    pub reply_url: String,
    /// The server's error page; may be empty.
    pub error_url: String,
    /// The server's address as it sees it; may be empty.
    pub server_ip: String,
    /// The application that logs in.
    pub app_url: String,
    /// The server's version.
    pub gas_version: String,
    /// Where older clients fetched new versions of themselves; may be empty.
    pub download_gac_url: String,
    /// The newest client version; may be empty.
    pub latest_gac_version: String,
    /// Wardkey's addition; the Spine's own server sends none.
    pub login: Option<LoginIdentity>,
}

/// Whom a Wardkey login structure is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginIdentity {
    /// The server's identity: its public base URL (`wardkey_server`).
    pub server: String,
    /// The protocol label that is signed (`wardkey_label`).
    pub label: String,
}

impl ActivateRequest {
    /// The application name that every known client sends.
    pub const APP_URL: &str = "NHST";
}

impl Message for ActivateRequest {
    fn from_object(object: &GpObject) -> Result<Self, MessageError> {
        let fields = Fields(object);
        fields.service(ACTIVATION)?;
        fields.fixed("auth_method", AUTH_METHOD)?;
        Ok(Self {
            app_url: fields.required("app_url")?.to_owned(),
            log_session_id: fields.parsed("log_session_id", LogSessionId::parse)?,
            device_id: fields.parsed("device_id", DeviceId::parse)?,
        })
    }

    fn to_object(&self) -> GpObject {
        GpObject::default()
            .with("auth_method", AUTH_METHOD)
            .with("app_url", &self.app_url)
            .with("log_session_id", self.log_session_id.as_str())
            .with("device_id", self.device_id.as_str())
            .with("service", ACTIVATION)
    }
}

impl Message for ActivateResponse {
    fn from_object(object: &GpObject) -> Result<Self, MessageError> {
        let fields = Fields(object);
        fields.service(ACTIVATION)?;
        fields.fixed("auth_method", AUTH_METHOD)?;
        let login = match (fields.text("wardkey_server")?, fields.text("wardkey_label")?) {
            ("", "") => None,
            ("", _) => return Err(MessageError::Missing("wardkey_server")),
            (_, "") => return Err(MessageError::Missing("wardkey_label")),
            (server, label) => {
                Some(LoginIdentity { server: server.to_owned(), label: label.to_owned() })
            }
        };
        Ok(Self {
            challenge: fields.base64("challenge")?,
            signature: fields.base64("signature")?,
            log_session_id: fields.parsed("log_session_id", LogSessionId::parse)?,
            reply_url: fields.required("reply_url")?.to_owned(),
            error_url: fields.text("error_url")?.to_owned(),
            server_ip: fields.text("server_ip")?.to_owned(),
            app_url: fields.text("app_url")?.to_owned(),
            gas_version: fields.text("gas_version")?.to_owned(),
            download_gac_url: fields.text("download_gac_url")?.to_owned(),
            latest_gac_version: fields.text("latest_gac_version")?.to_owned(),
            login,
        })
    }

    fn to_object(&self) -> GpObject {
        let object = GpObject::default()
            .with("gas_version", &self.gas_version)
            .with("signature", Base64::encode_string(&self.signature))
            .with("server_ip", &self.server_ip)
            .with("ssp_url", "")
            .with("app_url", &self.app_url)
            .with("log_session_id", self.log_session_id.as_str())
            .with("service", ACTIVATION)
            .with("error_url", &self.error_url)
            .with("ticket", "")
            .with("auth_method", AUTH_METHOD)
            .with("reply_url", &self.reply_url)
            .with("challenge", Base64::encode_string(&self.challenge))
            .with("download_gac_url", &self.download_gac_url)
            .with("latest_gac_version", &self.latest_gac_version);
        match &self.login {
            Some(login) => {
                object.with("wardkey_server", &login.server).with("wardkey_label", &login.label)
            }
            None => object,
        }
    }
}

const ACTIVATION: &str = "ACTIVATION";
