use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use wardkey_spine::{ErrorBody, Message, MessageError};

use crate::{InternalError, TicketRefusal};

/// XML, as the Spine's clients expect it.
pub(super) fn xml(status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body.into()).into_response()
}

/// A message of the login protocol.
pub(super) fn message<M: Message>(status: StatusCode, message: &M) -> Response {
    match message.write() {
        Ok(body) => xml(status, body),
        Err(error) => trouble(&InternalError::Answer(error.to_string()), "answering"),
    }
}

/// The refusal of a request that is not what it should be.
pub(super) fn malformed(error: &MessageError) -> Response {
    let code = wardkey_spine::ErrorCode::RequestMalformed;
    message(StatusCode::BAD_REQUEST, &ErrorBody::new(code, &error.to_string()))
}

/// The status page for something that is not done. It tells no more than the text of the refusal.
pub(super) fn status_page(refusal: TicketRefusal) -> Response {
    let status = match refusal {
        TicketRefusal::NoSession => StatusCode::UNAUTHORIZED,
        TicketRefusal::NotPermitted | TicketRefusal::RoleFixed => StatusCode::FORBIDDEN,
        TicketRefusal::RoleRequired | TicketRefusal::RoleUnknown => StatusCode::BAD_REQUEST,
    };
    html(status, &format!("<HTML><STATUS>FAILED</STATUS><ERROR>{refusal}</ERROR></HTML>"))
}

/// A status page.
pub(super) fn html(status: StatusCode, page: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.to_owned()).into_response()
}

/// The server's own trouble: into its log, and of it to the client only whether it may pass.
pub(super) fn trouble(error: &InternalError, doing: &'static str) -> Response {
    error.log(doing);
    if error.may_pass() {
        let again = [(header::RETRY_AFTER, RETRY_AFTER_SECONDS)];
        return (StatusCode::SERVICE_UNAVAILABLE, again, "unavailable").into_response();
    }
    (StatusCode::INTERNAL_SERVER_ERROR, "the server failed").into_response()
}

const RETRY_AFTER_SECONDS: &str = "5";
