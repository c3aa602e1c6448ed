//! `GET /api/session`: who is signed in; the Identity Server still knows the session.

use axum::Json;

use super::{Active, SessionView};

/// Answers the session's view; 401 when there is none or it has ended.
pub async fn current(Active(session): Active) -> Json<SessionView> {
    Json(session.view.clone())
}
