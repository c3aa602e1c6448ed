//! What the agent says, in the codes of the interface.

use wardkey_agent_link::{CallError, LinkError};
use wardkey_protocol::{ErrorCode, Fault, Party};
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

/// What of an error's own the interface has a code for; of the others, whose doing it is.
fn code_of(code: ErrorCode) -> Code {
    match code {
        ErrorCode::AgentUnreachable | ErrorCode::OutcomeUnknown => Code::SERVER_COMM_FAILED,
        ErrorCode::AuthorizeRequestInvalid | ErrorCode::ServerResponseInvalid => {
            Code::AUTHDATA_SYNTAX_ERROR
        }
        ErrorCode::Busy | ErrorCode::RateLimited | ErrorCode::TransfersFull => Code::SERVER_BUSY,
        ErrorCode::Cancelled | ErrorCode::Timeout | ErrorCode::UserCancelled => Code::USER_ABORT,
        ErrorCode::CapabilityNotGranted => Code::AUTHMETHOD_NOT_POSSIBLE,
        ErrorCode::CardUnreadable => Code::SMARTCARD_NOT_SUPPORTED,
        ErrorCode::CertificateMissing => Code::NO_CERT_FOUND,
        ErrorCode::CertificateExpired
        | ErrorCode::CertificateNotYetValid
        | ErrorCode::CertificateRevoked
        | ErrorCode::CertificateUntrusted
        | ErrorCode::CertificateWrongUsage
        | ErrorCode::KeyTooShort => Code::SMARTCARD_NOT_VALID,
        ErrorCode::CommandUnknown => Code::NOT_IMPLEMENTED,
        ErrorCode::HostMissing => Code::NOT_INSTALLED,
        ErrorCode::KeyMissing => Code::NO_KEY_FOUND,
        ErrorCode::ModuleMissing => Code::AUTHMETHOD_NOT_AVAILABLE,
        ErrorCode::PasscodeBlocked => Code::PIN_BLOCKED,
        ErrorCode::PasscodeWrong | ErrorCode::ServerRefused => Code::AUTHENTICATION_FAILED,
        ErrorCode::PolicyInvalid => Code::LOAD_RES_FAILED,
        ErrorCode::ReaderMissing | ErrorCode::ReaderServiceMissing => Code::READER_NOT_AVAILABLE,
        ErrorCode::RoleRequired
        | ErrorCode::RoleUnavailable
        | ErrorCode::SignerMismatch
        | ErrorCode::UserUnknown => Code::USER_NOT_VALID,
        ErrorCode::SessionEnded | ErrorCode::SessionLocked | ErrorCode::SessionMissing => {
            Code::TICKET_NOT_AVAILABLE
        }
        ErrorCode::VersionMismatch => Code::VERSION_CONFLICT,
        _ => match code.party() {
            // What calls the agent here is this library.
            Party::Bug | Party::Page => Code::INTERNAL_ERROR,
            Party::Device => Code::CARD_TRANSACTION_FAILED,
            Party::Installation => Code::RESOURCE_NOT_AVAILABLE,
            Party::Server => Code::AUTHSERVER_NOT_AVAILABLE,
            Party::User => Code::AUTHENTICATION_NOT_POSSIBLE,
        },
    }
}

#[cfg(test)]
mod tests;
