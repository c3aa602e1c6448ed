use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use wardkey_oidc::{OAuthError, Parameters};

use super::super::{answer, page};
use crate::{Failed, oidc::Provider};

/// `GET /oidc/connect/endSession`: ends a session.
pub(super) async fn by_query(
    State(provider): State<Arc<Provider>>,
    RawQuery(query): RawQuery,
) -> Response {
    end_session(&provider, query.as_deref().unwrap_or_default()).await
}

/// `POST /oidc/connect/endSession`: the same by a form.
pub(super) async fn by_form(State(provider): State<Arc<Provider>>, body: String) -> Response {
    end_session(&provider, &body).await
}

async fn end_session(provider: &Provider, text: &str) -> Response {
    let wrong = |error: &OAuthError| {
        let page = page::Message {
            title: "You can't be signed out from here",
            text: error.error_description,
        };
        page::html(StatusCode::BAD_REQUEST, &page)
    };
    let parameters = match Parameters::read(text) {
        Ok(parameters) => parameters,
        Err(error) => return wrong(&error),
    };
    match provider.end_session(&parameters).await {
        Ok(done) => match (done.destination, done.ended) {
            (Some(destination), _) => Redirect::to(&destination).into_response(),
            (None, true) => {
                let text = "Your session is over, for this and every other application.";
                page::html(StatusCode::OK, &page::Message { title: "Signed out", text })
            }
            (None, false) => {
                let text = "To sign out, take your smartcard out of the reader.";
                page::html(StatusCode::OK, &page::Message { title: "Nothing to end", text })
            }
        },
        Err(Failed::Refused(error)) => wrong(&error),
        Err(Failed::Internal(trouble)) => answer::trouble(&trouble, "end session"),
    }
}
