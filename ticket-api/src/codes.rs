//! What the agent says, in the codes of the interface.

use wardkey_agent_link::{CallError, LinkError};
use wardkey_protocol::{ErrorCode, Fault};
use wardkey_spine::ticket_api::Code;

/// What became of a call, if it did not go well.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// For the caller.
    pub code: Code,
    /// What the agent says of it, for people.
    pub said: Option<String>,
    cause: Cause,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cause {
    /// The agent's answer.
    Agent(ErrorCode),
    /// The connection ended before the answer.
    Gone,
    /// The call itself, or nothing.
    Own,
}

impl Failure {
    /// It went well.
    pub const fn none() -> Self {
        Self { code: Code::SUCCESS, said: None, cause: Cause::Own }
    }

    /// The same with another code for the caller.
    pub fn with_code(self, code: Code) -> Self {
        Self { code, ..self }
    }

    /// Whether the connection ended before the answer.
    pub fn is_gone(&self) -> bool {
        self.cause == Cause::Gone
    }

    /// Whether it is the agent's answer.
    pub fn is(&self, code: ErrorCode) -> bool {
        self.cause == Cause::Agent(code)
    }

    /// Whether there is no session, or none that works.
    pub fn is_without_session(&self) -> bool {
        let none = [ErrorCode::SessionEnded, ErrorCode::SessionLocked, ErrorCode::SessionMissing];
        none.into_iter().any(|code| self.is(code))
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self { code, said: None, cause: Cause::Own }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let Fault { code, message, remedy, .. } = fault;
        let said = Some(format!("{message} {remedy} ({code})"));
        Self { code: code_of(code), said, cause: Cause::Agent(code) }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Fault(fault) => fault.into(),
            _ => Self { code: Code::SERVER_COMM_FAILED, said: None, cause: Cause::Gone },
        }
    }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        // Where it is installed it was started, so that this means that it is not.
        match error {
            LinkError::NoAgent(_) => Code::NOT_INSTALLED.into(),
            LinkError::NotStarted(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Code::NOT_INSTALLED.into()
            }
            error => error.fault().into(),
        }
    }
}

fn code_of(code: ErrorCode) -> Code {
    let known = TABLE.iter().find(|(known, _)| *known == code);
    known.map_or(Code::INTERNAL_ERROR, |(_, code)| *code)
}

/// Every code of the protocol; a test holds it to that.
const TABLE: &[(ErrorCode, Code)] = {
    use ErrorCode as E;
    &[
        (E::AgentUnreachable, Code::SERVER_COMM_FAILED),
        (E::AlgorithmUnsupported, Code::SMARTCARD_NOT_SUPPORTED),
        (E::ArgumentInvalid, Code::INVALID_PARAMETER),
        (E::AuthorizeRequestInvalid, Code::AUTHDATA_SYNTAX_ERROR),
        (E::BatchTooLarge, Code::INVALID_PARAMETER),
        (E::Busy, Code::SERVER_BUSY),
        (E::Cancelled, Code::USER_ABORT),
        (E::CapabilityNotGranted, Code::AUTHMETHOD_NOT_POSSIBLE),
        (E::CardBusy, Code::CARD_TRANSACTION_FAILED),
        (E::CardContactNeeded, Code::CARD_TRANSACTION_FAILED),
        (E::CardFailed, Code::CARD_TRANSACTION_FAILED),
        (E::CardMissing, Code::CARD_TRANSACTION_FAILED),
        (E::CardRemoved, Code::CARD_TRANSACTION_FAILED),
        (E::CardUnreadable, Code::SMARTCARD_NOT_SUPPORTED),
        (E::CertificateExpired, Code::SMARTCARD_NOT_VALID),
        (E::CertificateMissing, Code::NO_CERT_FOUND),
        (E::CertificateNotYetValid, Code::SMARTCARD_NOT_VALID),
        (E::CertificateRevoked, Code::SMARTCARD_NOT_VALID),
        (E::CertificateUntrusted, Code::SMARTCARD_NOT_VALID),
        (E::CertificateWrongUsage, Code::SMARTCARD_NOT_VALID),
        (E::ChunkInvalid, Code::INTERNAL_ERROR),
        (E::CommandUnknown, Code::NOT_IMPLEMENTED),
        (E::ContextInsecure, Code::INTERNAL_ERROR),
        (E::DocumentLeftOut, Code::USER_ABORT),
        (E::DocumentMalformed, Code::INVALID_PARAMETER),
        (E::DocumentRefused, Code::INVALID_PARAMETER),
        (E::DocumentTooLarge, Code::INVALID_PARAMETER),
        (E::DocumentUnsupported, Code::INVALID_PARAMETER),
        (E::ExtensionMissing, Code::NOT_INSTALLED),
        (E::FormatUnsupported, Code::NOT_IMPLEMENTED),
        (E::FrameTooLarge, Code::INTERNAL_ERROR),
        (E::GestureRequired, Code::INTERNAL_ERROR),
        (E::HostMissing, Code::NOT_INSTALLED),
        (E::Internal, Code::INTERNAL_ERROR),
        (E::KeyMissing, Code::NO_KEY_FOUND),
        (E::KeyTooShort, Code::SMARTCARD_NOT_VALID),
        (E::MessageMalformed, Code::INTERNAL_ERROR),
        (E::ModuleFailed, Code::CARD_TRANSACTION_FAILED),
        (E::ModuleMissing, Code::AUTHMETHOD_NOT_AVAILABLE),
        (E::OriginNotAdmitted, Code::RESOURCE_NOT_AVAILABLE),
        (E::OutcomeUnknown, Code::SERVER_COMM_FAILED),
        (E::PasscodeBlocked, Code::PIN_BLOCKED),
        (E::PasscodeWrong, Code::AUTHENTICATION_FAILED),
        (E::PolicyInvalid, Code::LOAD_RES_FAILED),
        (E::ProgramNotAdmitted, Code::RESOURCE_NOT_AVAILABLE),
        (E::RateLimited, Code::SERVER_BUSY),
        (E::ReaderMissing, Code::READER_NOT_AVAILABLE),
        (E::ReaderServiceMissing, Code::READER_NOT_AVAILABLE),
        (E::ResultDiscarded, Code::INTERNAL_ERROR),
        (E::RevocationUnavailable, Code::AUTHSERVER_NOT_AVAILABLE),
        (E::RoleRequired, Code::USER_NOT_VALID),
        (E::RoleUnavailable, Code::USER_NOT_VALID),
        (E::ServerRefused, Code::AUTHENTICATION_FAILED),
        (E::ServerResponseInvalid, Code::AUTHDATA_SYNTAX_ERROR),
        (E::ServerUnreachable, Code::AUTHSERVER_NOT_AVAILABLE),
        (E::ServerUntrusted, Code::AUTHSERVER_NOT_AVAILABLE),
        (E::SessionEnded, Code::TICKET_NOT_AVAILABLE),
        (E::SessionLocked, Code::TICKET_NOT_AVAILABLE),
        (E::SessionMissing, Code::TICKET_NOT_AVAILABLE),
        (E::SignatureInvalid, Code::CARD_TRANSACTION_FAILED),
        (E::SignerMismatch, Code::USER_NOT_VALID),
        (E::Timeout, Code::USER_ABORT),
        (E::TimestampUnavailable, Code::AUTHSERVER_NOT_AVAILABLE),
        (E::TransferStalled, Code::SERVER_COMM_FAILED),
        (E::TransfersFull, Code::SERVER_BUSY),
        (E::UserCancelled, Code::USER_ABORT),
        (E::UserUnknown, Code::USER_NOT_VALID),
        (E::VersionMismatch, Code::VERSION_CONFLICT),
    ]
};

#[cfg(test)]
mod tests;
