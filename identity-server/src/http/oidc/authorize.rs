use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wardkey_oidc::{AuthorizationResponse, OAuthError, Parameters, ResponseMode};

use super::super::{answer, page};
use crate::{
    Failed,
    oidc::{Begun, Finished, Provider, SignInPage},
};

/// What the sign-in page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Continued {
    transaction: String,
    /// Missing: the user or the agent would not.
    proof: Option<String>,
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
    let cookie = cookie(&headers, transaction).unwrap_or_default();
    let finished = match &continued.proof {
        Some(proof) => provider.finish(transaction, &cookie, proof).await,
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
            with_cookie(Json(body).into_response(), &again)
        }
        Err(Failed::Refused(error)) => (StatusCode::FORBIDDEN, Json(error)).into_response(),
        Err(Failed::Internal(trouble)) => answer::trouble(&trouble, "authorize"),
    }
}

async fn begin(provider: &Provider, text: &str) -> Response {
    let begun = match Parameters::read(text) {
        Ok(parameters) => provider.authorize(&parameters).await,
        Err(error) => Ok(Begun::Wrong(error)),
    };
    match begun {
        Ok(Begun::Page(sign_in)) => with_cookie(page::sign_in(&sign_in), &sign_in),
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

/// The cookie of one sign-in: several tabs have one each.
fn with_cookie(mut response: Response, sign_in: &SignInPage) -> Response {
    let cookie = format!(
        "{}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600",
        cookie_name(&sign_in.transaction),
        sign_in.cookie
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn cookie(headers: &HeaderMap, transaction: &str) -> Option<String> {
    let wanted = cookie_name(transaction);
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then(|| value.to_owned()))
}

/// No other host, subdomain or plain HTTP can set it.
fn cookie_name(transaction: &str) -> String {
    format!("__Host-wardkey-{transaction}")
}
