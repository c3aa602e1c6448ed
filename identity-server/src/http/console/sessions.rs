//! Sessions, for administrators.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::{
    super::{answer, page},
    layout::{self, Layout, Said},
    visitor::{Administrator, Changing},
};
use crate::{
    InternalError,
    console::{Console, Visitor},
};

#[derive(Template)]
#[template(path = "console/sessions.html")]
struct Sessions {
    layout: Layout,
    uid: String,
    sessions: Vec<Row>,
    more: bool,
}

struct Row {
    id: String,
    uid: String,
    name: String,
    role: String,
    state: &'static str,
    authenticator: &'static str,
    begun: String,
    active: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    uid: String,
}

#[derive(Deserialize)]
pub(super) struct Named {
    id: String,
}

/// `GET /wardkey/admin/sessions`.
pub(super) async fn page(
    Administrator(visitor): Administrator,
    State(console): State<Arc<Console>>,
    Query(said): Query<Said>,
    Query(filter): Query<Filter>,
) -> Response {
    show(&console, &visitor, &said, &filter.uid, None).await
}

/// `POST /wardkey/admin/sessions/end`: one.
pub(super) async fn end(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Form(named): Form<Named>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&named.id)).await?;
    Ok(match console.identity().end_session(&named.id).await.map_err(layout::told) {
        Ok(()) => layout::see(PATH, "ended"),
        Err(Ok(wrong)) => show(&console, &visitor, &Said::default(), "", Some(wrong)).await,
        Err(Err(trouble)) => trouble,
    })
}

/// `POST /wardkey/admin/sessions/end-all`: every one of a user.
pub(super) async fn end_all(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Form(of): Form<Filter>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&of.uid)).await?;
    Ok(match console.identity().end_sessions_of(&of.uid).await.map_err(layout::told) {
        Ok(_) => layout::see(PATH, "ended"),
        Err(Ok(wrong)) => show(&console, &visitor, &Said::default(), &of.uid, Some(wrong)).await,
        Err(Err(trouble)) => trouble,
    })
}

async fn show(
    console: &Console,
    visitor: &Visitor,
    said: &Said,
    uid: &str,
    wrong: Option<(StatusCode, String)>,
) -> Response {
    let (status, wrong) = layout::status(wrong);
    match sessions(console, uid).await {
        Ok((sessions, more)) => {
            let layout = Layout::new(PATH, visitor, said).with_wrong(wrong);
            page::html(status, &Sessions { layout, uid: uid.to_owned(), sessions, more })
        }
        Err(trouble) => answer::trouble(&trouble, "sessions"),
    }
}

async fn sessions(console: &Console, uid: &str) -> Result<(Vec<Row>, bool), InternalError> {
    let identity = console.identity();
    let now = identity.clock.now();
    let only = (!uid.is_empty()).then_some(uid);
    let listed = identity.store.sessions(only, MOST_LISTED + 1).await?;
    let more = listed.len() > MOST_LISTED as usize;
    let mut rows = Vec::new();
    for session in listed.into_iter().take(MOST_LISTED as usize) {
        let person = identity.person(&session.uid).await?;
        let user = person.as_ref().map(|person| &person.user);
        let role = session.role.as_deref();
        let role = role.and_then(|id| user.and_then(|user| user.role(id)));
        rows.push(Row {
            name: user.map(|user| user.display_name()).unwrap_or_default(),
            role: role.map(layout::role).unwrap_or_default(),
            state: session.state_at(now).as_str(),
            authenticator: layout::authenticator(session.authenticator),
            begun: layout::time(session.created),
            active: layout::time(session.last_activity),
            id: session.id,
            uid: session.uid,
        });
    }
    Ok((rows, more))
}

pub(super) const PATH: &str = "/wardkey/admin/sessions";
const MOST_LISTED: u32 = 200;
