//! What inner errors are to a page.

use wardkey_protocol::{ErrorCode, Fault, session_api::Refusal};
use wardkey_smartcard::CardError;

use crate::server::SessionError;

/// A card's error.
pub fn of_card(error: &CardError) -> Fault {
    let code = match error {
        CardError::CardBusy => ErrorCode::CardBusy,
        CardError::CardMissing => ErrorCode::CardMissing,
        CardError::CardRemoved => ErrorCode::CardRemoved,
        CardError::CertificateEnded { status } => {
            let code = match status.as_str() {
                "expired" => ErrorCode::CertificateExpired,
                _ => ErrorCode::CertificateRevoked,
            };
            return Fault::new(code).with("status", status.as_str());
        }
        CardError::ContactNeeded => ErrorCode::CardContactNeeded,
        CardError::KeyMissing => ErrorCode::KeyMissing,
        CardError::ModuleFailed { code: None, .. } => ErrorCode::ModuleFailed,
        CardError::ModuleFailed { function, code: Some(code) } => {
            return Fault::new(ErrorCode::CardFailed)
                .with("function", function.as_str())
                .with("value", code.as_str());
        }
        CardError::ModuleMissing(_) => ErrorCode::ModuleMissing,
        CardError::NotConfirmed => ErrorCode::Timeout,
        CardError::PasscodeBlocked => ErrorCode::PasscodeBlocked,
        CardError::PasscodeExpired => ErrorCode::PasscodeExpired,
        CardError::PasscodeLength { .. } => ErrorCode::PasscodeWrong,
        CardError::PasscodeWrong { tries_left } => {
            let fault = Fault::new(ErrorCode::PasscodeWrong);
            return match tries_left {
                Some(tries) => fault.with("triesLeft", *tries),
                None => fault,
            };
        }
        CardError::ServiceRefused(reason) => return because(ErrorCode::RemoteRefused, reason),
        CardError::ServiceResponseInvalid(reason) => {
            return because(ErrorCode::RemoteResponseInvalid, reason);
        }
        CardError::ServiceUnreachable(reason) => {
            return because(ErrorCode::RemoteUnreachable, reason);
        }
        CardError::ServiceUnsupported(reason) => {
            return because(ErrorCode::RemoteUnsupported, reason);
        }
        CardError::ServiceUntrusted(reason) => return because(ErrorCode::RemoteUntrusted, reason),
        CardError::ReaderServiceMissing => ErrorCode::ReaderServiceMissing,
        CardError::ReaderMissing => ErrorCode::ReaderMissing,
        CardError::UnblockingKeyBlocked => ErrorCode::UnblockingKeyBlocked,
        CardError::UserCancelled => ErrorCode::UserCancelled,
        _ => ErrorCode::CardFailed,
    };
    code.into()
}

fn because(code: ErrorCode, reason: &str) -> Fault {
    Fault::new(code).with("reason", reason)
}

/// A refusal of the server for a session.
pub fn of_session(error: &SessionError) -> Fault {
    match error {
        SessionError::Refused(refusal) => match refusal {
            Refusal::RoleRequired => ErrorCode::RoleRequired.into(),
            Refusal::SessionEnded => ErrorCode::SessionEnded.into(),
            Refusal::SessionLocked | Refusal::SessionSuspended => ErrorCode::SessionLocked.into(),
            Refusal::RelyingPartyUnknown => Fault::new(ErrorCode::ServerRefused)
                .with("reason", "the server does not know this site as a relying party"),
            _ => Fault::new(ErrorCode::ServerRefused).with("reason", "proof"),
        },
        SessionError::Server(fault) => fault.clone(),
    }
}
