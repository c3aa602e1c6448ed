use std::fmt;

use serde::{Deserialize, Serialize};

/// An organisation's code of the Organisation Data Service: 3 to 12 capital letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OdsCode(String);

/// The number of a role profile or of a person at an organisation (`uniqueIdentifier`): 12 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileId(String);

/// A job role's code of staff group, sub group and role, as in `S8000:G8000:R8001`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobRoleCode(String);

/// The code of a business function, an activity of the National RBAC Database, as in `B0420`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActivityCode(String);

/// The text is no code of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Not an activity's.
    #[error("not the code of an activity, as in B0420")]
    Activity,
    /// Not a job role's.
    #[error("not the code of a job role, as in S8000:G8000:R8001")]
    JobRole,
    /// Not an organisation's.
    #[error("not an ODS code of 3 to 12 capital letters and digits")]
    Organisation,
    /// Not a person's or a profile's.
    #[error("not 12 digits")]
    Profile,
}

impl OdsCode {
    /// Reads an ODS code.
    ///
    /// # Errors
    /// [`CodeError::Organisation`] when it is none.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let symbol = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let right = ODS_LENGTHS.contains(&text.len()) && text.bytes().all(symbol);
        if right { Ok(Self(text.to_owned())) } else { Err(CodeError::Organisation) }
    }
}

impl ProfileId {
    /// Reads a profile's number.
    ///
    /// # Errors
    /// [`CodeError::Profile`] when it is not 12 digits.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let right = text.len() == ID_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        if right { Ok(Self(text.to_owned())) } else { Err(CodeError::Profile) }
    }
}

impl JobRoleCode {
    /// Reads a job role's code.
    ///
    /// # Errors
    /// [`CodeError::JobRole`] when it is none.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut parts = text.split(':');
        let mut next = |letter| parts.next().is_some_and(|part| is_lettered(part, letter));
        let right = next(b'S') && next(b'G') && next(b'R') && parts.next().is_none();
        if right { Ok(Self(text.to_owned())) } else { Err(CodeError::JobRole) }
    }
}

impl ActivityCode {
    /// Reads an activity's code.
    ///
    /// # Errors
    /// [`CodeError::Activity`] when it is none.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if is_lettered(text, b'B') { Ok(Self(text.to_owned())) } else { Err(CodeError::Activity) }
    }
}

/// A letter and four digits.
fn is_lettered(text: &str, letter: u8) -> bool {
    match text.as_bytes() {
        [first, digits @ ..] => {
            *first == letter && digits.len() == 4 && digits.iter().all(u8::is_ascii_digit)
        }
        [] => false,
    }
}

macro_rules! text_of {
    ($($code:ident)*) => {$(
        impl $code {
            /// The code as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$code> for String {
            fn from(code: $code) -> Self {
                code.0
            }
        }

        impl TryFrom<String> for $code {
            type Error = CodeError;

            fn try_from(text: String) -> Result<Self, CodeError> {
                Self::parse(&text)
            }
        }

        // A map with these keys can be asked with a text.
        impl std::borrow::Borrow<str> for $code {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text_of!(ActivityCode JobRoleCode OdsCode ProfileId);

const ID_DIGITS: usize = 12;
const ODS_LENGTHS: std::ops::RangeInclusive<usize> = 3..=12;

#[cfg(test)]
mod tests;
