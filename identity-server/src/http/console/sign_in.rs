use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::super::{answer, cookie, page};
use crate::{
    Failed,
    console::{Console, VISIT},
};

/// What the sign-in page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Continued {
    transaction: String,
    /// Missing: the user or the agent would not.
    proof: Option<String>,
}

/// The page that signs a user in, and goes on to this one of ours.
pub(super) async fn begin(console: &Console, path: &str) -> Response {
    match console.sign_in(path).await {
        Ok(sign_in) => cookie::with_sign_in(page::sign_in(&sign_in), &sign_in),
        Err(trouble) => answer::trouble(&trouble, "sign in"),
    }
}

/// `POST /wardkey/console/continue`: the sign-in page's, in JSON both ways.
pub(super) async fn finish(
    State(console): State<Arc<Console>>,
    headers: HeaderMap,
    Json(continued): Json<Continued>,
) -> Response {
    let held = cookie::sign_in(&headers, &continued.transaction).unwrap_or_default();
    let proof = continued.proof.as_deref();
    match console.finish(&continued.transaction, &held, proof).await {
        Ok(Some((visit, path))) => {
            let answer = Json(json!({ "answer": { "location": path } })).into_response();
            with_visit(answer, &visit, VISIT.as_secs())
        }
        Ok(None) => Json(json!({ "over": true })).into_response(),
        Err(Failed::Refused(error)) => (StatusCode::FORBIDDEN, Json(error)).into_response(),
        Err(Failed::Internal(trouble)) => answer::trouble(&trouble, "sign in"),
    }
}

/// The cookie of a visit.
pub(super) fn visit_cookie(headers: &HeaderMap) -> Option<String> {
    cookie::named(headers, VISIT_COOKIE)
}

/// The same answer without the cookie.
pub(super) fn without_visit(answer: Response) -> Response {
    with_visit(answer, "", 0)
}

fn with_visit(mut answer: Response, visit: &str, seconds: u64) -> Response {
    let cookie = format!(
        "{VISIT_COOKIE}={visit}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}"
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

/// No other host, subdomain or plain HTTP can set it.
const VISIT_COOKIE: &str = "__Host-wardkey-visit";
