use std::fmt;

use serde::Serialize;

/// An error's code on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The user or the server refused (RFC 6749, section 4.1.2.1).
    AccessDenied,
    /// Not the client it claims to be (RFC 6749, section 5.2).
    InvalidClient,
    /// The DPoP proof does not hold (RFC 9449, section 5).
    InvalidDpopProof,
    /// The code or refresh token does not hold (RFC 6749, section 5.2).
    InvalidGrant,
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The pushed request is not known (RFC 9101, section 6.3).
    InvalidRequestUri,
    /// A scope that the client may not ask for.
    InvalidScope,
    /// The access token does not hold (RFC 6750, section 3.1).
    InvalidToken,
    /// The user has to sign in, and `prompt=none` forbids to ask (OpenID Connect Core, 3.1.2.6).
    LoginRequired,
    /// Request objects are not served (OpenID Connect Core, section 6).
    RequestNotSupported,
    /// The server failed.
    ServerError,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The requested authentication context can't be reached (OpenID Connect Unmet Authentication
    /// Requirements, section 2).
    UnmetAuthenticationRequirements,
    /// A grant type that is not served.
    UnsupportedGrantType,
    /// A response type that is not served.
    UnsupportedResponseType,
}

/// An OAuth 2.0 error: the code for programs, the description for the developer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{error}: {error_description}")]
pub struct OAuthError {
    /// The code.
    pub error: ErrorCode,
    /// What is wrong, in ASCII without quotes and backslashes (RFC 6749, section 5.2).
    pub error_description: &'static str,
}

impl ErrorCode {
    /// The code on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::InvalidClient => "invalid_client",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidToken => "invalid_token",
            Self::LoginRequired => "login_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::ServerError => "server_error",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }

    /// The HTTP status of an answer with this code, where it is no redirect.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken => 401,
            Self::ServerError => 500,
            _ => 400,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl OAuthError {
    /// An error with this code.
    #[must_use]
    pub const fn new(error: ErrorCode, error_description: &'static str) -> Self {
        Self { error, error_description }
    }

    /// A request that is not what it should be.
    #[must_use]
    pub const fn request(error_description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, error_description)
    }

    /// A client that is not the one it claims to be.
    #[must_use]
    pub const fn client(error_description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidClient, error_description)
    }
}
