//! Who relies on this server: clients of OpenID Connect, and apps with tickets.

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
    administration::{AdministrationError, read_client},
    console::{Console, Visitor},
};

#[derive(Template)]
#[template(path = "console/applications.html")]
struct Applications {
    layout: Layout,
    clients: Vec<ClientRow>,
    apps: Vec<AppRow>,
    /// What was typed, when it was wrong, or the registration to change.
    registration: String,
}

struct ClientRow {
    id: String,
    name: String,
    profile: &'static str,
    addresses: Vec<String>,
}

struct AppRow {
    origin: String,
    name: String,
    configured: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct Chosen {
    /// The client whose registration is to be changed.
    #[serde(default)]
    client: String,
}

/// What stands in the field of the registration.
enum Typed<'a> {
    /// That of the client of this id, if there is one.
    Chosen(&'a str),
    /// What was typed, which is wrong.
    Registration(&'a str),
}

#[derive(Deserialize)]
pub(super) struct Registration {
    registration: String,
}

#[derive(Deserialize)]
pub(super) struct Named {
    id: String,
}

#[derive(Deserialize)]
pub(super) struct App {
    origin: String,
    #[serde(default)]
    name: String,
}

/// `GET /wardkey/admin/applications`.
pub(super) async fn page(
    Administrator(visitor): Administrator,
    State(console): State<Arc<Console>>,
    Query(said): Query<Said>,
    Query(chosen): Query<Chosen>,
) -> Response {
    show(&console, &visitor, &said, Typed::Chosen(&chosen.client), None).await
}

/// `POST /wardkey/admin/applications/client`: registers a client, or changes it.
pub(super) async fn put(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Form(form): Form<Registration>,
) -> Result<Response, Response> {
    let read = read_client(&form.registration);
    let id = read.as_ref().ok().map(|client| client.id.as_str());
    let visitor = changing.to(&console, id).await?;
    let put = match read {
        Ok(client) => console.identity().put_client(&client).await,
        Err(error) => Err(error),
    };
    Ok(done(&console, &visitor, put, "saved", &form.registration).await)
}

/// `POST /wardkey/admin/applications/client/remove`.
pub(super) async fn remove(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Form(named): Form<Named>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&named.id)).await?;
    let removed = console.identity().remove_client(&named.id).await;
    Ok(done(&console, &visitor, removed, "removed", "").await)
}

/// `POST /wardkey/admin/applications/app`: registers an app for tickets.
pub(super) async fn put_app(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Form(app): Form<App>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(app.origin.trim())).await?;
    let put = console.identity().put_relying_party(app.origin.trim(), app.name.trim()).await;
    Ok(done(&console, &visitor, put, "saved", "").await)
}

/// `POST /wardkey/admin/applications/app/remove`.
pub(super) async fn remove_app(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Form(app): Form<App>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&app.origin)).await?;
    let removed = console.identity().remove_relying_party(&app.origin).await;
    Ok(done(&console, &visitor, removed, "removed", "").await)
}

async fn done(
    console: &Console,
    visitor: &Visitor,
    outcome: Result<(), AdministrationError>,
    said: &str,
    registration: &str,
) -> Response {
    match outcome.map_err(layout::told) {
        Ok(()) => layout::see(PATH, said),
        Err(Ok(wrong)) => {
            let typed = Typed::Registration(registration);
            show(console, visitor, &Said::default(), typed, Some(wrong)).await
        }
        Err(Err(trouble)) => trouble,
    }
}

async fn show(
    console: &Console,
    visitor: &Visitor,
    said: &Said,
    typed: Typed<'_>,
    wrong: Option<(StatusCode, String)>,
) -> Response {
    let (status, wrong) = layout::status(wrong);
    let identity = console.identity();
    let clients = match identity.clients().await.map_err(layout::told) {
        Ok(clients) => clients,
        Err(Ok((_, text))) => {
            return page::html(status, &page::Message { title: "Sorry", text: &text });
        }
        Err(Err(trouble)) => return trouble,
    };
    let kept = match identity.store.relying_parties().await {
        Ok(kept) => kept,
        Err(error) => return answer::trouble(&error.into(), "applications"),
    };
    let configured = identity.rules.relying_parties.iter().map(|origin| AppRow {
        origin: origin.as_str().to_owned(),
        name: String::new(),
        configured: true,
    });
    let kept = kept.into_iter().map(|(origin, name)| AppRow { origin, name, configured: false });
    let registration = match typed {
        Typed::Registration(text) => text.to_owned(),
        Typed::Chosen(id) => clients
            .iter()
            .find(|client| client.id == id)
            .and_then(|client| serde_json::to_string_pretty(client).ok())
            .unwrap_or_default(),
    };
    let applications = Applications {
        layout: Layout::new(PATH, visitor, said).with_wrong(wrong),
        clients: clients
            .into_iter()
            .map(|client| ClientRow {
                profile: client.profile.as_str(),
                addresses: client.redirect_uris,
                id: client.id,
                name: client.name,
            })
            .collect(),
        apps: configured.chain(kept).collect(),
        registration,
    };
    page::html(status, &applications)
}

pub(super) const PATH: &str = "/wardkey/admin/applications";
