//! The cookies of this server's pages.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

use crate::oidc::SignInPage;

/// The answer with the cookie of one sign-in: several tabs have one each.
pub(super) fn with_sign_in(mut response: Response, sign_in: &SignInPage) -> Response {
    let cookie = format!(
        "{}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600",
        sign_in_name(&sign_in.transaction),
        sign_in.cookie
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The cookie of this sign-in.
pub(super) fn sign_in(headers: &HeaderMap, transaction: &str) -> Option<String> {
    named(headers, &sign_in_name(transaction))
}

/// The cookie of this name.
pub(super) fn named(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then(|| value.to_owned()))
}

/// No other host, subdomain or plain HTTP can set it.
fn sign_in_name(transaction: &str) -> String {
    format!("__Host-wardkey-{transaction}")
}
