//! A user's own page: sessions and passkeys.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use super::{
    super::{answer, page},
    ACCOUNT,
    layout::{self, Layout, Said},
    sign_in,
    visitor::User,
};
use crate::{
    Failed, InternalError, PasskeyRefusal,
    console::{Console, Visitor},
    session::Authenticator,
};

#[derive(Template)]
#[template(path = "console/account.html")]
struct Account {
    layout: Layout,
    uid: String,
    role: String,
    with_card: bool,
    sessions: Vec<OwnSession>,
    passkeys: Vec<OwnPasskey>,
}

struct OwnSession {
    id: String,
    here: bool,
    begun: String,
    active: String,
    authenticator: &'static str,
    state: &'static str,
}

struct OwnPasskey {
    id: String,
    name: String,
    registered: String,
    used: Option<String>,
}

/// `GET /wardkey/account`.
pub(super) async fn page(
    User(visitor): User,
    State(console): State<Arc<Console>>,
    Query(said): Query<Said>,
) -> Response {
    match account(&console, &visitor, &said, None).await {
        Ok(account) => page::html(StatusCode::OK, &account),
        Err(trouble) => answer::trouble(&trouble, "account"),
    }
}

#[derive(Deserialize)]
pub(super) struct Named {
    id: String,
}

/// `POST /wardkey/account/sessions/end`: one of the user's own.
pub(super) async fn end_session(
    User(visitor): User,
    State(console): State<Arc<Console>>,
    Form(named): Form<Named>,
) -> Response {
    match console.identity().end_own(&visitor.session, &named.id).await {
        Ok(true) => layout::see(ACCOUNT, "ended"),
        Ok(false) => again(&console, &visitor, "That session is over already.").await,
        Err(trouble) => answer::trouble(&trouble, "account"),
    }
}

/// `POST /wardkey/account/leave`: ends the session and the visit.
pub(super) async fn leave(User(visitor): User, State(console): State<Arc<Console>>) -> Response {
    match console.identity().end_own(&visitor.session, &visitor.session.id).await {
        Ok(_) => {
            let text = "Your session is over, for this and every other application.";
            let message = page::Message { title: "Signed out", text };
            sign_in::without_visit(page::html(StatusCode::OK, &message))
        }
        Err(trouble) => answer::trouble(&trouble, "account"),
    }
}

/// `POST /wardkey/account/passkeys/begin`: what the browser needs to make one.
pub(super) async fn begin_passkey(
    User(visitor): User,
    State(console): State<Arc<Console>>,
) -> Response {
    match console.identity().begin_passkey(&visitor.session, &visitor.person).await {
        Ok((ceremony, options)) => {
            Json(json!({ "ceremony": ceremony, "options": options })).into_response()
        }
        Err(failed) => passkey_failed(failed),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPasskey {
    ceremony: String,
    name: String,
    /// `PublicKeyCredential.toJSON()` of an attestation.
    made: Box<RegisterPublicKeyCredential>,
}

/// `POST /wardkey/account/passkeys/add`: registers what the browser made.
pub(super) async fn add_passkey(
    User(visitor): User,
    State(console): State<Arc<Console>>,
    Json(new): Json<NewPasskey>,
) -> Response {
    let session = &visitor.session;
    match console.identity().register_passkey(session, &new.ceremony, &new.name, &new.made).await {
        Ok(()) => Json(json!({ "location": format!("{ACCOUNT}?done=added") })).into_response(),
        Err(failed) => passkey_failed(failed),
    }
}

/// `POST /wardkey/account/passkeys/remove`.
pub(super) async fn remove_passkey(
    User(visitor): User,
    State(console): State<Arc<Console>>,
    Form(named): Form<Named>,
) -> Response {
    let Some(id) = layout::sha256(&named.id) else {
        return Redirect::to(ACCOUNT).into_response();
    };
    match console.identity().remove_passkey(&visitor.session, &id).await {
        Ok(()) => layout::see(ACCOUNT, "removed"),
        Err(Failed::Refused(refusal)) => again(&console, &visitor, &refusal.to_string()).await,
        Err(Failed::Internal(trouble)) => answer::trouble(&trouble, "passkey"),
    }
}

async fn again(console: &Console, visitor: &Visitor, wrong: &str) -> Response {
    match account(console, visitor, &Said::default(), Some(wrong.to_owned())).await {
        Ok(account) => page::html(StatusCode::CONFLICT, &account),
        Err(trouble) => answer::trouble(&trouble, "account"),
    }
}

fn passkey_failed(failed: Failed<PasskeyRefusal>) -> Response {
    match failed {
        Failed::Refused(refusal) => {
            let body = Json(json!({ "error": refusal.to_string() }));
            (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
        }
        Failed::Internal(trouble) => answer::trouble(&trouble, "passkey"),
    }
}

async fn account(
    console: &Console,
    visitor: &Visitor,
    said: &Said,
    wrong: Option<String>,
) -> Result<Account, InternalError> {
    let identity = console.identity();
    let now = identity.clock.now();
    let (session, user) = (&visitor.session, &visitor.person.user);
    let role = session.role.as_deref().and_then(|id| user.role(id));
    let sessions = identity.store.sessions(Some(&user.uid), MOST_LISTED).await?;
    let passkeys = identity.store.passkeys(&user.uid).await?;
    Ok(Account {
        layout: Layout::new(ACCOUNT, visitor, said).with_wrong(wrong),
        uid: user.uid.clone(),
        role: role.map_or_else(|| "No role chosen".to_owned(), layout::role),
        with_card: session.authenticator == Authenticator::Card,
        sessions: sessions
            .into_iter()
            .map(|other| OwnSession {
                here: other.id == session.id,
                begun: layout::time(other.created),
                active: layout::time(other.last_activity),
                authenticator: layout::authenticator(other.authenticator),
                state: other.state_at(now).as_str(),
                id: other.id,
            })
            .collect(),
        passkeys: passkeys
            .into_iter()
            .map(|passkey| OwnPasskey {
                id: base16ct::lower::encode_string(&passkey.id),
                name: passkey.name,
                registered: layout::time(passkey.registered),
                used: passkey.last_used.map(layout::time),
            })
            .collect(),
    })
}

const MOST_LISTED: u32 = 100;
