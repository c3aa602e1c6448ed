//! The server's pages: each translates between HTTP and one method of
//! [`Identity`](crate::Identity), and holds no rule of its own.

mod activate;
mod answer;
mod assertion;
mod client;
mod console;
mod cookie;
mod crl;
mod error;
mod health;
mod logout;
mod metrics;
mod oidc;
mod page;
mod select_role;
mod session;
mod session_service;
mod validate;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};

pub(crate) use client::Door;
pub(crate) use crl::lists;
pub(crate) use metrics::metrics;

use crate::{Identity, console::Console, oidc::Provider};

/// The pages that are served over TLS.
pub(crate) fn pages(
    identity: Arc<Identity>,
    provider: Arc<Provider>,
    sdk: Option<&std::path::Path>,
    door: Door,
) -> Router {
    Router::new()
        .route("/login/authactivate", post(activate::activate))
        .route("/login/authvalidate", post(validate::validate))
        .route("/login/authlogout", post(logout::logout).get(logout::logout))
        .route("/login/error", get(error::error))
        .route("/saml/RoleSelectionGP.jsp", get(select_role::select_role))
        .route("/saml/RoleAssertion", get(assertion::assertion))
        .route("/amserver/sessionservice", post(session_service::session_service))
        .route(wardkey_protocol::session_api::PATH, post(session::session))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .with_state(identity)
        .merge(console::pages(Arc::new(Console::new(Arc::clone(&provider)))))
        .merge(oidc::pages(provider))
        .merge(page::assets(sdk))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .route_layer(middleware::from_fn(metrics::measure))
        .layer(middleware::from_fn_with_state(door, client::admit))
        .layer(middleware::from_fn(guard))
}

/// What every page has: an end to waiting, and an answer that no cache keeps.
async fn guard(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The largest request: a login with a long certificate, in base64 twice, is a quarter of it.
pub(crate) const MAX_BODY: usize = 128 * 1024;
/// From the request's headers until its answer.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
