//! `POST /api/session`: a ticket becomes a session of this app.

use std::sync::{Arc, Mutex, atomic::AtomicU64};

use axum::{
    Json,
    extract::State,
    http::header::SET_COOKIE,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use wardkey_spine::{
    JobRoleName, Ticket, UnixTime,
    assertion::{Audience, Expected, Role, RoleAssertion, read_verified},
};

use super::{RoleView, Session, SessionView, UserView, set_cookie};
use crate::{
    app::{App, Body},
    fault::Fault,
    prescription::{self, Author},
};

/// What the page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    ticket: String,
}

/// Fetches the ticket's role assertion, checks it and opens a session.
pub async fn open(
    State(app): State<Arc<App>>,
    Body(request): Body<Request>,
) -> Result<Response, Fault> {
    let ticket = Ticket::parse(&request.ticket).map_err(|_| Fault::Malformed("ticket"))?;
    let (ticket, assertion) =
        app.blocking(move |app| fetch(app, &ticket).map(|assertion| (ticket, assertion))).await??;
    let role = assertion.session_role().ok_or(Fault::RoleRequired)?;
    let now = (app.ambient.now)();
    let name = Name::of(&assertion.person.cn);
    let author = Author {
        user_id: assertion.person.uid.as_str(),
        given: &name.given,
        family: &name.family,
        role_profile: &role.role_profile,
        job_role_code: role.job_role_code.rsplit(':').next().unwrap_or_default(),
        organisation: &role.organisation,
        organisation_code: &role.org_code,
    };
    let view = SessionView {
        user: UserView { id: assertion.person.uid.to_string(), name: name.shown },
        role: role_name(role),
        organisation: role.organisation.clone(),
        roles: assertion.roles.iter().map(RoleView::of).collect(),
    };
    let session = Session {
        ticket,
        view: view.clone(),
        user: assertion.person.uid.clone(),
        drafts: Mutex::new(prescription::drafts(&author, UnixTime::from_seconds(now))),
        confirmed_at: AtomicU64::new(now),
    };
    let cookie = (app.ambient.random)().map_err(|cause| Fault::Internal(cause.into()))?;
    app.sessions.insert(cookie, session, now);
    Ok(([(SET_COOKIE, set_cookie(Some(&cookie), &app))], Json(view)).into_response())
}

fn fetch(app: &App, ticket: &Ticket) -> Result<RoleAssertion, Fault> {
    let response = app.identity.role_assertion(ticket).map_err(Fault::ServerUnreachable)?;
    let response = response.ok_or(Fault::SessionEnded)?;
    let expected = Expected {
        now: UnixTime::from_seconds((app.ambient.now)()),
        audience: Audience::RelyingParty(&app.origin),
    };
    read_verified(&response, &app.assertion_key, &expected)
        .and_then(|pending| pending.discharge())
        .map_err(|cause| Fault::ServerResponseInvalid(cause.into()))
}

impl RoleView {
    fn of(role: &Role) -> Self {
        Self {
            id: role.role_profile.clone(),
            name: role_name(role),
            organisation: role.organisation.clone(),
            organisation_code: role.org_code.clone(),
        }
    }
}

/// The last part of `"Group":"Sub group":"Role"`; the whole text when it is of another form.
fn role_name(role: &Role) -> String {
    let name = role.job_role.parse::<JobRoleName>();
    name.map_or_else(|_| role.job_role.clone(), |name| name.role)
}

/// A name of the directory, taken apart.
struct Name {
    shown: String,
    given: String,
    family: String,
}

impl Name {
    /// Reads `Surname Given` and `Surname Given Title`; longer ones are ambiguous and shown as
    /// they are.
    fn of(cn: &str) -> Self {
        let words: Vec<&str> = cn.split_whitespace().collect();
        let (shown, given, family) = match words[..] {
            [family, given] => (format!("{given} {family}"), given, family),
            [family, given, title] => (format!("{title} {given} {family}"), given, family),
            [family, ..] => (cn.to_owned(), words.get(1).copied().unwrap_or_default(), family),
            [] => (cn.to_owned(), "", ""),
        };
        Self { shown, given: given.to_owned(), family: family.to_owned() }
    }
}
