use std::{fmt, net::IpAddr};

/// A person's number in the Spine directory: 12 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(String);

/// The name that a client gives one login; it ties the messages of that login together and is
/// no secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogSessionId(String);

/// The workstation, as the client names it: `<8 characters>,ClientIP=<address>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviceId(String);

/// The text is no identifier of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed identifier")]
pub struct IdentifierError;

impl UserId {
    /// Reads a user's number.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is not 12 digits.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let right = text.len() == USER_ID_LENGTH && text.bytes().all(|b| b.is_ascii_digit());
        if right { Ok(Self(text.to_owned())) } else { Err(IdentifierError) }
    }
}

impl LogSessionId {
    /// Random octets that a new one is made of.
    pub const RANDOM_LENGTH: usize = 10;

    /// Reads one: letters and digits, 64 of them at most.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is none.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let right = (1..=MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if right { Ok(Self(text.to_owned())) } else { Err(IdentifierError) }
    }

    /// A new one of the Spine's length, 10 letters and digits with 5 bits of randomness each.
    #[must_use]
    pub fn generate(random: &[u8; Self::RANDOM_LENGTH]) -> Self {
        let symbol = |octet: &u8| char::from(SYMBOLS[usize::from(octet % 32)]);
        Self(random.iter().map(symbol).collect())
    }
}

impl DeviceId {
    /// The workstation of this name, cut and filled to 8 letters and digits, at this address.
    #[must_use]
    pub fn new(name: &str, address: IpAddr) -> Self {
        let name: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .chain(std::iter::repeat('0'))
            .take(DEVICE_NAME_LENGTH)
            .collect();
        Self(format!("{name},ClientIP={address}"))
    }

    /// Reads one: printable ASCII, 64 characters at most.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is none.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let right = (1..=MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
        if right { Ok(Self(text.to_owned())) } else { Err(IdentifierError) }
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl $name {
            /// Its text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

as_text!(UserId, LogSessionId, DeviceId);

const USER_ID_LENGTH: usize = 12;
const DEVICE_NAME_LENGTH: usize = 8;
const MAX_LENGTH: usize = 64;
const SYMBOLS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

#[cfg(test)]
mod tests;
