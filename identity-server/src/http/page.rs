//! The pages that people see.

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use serde_json::json;
use tower_http::services::ServeDir;
use wardkey_oidc::AuthorizationResponse;

use super::answer;
use crate::{InternalError, oidc::SignInPage};

/// Something said to the user.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    pub(super) title: &'a str,
    pub(super) text: &'a str,
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn<'a> {
    client_name: &'a str,
    /// JSON for the page's script; `<` is written so that it ends no element.
    data: String,
}

#[derive(Template)]
#[template(path = "form-post.html")]
struct FormPost<'a> {
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

/// Their style and scripts, and our npm package.
pub(super) fn assets(sdk: Option<&std::path::Path>) -> Router {
    let text = |kind: &'static str, body: &'static str| {
        get(async move || ([(header::CONTENT_TYPE, kind)], body))
    };
    let script = "text/javascript; charset=utf-8";
    let pages = Router::new()
        .route("/wardkey/page.css", text("text/css; charset=utf-8", PAGE_CSS))
        .route("/wardkey/account.js", text(script, ACCOUNT_JS))
        .route("/wardkey/console.css", text("text/css; charset=utf-8", CONSOLE_CSS))
        .route("/wardkey/sign-in.js", text(script, SIGN_IN_JS))
        .route("/wardkey/form-post.js", text(script, FORM_POST_JS));
    match sdk {
        Some(folder) => pages.nest_service("/wardkey/sdk", ServeDir::new(folder)),
        None => pages,
    }
}

/// A page.
pub(super) fn html<T: Template>(status: StatusCode, page: &T) -> Response {
    with_policy(status, page, "'self'")
}

/// The page that signs a user in.
pub(super) fn sign_in(sign_in: &SignInPage) -> Response {
    let data = json!({
        "transaction": sign_in.transaction,
        "request": sign_in.request,
        "silent": sign_in.silent,
        "passkey": sign_in.passkey,
        "continuesAt": sign_in.continues_at,
    });
    let data = data.to_string().replace('<', "\\u003c");
    let page = SignIn { client_name: &sign_in.client_name, data };
    with_policy(StatusCode::OK, &page, &origin_of(&sign_in.redirect_uri))
}

/// The page that posts an answer to the client.
pub(super) fn form_post(answer: &AuthorizationResponse) -> Response {
    let page = FormPost { action: &answer.redirect_uri, fields: &answer.parameters };
    with_policy(StatusCode::OK, &page, &origin_of(&answer.redirect_uri))
}

/// What a page may load and where its forms may go: nothing but ours, and the client.
fn with_policy<T: Template>(status: StatusCode, page: &T, form_action: &str) -> Response {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => return answer::trouble(&InternalError::Answer(error.to_string()), "page"),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self'; img-src 'self'; form-action {form_action}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let mut response = (status, Html(html)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn origin_of(address: &str) -> String {
    let end = address.match_indices('/').nth(2).map_or(address.len(), |(place, _)| place);
    address[..end].split('?').next().unwrap_or_default().to_owned()
}

const ACCOUNT_JS: &str = include_str!("../../assets/account.js");
const CONSOLE_CSS: &str = include_str!("../../assets/console.css");
const PAGE_CSS: &str = include_str!("../../assets/page.css");
const SIGN_IN_JS: &str = include_str!("../../assets/sign-in.js");
const FORM_POST_JS: &str = include_str!("../../assets/form-post.js");
