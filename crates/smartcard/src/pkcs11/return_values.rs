use cryptoki::error::{Error, RvError};

use crate::CardError;

/// What a return value means for the person with the card.
pub fn failed(error: Error) -> CardError {
    let Error::Pkcs11(value, function) = error else {
        return CardError::ModuleFailed {
            function: "the module".to_owned(),
            code: Some(error.to_string()),
        };
    };
    match value {
        RvError::DeviceRemoved => CardError::CardRemoved,
        RvError::FunctionCanceled => CardError::UserCancelled,
        RvError::KeyHandleInvalid => CardError::KeyMissing,
        RvError::PinIncorrect => CardError::PasscodeWrong { tries_left: None },
        RvError::PinLocked => CardError::PasscodeBlocked,
        RvError::TokenNotPresent | RvError::TokenNotRecognized => CardError::CardMissing,
        other => CardError::ModuleFailed {
            function: format!("C_{function}"),
            code: Some(format!("{other:?}")),
        },
    }
}
