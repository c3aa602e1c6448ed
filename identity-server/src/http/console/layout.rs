//! What the pages have in common.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::super::answer;
use crate::{
    RoleProfile, administration::AdministrationError, console::Visitor, session::Authenticator,
};

/// The frame of a page.
pub(super) struct Layout {
    /// The page's address, to mark it among the others.
    pub(super) here: &'static str,
    pub(super) name: String,
    pub(super) administers: bool,
    /// What was done.
    pub(super) done: Option<&'static str>,
    /// What was wrong.
    pub(super) wrong: Option<String>,
}

/// What a page is told by the one that led to it.
#[derive(Default, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    done: String,
}

impl Layout {
    pub(super) fn new(here: &'static str, visitor: &Visitor, said: &Said) -> Self {
        let done = DONE.iter().find(|(key, _)| *key == said.done).map(|(_, text)| *text);
        let name = visitor.person.user.display_name();
        Self { here, name, administers: visitor.administers, done, wrong: None }
    }

    pub(super) fn with_wrong(self, wrong: Option<String>) -> Self {
        Self { wrong, ..self }
    }

    /// `aria-current` for the link to this page.
    pub(super) fn current(&self, page: &str) -> &'static str {
        if self.here == page { " aria-current=\"page\"" } else { "" }
    }
}

/// After a form: to a page that says what was done (so that reloading it does nothing again).
pub(super) fn see(path: &str, done: &str) -> Response {
    Redirect::to(&format!("{path}?done={done}")).into_response()
}

/// What is shown of an error, and its status.
pub(super) fn told(error: AdministrationError) -> Result<(StatusCode, String), Response> {
    match error {
        AdministrationError::Internal(trouble) => Err(answer::trouble(&trouble, "administration")),
        AdministrationError::Unknown(_) => Ok((StatusCode::NOT_FOUND, error.to_string())),
        _ => Ok((StatusCode::UNPROCESSABLE_ENTITY, error.to_string())),
    }
}

/// A file to keep.
pub(super) fn download(name: &str, kind: &'static str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, text).into_response()
}

/// What is shown of something wrong, if anything is.
pub(super) fn status(wrong: Option<(StatusCode, String)>) -> (StatusCode, Option<String>) {
    match wrong {
        Some((status, text)) => (status, Some(text)),
        None => (StatusCode::OK, None),
    }
}

/// A role for people.
pub(super) fn role(role: &RoleProfile) -> String {
    format!("{}, {}", role.job_role[2], role.organisation)
}

/// What somebody signed in with, for people.
pub(super) fn authenticator(authenticator: Authenticator) -> &'static str {
    match authenticator {
        Authenticator::Card => "smartcard",
        Authenticator::Passkey => "passkey",
    }
}

/// A day for people.
pub(super) fn day(at: wardkey_pki::UnixTime) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}

/// A SHA-256 in hexadecimal.
pub(super) fn sha256(text: &str) -> Option<[u8; 32]> {
    let mut octets = [0; 32];
    let decoded = base16ct::mixed::decode(text, &mut octets).ok()?;
    (decoded.len() == 32).then_some(octets)
}

/// A time for people.
pub(super) fn time(at: crate::Timestamp) -> String {
    at.to_string().replace('T', " ").replace('Z', " UTC")
}

const DONE: &[(&str, &str)] = &[
    ("added", "Added."),
    ("ended", "Ended. Every application that relied on it is told."),
    ("removed", "Removed."),
    ("saved", "Saved. All nodes go by it within a second."),
];
