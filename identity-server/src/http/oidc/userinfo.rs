use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Method},
    response::{IntoResponse as _, Response},
};

use super::{
    super::answer,
    answer::{Asked, denied, refused},
};
use crate::{Failed, oidc::Provider};

/// `/oidc/userinfo`, GET or POST: what an access token opens of its user.
pub(super) async fn userinfo(
    State(provider): State<Arc<Provider>>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let asked = match Asked::read(&headers, "") {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    match provider.userinfo(method.as_str(), asked.authorization(), asked.dpop()).await {
        Ok(claims) => Json(claims).into_response(),
        Err(Failed::Refused(error)) => denied(&error),
        Err(Failed::Internal(trouble)) => answer::trouble(&trouble, "userinfo"),
    }
}
