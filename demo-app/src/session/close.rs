//! `DELETE /api/session`: this app forgets the session.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::IntoResponse,
};

use super::{cookie, set_cookie};
use crate::app::App;

/// Forgets the session and its cookie; without one there is nothing to do. The session at the
/// Identity Server is the agent's to end.
pub async fn close(State(app): State<Arc<App>>, headers: HeaderMap) -> impl IntoResponse {
    if let Some(cookie) = cookie(&headers) {
        app.sessions.remove(&cookie);
    }
    (StatusCode::NO_CONTENT, [(SET_COOKIE, set_cookie(None, &app))])
}
