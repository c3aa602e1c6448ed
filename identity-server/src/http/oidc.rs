//! The pages of the OpenID Provider: each translates between HTTP and one method of
//! [`Provider`](crate::oidc::Provider).

mod answer;
mod authorize;
mod discovery;
mod introspect;
mod logout;
mod push;
mod revoke;
mod token;
mod userinfo;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::oidc::{ENDPOINTS, PREFIX, Provider};

/// The provider's pages.
pub(super) fn pages(provider: Arc<Provider>) -> Router {
    let at = |path: &str| format!("{PREFIX}{path}");
    Router::new()
        .route(&at("/.well-known/openid-configuration"), get(discovery::discovery))
        .route(&at(ENDPOINTS.jwks), get(discovery::keys))
        .route(wardkey_protocol::authorize_api::KEYS_PATH, get(discovery::keys))
        .route(&at(ENDPOINTS.authorize), get(authorize::by_query).post(authorize::by_form))
        .route(&at("/authorize/continue"), post(authorize::finish))
        .route(&at("/authorize/passkey"), post(authorize::ask_passkey))
        .route(&at(ENDPOINTS.pushed), post(push::push))
        .route(&at(ENDPOINTS.token), post(token::token))
        .route(&at(ENDPOINTS.userinfo), get(userinfo::userinfo).post(userinfo::userinfo))
        .route(&at(ENDPOINTS.introspect), post(introspect::introspect))
        .route(&at(ENDPOINTS.revoke), post(revoke::revoke))
        .route(&at(ENDPOINTS.end_session), get(logout::by_query).post(logout::by_form))
        .with_state(provider)
}
