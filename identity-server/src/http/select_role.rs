use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use wardkey_spine::{STATUS_OK, role_selection_query};

use super::answer;
use crate::{Failed, Identity, TicketRefusal};

/// `GET /saml/RoleSelectionGP.jsp`: chooses a session's role.
pub(super) async fn select_role(
    State(identity): State<Arc<Identity>>,
    RawQuery(query): RawQuery,
) -> Response {
    // A ticket that has not the form of one is a ticket that nobody has.
    let Ok(selection) = role_selection_query(query.as_deref().unwrap_or_default()) else {
        return answer::status_page(TicketRefusal::NoSession);
    };
    match identity.select_role(&selection).await {
        Ok(()) => answer::html(StatusCode::OK, STATUS_OK),
        Err(Failed::Refused(refusal)) => answer::status_page(refusal),
        Err(Failed::Internal(error)) => answer::trouble(&error, "select role"),
    }
}
