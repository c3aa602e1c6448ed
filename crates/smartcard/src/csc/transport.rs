use std::time::Duration;

use zeroize::Zeroizing;

use crate::CardError;

/// The road to one service, and the caller's patience.
pub trait Transport: Send {
    /// Posts, and gives whatever was answered.
    ///
    /// # Errors
    ///
    /// [`CardError::ServiceUnreachable`], [`CardError::ServiceUntrusted`], or
    /// [`CardError::ServiceResponseInvalid`] for an answer beyond bounds.
    fn post(&mut self, request: &Request<'_>) -> Result<Answer, CardError>;

    /// The time on a clock that only goes forward.
    fn elapsed(&self) -> Duration;

    /// Waits; `false` where nobody waits for the signature any more.
    fn pause(&mut self, time: Duration) -> bool;
}

/// What is posted.
pub struct Request<'a> {
    /// Where.
    pub place: Place,
    /// The access token that goes with it as a bearer token (RFC 6750).
    pub token: Option<&'a str>,
    /// The body; secrets may be in it.
    pub body: &'a [u8],
}

/// An address of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A method, by its name under the base address; the body is JSON.
    Method(&'static str),
    /// The token endpoint (RFC 6749, section 3.2); the body is a form.
    Token,
}

impl Place {
    /// The body's media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Method(_) => "application/json",
            Self::Token => "application/x-www-form-urlencoded",
        }
    }

    /// Its name in errors.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Method(name) => name,
            Self::Token => "oauth2/token",
        }
    }
}

/// What was answered.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; secrets may be in it.
    pub body: Zeroizing<Vec<u8>>,
}
