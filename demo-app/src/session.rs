//! The app's own sessions: each stands on one ticket and lasts no longer than it.

pub mod close;
pub mod current;
pub mod open;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header::COOKIE, request::Parts},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wardkey_spine::{Ticket, UserId};

use crate::{app::App, fault::Fault, prescription::Draft};

/// Somebody who is signed in.
pub struct Session {
    ticket: Ticket,
    /// Who it is, as the page sees it.
    pub view: SessionView,
    /// The user's number in the directory.
    pub user: UserId,
    /// The prescriptions that wait for this user.
    pub drafts: Mutex<Vec<Draft>>,
    /// When the Identity Server last said that the session is active, in Unix seconds.
    confirmed_at: AtomicU64,
}

/// Who is signed in, as the page sees it.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    user: UserView,
    /// The role of this session, for people.
    role: String,
    /// Where the user has that role.
    organisation: String,
    /// Every role of the user.
    roles: Vec<RoleView>,
}

#[derive(Clone, Debug, Serialize)]
struct UserView {
    id: String,
    name: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleView {
    id: String,
    name: String,
    organisation: String,
    organisation_code: String,
}

/// The sessions by the SHA-256 of their cookies.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<[u8; 32], Arc<Session>>>);

impl Sessions {
    fn locked(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<Session>>> {
        // Every change is one call of the map, so a panic elsewhere leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a session; those that no page has asked after for long go first.
    fn insert(&self, cookie: [u8; 32], session: Session, now: u64) {
        let mut sessions = self.locked();
        sessions.retain(|_, kept| now < kept.confirmed_at.load(Ordering::Relaxed) + FORGET_SECONDS);
        sessions.insert(Sha256::digest(cookie).into(), Arc::new(session));
    }

    fn of(&self, cookie: &[u8; 32]) -> Option<Arc<Session>> {
        self.locked().get(&<[u8; 32]>::from(Sha256::digest(cookie))).map(Arc::clone)
    }

    fn remove(&self, cookie: &[u8; 32]) {
        self.locked().remove(&<[u8; 32]>::from(Sha256::digest(cookie)));
    }
}

/// The session of a request: the cookie names one, and the Identity Server has confirmed it. For
/// what the page reads, its word of a few seconds ago will do; what the user does is asked about
/// each time, and keeps the session from being idle.
pub struct Active(pub Arc<Session>);

impl FromRequestParts<Arc<App>> for Active {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        let cookie = cookie(&parts.headers).ok_or(Fault::SessionEnded)?;
        let session = app.sessions.of(&cookie).ok_or(Fault::SessionEnded)?;
        let now = (app.ambient.now)();
        let confirmed = session.confirmed_at.load(Ordering::Relaxed);
        let activity = parts.method != Method::GET;
        if !activity && (confirmed..confirmed + CONFIRMED_SECONDS).contains(&now) {
            return Ok(Self(session));
        }
        let asked = Arc::clone(&session);
        let active = app
            .blocking(move |app| app.identity.is_active(&asked.ticket, activity))
            .await?
            .map_err(Fault::ServerUnreachable)?;
        if !active {
            app.sessions.remove(&cookie);
            return Err(Fault::SessionEnded);
        }
        session.confirmed_at.fetch_max(now, Ordering::Relaxed);
        Ok(Self(session))
    }
}

impl Session {
    /// The drafts, locked.
    pub fn drafts(&self) -> MutexGuard<'_, Vec<Draft>> {
        // Drafts change by assigning one field, so a panic elsewhere leaves them whole.
        self.drafts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of this app's cookie.
fn cookie(headers: &HeaderMap) -> Option<[u8; 32]> {
    let values = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|p| p.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim() == COOKIE_NAME)?;
    Base64UrlUnpadded::decode_vec(value.trim()).ok()?.try_into().ok()
}

/// The header that sets the cookie, or with `None` removes it.
fn set_cookie(value: Option<&[u8; 32]>, app: &App) -> String {
    let secure = if app.origin.starts_with("https://") { "; Secure" } else { "" };
    let attributes = format!("Path=/; HttpOnly; SameSite=Strict{secure}");
    match value {
        Some(value) => {
            format!("{COOKIE_NAME}={}; {attributes}", Base64UrlUnpadded::encode_string(value))
        }
        None => format!("{COOKIE_NAME}=; {attributes}; Max-Age=0"),
    }
}

const COOKIE_NAME: &str = "meadow-ward";
/// How long the Identity Server's word on a session is relied on.
const CONFIRMED_SECONDS: u64 = 3;
/// An open page asks every few seconds; a session that nobody asks after this long is dropped.
const FORGET_SECONDS: u64 = 15 * 60;
