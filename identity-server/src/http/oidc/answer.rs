use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use wardkey_oidc::{ErrorCode, OAuthError, Parameters};

use super::super::answer;
use crate::{Failed, oidc::ClientRequest};

/// What a client's request is, read from HTTP.
pub(super) struct Asked {
    authorization: Option<String>,
    dpop: Option<String>,
    pub(super) parameters: Parameters,
}

impl Asked {
    /// Reads the headers and the form.
    pub(super) fn read(headers: &HeaderMap, body: &str) -> Result<Self, OAuthError> {
        let text = |name: HeaderName| {
            let mut all = headers.get_all(name).iter();
            match (all.next(), all.next()) {
                (None, _) => Ok(None),
                (Some(value), None) => Ok(value.to_str().ok().map(str::to_owned)),
                (Some(_), Some(_)) => Err(OAuthError::request("a header is repeated")),
            }
        };
        Ok(Self {
            authorization: text(header::AUTHORIZATION)?,
            dpop: text(DPOP)?,
            parameters: Parameters::read(body)?,
        })
    }

    /// For an endpoint.
    pub(super) fn at(&self, path: &'static str) -> ClientRequest<'_> {
        ClientRequest {
            authorization: self.authorization.as_deref(),
            dpop: self.dpop.as_deref(),
            parameters: &self.parameters,
            path,
        }
    }

    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    pub(super) fn dpop(&self) -> Option<&str> {
        self.dpop.as_deref()
    }
}

/// An answer in JSON, or the error.
pub(super) fn json<T: Serialize>(
    status: StatusCode,
    done: Result<T, Failed<OAuthError>>,
    doing: &'static str,
) -> Response {
    match done {
        Ok(body) => (status, Json(body)).into_response(),
        Err(Failed::Refused(error)) => refused(&error),
        Err(Failed::Internal(trouble)) => answer::trouble(&trouble, doing),
    }
}

/// An error (RFC 6749, section 5.2; RFC 6750, section 3; RFC 9449, section 7.1).
pub(super) fn refused(error: &OAuthError) -> Response {
    let status = StatusCode::from_u16(error.error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = (status, Json(error)).into_response();
    let challenge = match error.error {
        ErrorCode::InvalidClient => Some("Basic realm=\"wardkey\"".to_owned()),
        ErrorCode::InvalidToken => Some(format!(
            "Bearer error=\"invalid_token\", error_description=\"{}\", DPoP algs=\"ES256 PS256\"",
            error.error_description
        )),
        _ => None,
    };
    if let Some(challenge) = challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

const DPOP: HeaderName = HeaderName::from_static("dpop");
