use serde::{Deserialize, Serialize};

/// What went wrong at a card, with the call that failed and the tries left where they are known.
/// It crosses the module process's pipe as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CardError {
    /// Device: another program holds the card.
    #[error("another program holds the card")]
    CardBusy,
    /// Device: no card where one was looked for.
    #[error("no card")]
    CardMissing,
    /// Device: the card was pulled.
    #[error("the card was taken out")]
    CardRemoved,
    /// Device: the service that keeps the key says that the certificate is good no more.
    #[error("the certificate is {status}")]
    CertificateEnded {
        /// `expired`, `revoked` or `suspended`.
        status: String,
    },
    /// Device: the card does not take its passcode here, over the air.
    #[error("the card takes its passcode only in a reader with contacts")]
    ContactNeeded,
    /// Bug: what was to be signed is no digest of the mechanism's.
    #[error("a digest of {length} bytes does not fit the mechanism")]
    DigestLength {
        /// Its length in bytes.
        length: usize,
    },
    /// Device: the certificate's key is not on the card.
    #[error("no key")]
    KeyMissing,
    /// Device: the module failed.
    #[error("{function} failed{}", .code.as_ref().map(|code| format!(": {code}")).unwrap_or_default())]
    ModuleFailed {
        /// The PKCS#11 or PC/SC function.
        function: String,
        /// The return value's name; `None` where nothing was returned.
        code: Option<String>,
    },
    /// Device: the module's file is missing or is no module.
    #[error("no module: {0}")]
    ModuleMissing(String),
    /// User: the card does not take this new passcode, though it is of the right form.
    #[error("the card refuses the new passcode")]
    NewPasscodeRefused,
    /// User: at the reader's PIN pad the new passcode was not the same twice.
    #[error("the new passcodes differ")]
    NewPasscodesDiffer,
    /// User: nobody confirmed the signature at the service in time.
    #[error("nobody confirmed in time")]
    NotConfirmed,
    /// User: the key demands the passcode for each signature, and may not have it held.
    #[error("the passcode is needed again")]
    PasscodeAgain,
    /// User: the passcode is blocked; the card was not tried.
    #[error("the passcode is blocked")]
    PasscodeBlocked,
    /// User: the new passcode has other characters than digits; the card was not tried.
    #[error("the passcode has digits only")]
    PasscodeDigits,
    /// User: the passcode must be set or changed before the card signs.
    #[error("the passcode must be changed first")]
    PasscodeExpired,
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
    /// Device: the reader was unplugged.
    #[error("the reader is gone")]
    ReaderMissing,
    /// Device: the PC/SC service does not run.
    #[error("no smartcard service")]
    ReaderServiceMissing,
    /// Device: the service that keeps the key refused, in its own words.
    #[error("the service refused: {0}")]
    ServiceRefused(String),
    /// Device: the service's answer is none that its protocol has.
    #[error("the service's answer is invalid: {0}")]
    ServiceResponseInvalid(String),
    /// Device: the service does not answer.
    #[error("the service does not answer: {0}")]
    ServiceUnreachable(String),
    /// Device: the service keeps or authorises the key in a way that is not admitted here.
    #[error("the service's way is not admitted: {0}")]
    ServiceUnsupported(String),
    /// Device: the service's TLS certificate is not of the authority that it has to be of.
    #[error("the service is not trusted: {0}")]
    ServiceUntrusted(String),
    /// User: nobody waits for this signature any more; the card was not tried.
    #[error("stopped")]
    Stopped,
    /// User: the key that unblocks the passcode is blocked too; the card was not tried.
    #[error("the unblocking key is blocked")]
    UnblockingKeyBlocked,
    /// User: the unblocking key is too short or too long; the card was not tried.
    #[error("the unblocking key has {min} to {max} characters")]
    UnblockingKeyLength {
        /// The shortest one, in bytes.
        min: u8,
        /// The longest one, in bytes.
        max: u8,
    },
    /// User: a wrong unblocking key could be the last that the card takes; it was not tried.
    #[error("the unblocking key may have one try left")]
    UnblockingKeyLastTry,
    /// User: the unblocking key is wrong.
    #[error("the unblocking key is wrong")]
    UnblockingKeyWrong {
        /// Tries left, where the card says.
        tries_left: Option<u8>,
    },
    /// Device: this card cannot sign this way.
    #[error("not with this card: {0}")]
    Unsupported(String),
    /// User: cancelled at the reader's PIN pad, or refused on the phone.
    #[error("cancelled")]
    UserCancelled,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Party {
    /// This program's.
    Bug,
    /// Card, reader, module or service.
    Device,
    /// The person with the card.
    User,
}

impl CardError {
    /// Whose fault it is.
    #[must_use]
    pub fn party(&self) -> Party {
        match self {
            Self::DigestLength { .. } => Party::Bug,
            Self::CardBusy
            | Self::CardMissing
            | Self::CardRemoved
            | Self::CertificateEnded { .. }
            | Self::ContactNeeded
            | Self::KeyMissing
            | Self::ModuleFailed { .. }
            | Self::ModuleMissing(_)
            | Self::ReaderMissing
            | Self::ReaderServiceMissing
            | Self::ServiceRefused(_)
            | Self::ServiceResponseInvalid(_)
            | Self::ServiceUnreachable(_)
            | Self::ServiceUnsupported(_)
            | Self::ServiceUntrusted(_)
            | Self::Unsupported(_) => Party::Device,
            Self::NewPasscodeRefused
            | Self::NewPasscodesDiffer
            | Self::NotConfirmed
            | Self::PasscodeAgain
            | Self::PasscodeBlocked
            | Self::PasscodeDigits
            | Self::PasscodeExpired
            | Self::PasscodeLength { .. }
            | Self::PasscodeWrong { .. }
            | Self::Stopped
            | Self::UnblockingKeyBlocked
            | Self::UnblockingKeyLastTry
            | Self::UnblockingKeyLength { .. }
            | Self::UnblockingKeyWrong { .. }
            | Self::UserCancelled => Party::User,
        }
    }
}

#[cfg(test)]
mod tests;
