use crate::{
    DeviceId, GpObject, LogSessionId, Message, MessageError, Ticket, UserId, message::Fields,
};

/// The end of a session, sent to the `sso_logout_url`; the answer is a status page.
#[derive(Debug)]
pub struct LogoutRequest {
    /// The session's own ticket.
    pub sso_ticket: Ticket,
    /// The name of the login that began the session.
    pub log_session_id: LogSessionId,
    /// The workstation.
    pub device_id: DeviceId,
    /// Whose session it is.
    pub uid: UserId,
}

impl Message for LogoutRequest {
    fn from_object(object: &GpObject) -> Result<Self, MessageError> {
        let fields = Fields(object);
        fields.service(LOGOUT)?;
        Ok(Self {
            sso_ticket: fields.ticket("sso_ticket")?,
            log_session_id: fields.parsed("log_session_id", LogSessionId::parse)?,
            device_id: fields.parsed("device_id", DeviceId::parse)?,
            uid: fields.parsed("uid", UserId::parse)?,
        })
    }

    fn to_object(&self) -> GpObject {
        GpObject::default()
            .with("service", LOGOUT)
            .with("sso_ticket", self.sso_ticket.expose())
            .with("log_session_id", self.log_session_id.as_str())
            .with("device_id", self.device_id.as_str())
            .with("uid", self.uid.as_str())
    }
}

const LOGOUT: &str = "LOGOUT";
