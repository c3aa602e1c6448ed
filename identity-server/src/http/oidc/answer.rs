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

/// An error of an endpoint that clients call (RFC 6749, section 5.2).
pub(super) fn refused(error: &OAuthError) -> Response {
    let challenge = match error.error {
        ErrorCode::InvalidClient => Some("Basic realm=\"wardkey\"".to_owned()),
        _ => None,
    };
    challenged(status(error), error, challenge)
}

/// An error of what an access token opens (RFC 6750, section 3; RFC 9449, section 7.1).
pub(super) fn denied(error: &OAuthError) -> Response {
    let said =
        format!("error=\"{}\", error_description=\"{}\"", error.error, error.error_description);
    let algorithms = "algs=\"ES256 PS256\"";
    let challenge = match error.error {
        ErrorCode::InvalidToken => format!("Bearer {said}, DPoP {said}, {algorithms}"),
        ErrorCode::InvalidDpopProof => format!("DPoP {said}, {algorithms}"),
        _ => return refused(error),
    };
    challenged(StatusCode::UNAUTHORIZED, error, Some(challenge))
}

fn challenged(status: StatusCode, error: &OAuthError, challenge: Option<String>) -> Response {
    let mut response = (status, Json(error)).into_response();
    if let Some(challenge) = challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn status(error: &OAuthError) -> StatusCode {
    StatusCode::from_u16(error.error.status()).unwrap_or(StatusCode::BAD_REQUEST)
}

const DPOP: HeaderName = HeaderName::from_static("dpop");
