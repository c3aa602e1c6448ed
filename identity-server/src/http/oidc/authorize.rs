use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wardkey_oidc::{AuthorizationResponse, OAuthError, Parameters, ResponseMode};
use webauthn_rs::prelude::PublicKeyCredential;

use super::super::{answer, cookie, page};
use crate::{
    Failed,
    oidc::{Begun, Finished, Provider, Shown},
};

/// What the sign-in page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Continued {
    transaction: String,
    /// The agent's.
    proof: Option<String>,
    /// `PublicKeyCredential.toJSON()` of an assertion.
    passkey: Option<Box<PublicKeyCredential>>,
    /// The id of the role profile, after a passkey.
    role: Option<String>,
}

/// What the sign-in page asks for a passkey with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    transaction: String,
}

/// `GET /oidc/authorize`: begins an authorization.
pub(super) async fn by_query(
    State(provider): State<Arc<Provider>>,
    RawQuery(query): RawQuery,
) -> Response {
    begin(&provider, query.as_deref().unwrap_or_default()).await
}

/// `POST /oidc/authorize`: the same by a form (OpenID Connect Core, section 3.1.2.1).
pub(super) async fn by_form(State(provider): State<Arc<Provider>>, body: String) -> Response {
    begin(&provider, &body).await
}

/// `POST /oidc/authorize/continue`: the sign-in page's, in JSON both ways.
pub(super) async fn finish(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Json(continued): Json<Continued>,
) -> Response {
    let transaction = &continued.transaction;
    let cookie = cookie::sign_in(&headers, transaction).unwrap_or_default();
    let shown = match (&continued.proof, &continued.passkey, &continued.role) {
        (Some(proof), None, None) => Some(Shown::Proof(proof)),
        (None, Some(passkey), None) => Some(Shown::Passkey(passkey)),
        (None, None, Some(role)) => Some(Shown::Role(role)),
        // The user or the agent would not.
        _ => None,
    };
    let finished = match shown {
        Some(shown) => provider.finish(transaction, &cookie, shown).await,
        None => provider.decline(transaction, &cookie).await,
    };
    match finished {
        Ok(Finished::Answer(answer)) => {
            Json(json!({ "answer": described(&answer) })).into_response()
        }
        Ok(Finished::Again(again)) => {
            let body = json!({
                "again": { "transaction": again.transaction, "request": again.request },
            });
            cookie::with_sign_in(Json(body).into_response(), &again)
        }
        Ok(Finished::Roles(next, roles)) => {
            let roles: Vec<Value> =
                roles.into_iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
            let body = json!({ "roles": roles, "transaction": next.transaction });
            cookie::with_sign_in(Json(body).into_response(), &next)
        }
        Err(Failed::Refused(error)) => (StatusCode::FORBIDDEN, Json(error)).into_response(),
        Err(Failed::Internal(trouble)) => answer::trouble(&trouble, "authorize"),
    }
}

/// `POST /oidc/authorize/passkey`: what the browser needs to ask a passkey.
pub(super) async fn ask_passkey(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Json(begin): Json<Begin>,
) -> Response {
    let cookie = cookie::sign_in(&headers, &begin.transaction).unwrap_or_default();
    match provider.ask_passkey(&begin.transaction, &cookie).await {
        Ok(options) => Json(options).into_response(),
        Err(Failed::Refused(error)) => (StatusCode::FORBIDDEN, Json(error)).into_response(),
        Err(Failed::Internal(trouble)) => answer::trouble(&trouble, "passkey"),
    }
}

async fn begin(provider: &Provider, text: &str) -> Response {
    let begun = match Parameters::read(text) {
        Ok(parameters) => provider.authorize(&parameters).await,
        Err(error) => Ok(Begun::Wrong(error)),
    };
    match begun {
        Ok(Begun::Page(sign_in)) => cookie::with_sign_in(page::sign_in(&sign_in), &sign_in),
        Ok(Begun::Answer(answer)) => match answer.response_mode {
            ResponseMode::Query => Redirect::to(&answer.location()).into_response(),
            ResponseMode::FormPost => page::form_post(&answer),
        },
        Ok(Begun::Wrong(error)) => wrong(&error),
        Err(trouble) => answer::trouble(&trouble, "authorize"),
    }
}

fn described(answer: &AuthorizationResponse) -> Value {
    match answer.response_mode {
        ResponseMode::Query => json!({ "location": answer.location() }),
        ResponseMode::FormPost => json!({
            "action": answer.redirect_uri,
            "fields": answer.parameters,
        }),
    }
}

fn wrong(error: &OAuthError) -> Response {
    let title = "The application's request is wrong";
    page::html(StatusCode::BAD_REQUEST, &page::Message { title, text: error.error_description })
}
