//! `GET /api/prescriptions`: what waits for the user.

use axum::Json;
use serde::Serialize;

use super::Draft;
use crate::{session::Active, verification::Finding};

/// The list.
#[derive(Serialize)]
pub struct Answer {
    prescriptions: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    #[serde(flatten)]
    finding: Finding,
}

/// Answers each prescription's id, status and, once signed, report.
pub async fn list(Active(session): Active) -> Json<Answer> {
    let entry = |draft: &Draft| Entry {
        id: draft.id,
        finding: draft.finding.clone().unwrap_or_else(Finding::unsigned),
    };
    Json(Answer { prescriptions: session.drafts().iter().map(entry).collect() })
}
