use serde::{Deserialize, Serialize};

/// What went wrong at a card, with the call that failed and the tries left where they are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CardError {
    /// Device: another program holds the card.
    #[error("another program holds the card")]
    CardBusy,
    /// Device: no card where one was.
    #[error("no card")]
    CardMissing,
    /// Device: the card was pulled.
    #[error("the card was taken out")]
    CardRemoved,
    /// Device: the certificate's key is not on the card.
    #[error("no key")]
    KeyMissing,
    /// Device: the module failed.
    #[error("{function} failed{}", .code.as_ref().map(|code| format!(": {code}")).unwrap_or_default())]
    ModuleFailed {
        /// The PKCS#11 or PC/SC function.
        function: String,
        /// The return value's name.
        code: Option<String>,
    },
    /// Device: the module's file is missing or is no module.
    #[error("no module: {0}")]
    ModuleMissing(String),
    /// User: the passcode is blocked; the card was not tried.
    #[error("the passcode is blocked")]
    PasscodeBlocked,
    /// User: the passcode is too short or too long; the card was not tried.
    #[error("the passcode has {min} to {max} characters")]
    PasscodeLength {
        /// The shortest passcode, in bytes.
        min: u8,
        /// The longest passcode, in bytes.
        max: u8,
    },
    /// User: the passcode is wrong.
    #[error("the passcode is wrong")]
    PasscodeWrong {
        /// Tries left, where the card says.
        tries_left: Option<u8>,
    },
    /// Device: the PC/SC service does not run.
    #[error("no smartcard service")]
    ReaderServiceMissing,
    /// User: cancelled at the reader's PIN pad.
    #[error("cancelled")]
    UserCancelled,
}
