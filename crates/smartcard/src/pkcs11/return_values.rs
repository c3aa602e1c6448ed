use cryptoki::{
    context::Function,
    error::{Error, RvError},
};

use crate::CardError;

/// What a return value means for the person with the card.
pub fn failed(error: Error) -> CardError {
    match error {
        Error::Pkcs11(value, function) => returned(value, function),
        other => CardError::ModuleFailed {
            function: "the module".to_owned(),
            code: Some(other.to_string()),
        },
    }
}

fn returned(value: RvError, function: Function) -> CardError {
    match value {
        RvError::DeviceRemoved | RvError::SessionClosed | RvError::SessionHandleInvalid => {
            CardError::CardRemoved
        }
        RvError::FunctionCanceled | RvError::FunctionRejected => CardError::UserCancelled,
        RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => CardError::KeyMissing,
        RvError::CurveNotSupported
        | RvError::KeyFunctionNotPermitted
        | RvError::KeySizeRange
        | RvError::KeyTypeInconsistent
        | RvError::MechanismInvalid
        | RvError::MechanismParamInvalid => CardError::Unsupported(format!("{value:?}")),
        RvError::OperationActive | RvError::SessionCount => CardError::CardBusy,
        RvError::PinExpired | RvError::UserPinNotInitialized => CardError::PasscodeExpired,
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
            CardError::PasscodeWrong { tries_left: None }
        }
        RvError::PinLocked => CardError::PasscodeBlocked,
        RvError::TokenNotPresent | RvError::TokenNotRecognized => CardError::CardMissing,
        other => CardError::ModuleFailed {
            function: format!("C_{function:?}"),
            code: Some(format!("{other:?}")),
        },
    }
}

#[cfg(test)]
mod tests;
