use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why a request of the page is not served, by the party at fault.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Page: the prescription has a good signature already.
    #[error("The prescription is signed already.")]
    AlreadySigned,
    /// Page: too many verifications are under way.
    #[error("The ward app is busy.")]
    Busy,
    /// Bug: this program, or the computer under it, failed.
    #[error("The ward app made a mistake.")]
    Internal(#[source] anyhow::Error),
    /// Page: a request comes from another site.
    #[error("The request does not come from this app's own page.")]
    ForeignOrigin,
    /// Page: the body is not what the endpoint takes.
    #[error("The request is malformed: {0}.")]
    Malformed(&'static str),
    /// Page: there is nothing of that name.
    #[error("There is no such thing.")]
    NotFound,
    /// User: no role has been chosen.
    #[error("A role has to be chosen first.")]
    RoleRequired,
    /// Server: its answer cannot be relied on.
    #[error("The Identity Server's answer could not be relied on.")]
    ServerResponseInvalid(#[source] anyhow::Error),
    /// Server: it cannot be reached.
    #[error("The Identity Server could not be reached.")]
    ServerUnreachable(#[source] anyhow::Error),
    /// User: nobody is signed in, or the session has ended.
    #[error("The session has ended.")]
    SessionEnded,
    /// Page: the body did not come in time.
    #[error("The request took too long to come.")]
    TooSlow,
}

impl Fault {
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::AlreadySigned => {
                (StatusCode::CONFLICT, "already_signed", "Reload the page to see its signature.")
            }
            Self::Busy => {
                (StatusCode::SERVICE_UNAVAILABLE, "busy", "Wait a moment, then try again.")
            }
            Self::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Try again; if it stays so, tell the service desk.",
            ),
            Self::ForeignOrigin => {
                (StatusCode::FORBIDDEN, "origin_not_admitted", "Open the app at its own address.")
            }
            Self::Malformed(_) => {
                (StatusCode::BAD_REQUEST, "message_malformed", "Reload the page and try again.")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "Reload the page."),
            Self::RoleRequired => {
                (StatusCode::FORBIDDEN, "role_required", "Sign in again and choose a role.")
            }
            Self::ServerResponseInvalid(_) => (
                StatusCode::BAD_GATEWAY,
                "server_response_invalid",
                "Try again; if it stays so, tell the service desk.",
            ),
            Self::ServerUnreachable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "server_unreachable",
                "Check the network, then try again.",
            ),
            Self::SessionEnded => {
                (StatusCode::UNAUTHORIZED, "session_ended", "Sign in with your smartcard.")
            }
            Self::TooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "too_slow", "Check the network, then try again.")
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match &self {
            Self::Internal(cause)
            | Self::ServerResponseInvalid(cause)
            | Self::ServerUnreachable(cause) => tracing::warn!("{self} {cause:#}"),
            Self::AlreadySigned
            | Self::Busy
            | Self::ForeignOrigin
            | Self::Malformed(_)
            | Self::NotFound
            | Self::RoleRequired
            | Self::SessionEnded
            | Self::TooSlow => {}
        }
        let (status, code, remedy) = self.parts();
        let body = json!({ "code": code, "message": self.to_string(), "remedy": remedy });
        (status, Json(body)).into_response()
    }
}
