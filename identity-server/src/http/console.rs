//! The server's own pages: a user's account, and administration.

mod account;
mod applications;
mod authorities;
mod layout;
mod people;
mod person;
mod sessions;
mod sign_in;
mod visitor;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    response::Redirect,
    routing::{get, post},
};

use crate::{
    console::{CONTINUE, Console},
    directory::MAX_FILE,
};

/// The pages.
pub(super) fn pages(console: Arc<Console>) -> Router {
    let files = DefaultBodyLimit::max(MAX_FILE + super::MAX_BODY);
    Router::new()
        .route(CONTINUE, post(sign_in::finish))
        .route(ACCOUNT, get(account::page))
        .route("/wardkey/account/leave", post(account::leave))
        .route("/wardkey/account/sessions/end", post(account::end_session))
        .route("/wardkey/account/passkeys/begin", post(account::begin_passkey))
        .route("/wardkey/account/passkeys/add", post(account::add_passkey))
        .route("/wardkey/account/passkeys/remove", post(account::remove_passkey))
        .route("/wardkey/admin", get(async || Redirect::to(sessions::PATH)))
        .route(sessions::PATH, get(sessions::page))
        .route("/wardkey/admin/sessions/end", post(sessions::end))
        .route("/wardkey/admin/sessions/end-all", post(sessions::end_all))
        .route(people::PATH, get(people::page))
        .route("/wardkey/admin/people/import", post(people::import).layer(files))
        .route("/wardkey/admin/people/export/{file}", get(people::export))
        .route("/wardkey/admin/person/{uid}", get(person::page).post(person::save))
        .route("/wardkey/admin/person/{uid}/delete", post(person::delete))
        .route("/wardkey/admin/person/{uid}/certificate/add", post(person::add_certificate))
        .route("/wardkey/admin/person/{uid}/certificate/remove", post(person::remove_certificate))
        .route(applications::PATH, get(applications::page))
        .route("/wardkey/admin/applications/client", post(applications::put))
        .route("/wardkey/admin/applications/client/remove", post(applications::remove))
        .route("/wardkey/admin/applications/app", post(applications::put_app))
        .route("/wardkey/admin/applications/app/remove", post(applications::remove_app))
        .route(authorities::PATH, get(authorities::page))
        .route("/wardkey/admin/authorities/add", post(authorities::add))
        .route("/wardkey/admin/authorities/remove", post(authorities::remove))
        .with_state(console)
}

/// A user's own page.
const ACCOUNT: &str = "/wardkey/account";
