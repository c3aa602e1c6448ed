use axum::{http::StatusCode, response::Response};

use super::page;

/// `GET /login/error`: the page that login's answers name as `error_url`. What else is in the address
/// says nothing here: it is not published.
pub(super) async fn error() -> Response {
    let text = "Take the smartcard out, put it in again, and sign in once more. If that fails too, \
                tell who looks after your smartcard when it was.";
    page::html(StatusCode::OK, &page::Message { title: "You are not signed in", text })
}
