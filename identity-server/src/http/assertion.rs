use std::sync::Arc;

use axum::{
    Extension,
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use wardkey_spine::role_assertion_ticket;

use super::{answer, client::ClientAddress};
use crate::{Failed, Identity, TicketRefusal};

/// `GET /saml/RoleAssertion`: who the user of a ticket is, signed.
pub(super) async fn assertion(
    State(identity): State<Arc<Identity>>,
    Extension(ClientAddress(client)): Extension<ClientAddress>,
    RawQuery(query): RawQuery,
) -> Response {
    let address = client.to_string();
    let asserted = match role_assertion_ticket(query.as_deref().unwrap_or_default()) {
        Ok(ticket) => identity.assertion(ticket, &address).await,
        Err(_) => Err(Failed::Refused(TicketRefusal::NoSession)),
    };
    match asserted {
        Ok(response) => answer::xml(StatusCode::OK, response),
        Err(Failed::Refused(refusal)) => match identity.assertion_refusal(refusal, &address) {
            Ok(response) => answer::xml(StatusCode::FORBIDDEN, response),
            Err(error) => answer::trouble(&error, "assertion"),
        },
        Err(Failed::Internal(error)) => answer::trouble(&error, "assertion"),
    }
}
