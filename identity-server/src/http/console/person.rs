//! One person, for administrators: roles, login certificates, and all that the directory says.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::{
    super::{answer, page},
    layout::{self, Layout, Said},
    people,
    visitor::{Administrator, Changing},
};
use crate::{
    administration::AdministrationError,
    console::{Console, Visitor},
    directory::User,
};

#[derive(Template)]
#[template(path = "console/person.html")]
struct PersonPage {
    layout: Layout,
    uid: String,
    name: String,
    active: bool,
    roles: Vec<Role>,
    certificates: Vec<String>,
    passkeys: usize,
    /// The entries, or what was typed; `None`: people are changed elsewhere.
    ldif: Option<String>,
    /// What is wrong with what was typed.
    refused: Vec<String>,
}

struct Role {
    id: String,
    name: String,
    activities: Vec<String>,
    offered: bool,
}

#[derive(Deserialize)]
pub(super) struct Entries {
    ldif: String,
}

#[derive(Deserialize)]
pub(super) struct Pem {
    pem: String,
}

#[derive(Deserialize)]
pub(super) struct Named {
    hash: String,
}

/// What a page says that is not the person's.
#[derive(Default)]
struct Wrong {
    status: StatusCode,
    text: Option<String>,
    ldif: Option<String>,
    refused: Vec<String>,
}

/// `GET /wardkey/admin/person/UID`.
pub(super) async fn page(
    Administrator(visitor): Administrator,
    State(console): State<Arc<Console>>,
    Path(uid): Path<String>,
    Query(said): Query<Said>,
) -> Response {
    show(&console, &visitor, &uid, &said, Wrong::default()).await
}

/// `POST /wardkey/admin/person/UID`: what the directory says is this from now on.
pub(super) async fn save(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Path(uid): Path<String>,
    Form(entries): Form<Entries>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&uid)).await?;
    let report = match console.identity().put_person(&uid, &entries.ldif).await {
        Ok(report) => report,
        Err(error) => return Ok(failed(&console, &visitor, &uid, error, Some(entries.ldif)).await),
    };
    if report.refused.is_empty() {
        return Ok(layout::see(&path(&uid), "saved"));
    }
    let wrong = Wrong {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        text: Some("Nothing was saved: something is wrong.".to_owned()),
        ldif: Some(entries.ldif),
        refused: report.refused.iter().map(ToString::to_string).collect(),
    };
    Ok(show(&console, &visitor, &uid, &Said::default(), wrong).await)
}

/// `POST /wardkey/admin/person/UID/delete`.
pub(super) async fn delete(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Path(uid): Path<String>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&uid)).await?;
    Ok(match console.identity().delete_person(&uid).await {
        Ok(()) => layout::see(people::PATH, "removed"),
        Err(error) => failed(&console, &visitor, &uid, error, None).await,
    })
}

/// `POST /wardkey/admin/person/UID/certificate/add`.
pub(super) async fn add_certificate(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Path(uid): Path<String>,
    Form(form): Form<Pem>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&uid)).await?;
    Ok(match console.identity().add_certificate_of(&uid, form.pem.as_bytes()).await {
        Ok(()) => layout::see(&path(&uid), "added"),
        Err(error) => failed(&console, &visitor, &uid, error, None).await,
    })
}

/// `POST /wardkey/admin/person/UID/certificate/remove`.
pub(super) async fn remove_certificate(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Path(uid): Path<String>,
    Form(named): Form<Named>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&uid)).await?;
    let removed = match layout::sha256(&named.hash) {
        Some(hash) => console.identity().remove_certificate(&hash).await,
        None => Err(AdministrationError::Unknown("certificate")),
    };
    Ok(match removed {
        Ok(()) => layout::see(&path(&uid), "removed"),
        Err(error) => failed(&console, &visitor, &uid, error, None).await,
    })
}

async fn failed(
    console: &Console,
    visitor: &Visitor,
    uid: &str,
    error: AdministrationError,
    ldif: Option<String>,
) -> Response {
    match layout::told(error) {
        Ok((status, text)) => {
            let wrong = Wrong { status, text: Some(text), ldif, refused: Vec::new() };
            show(console, visitor, uid, &Said::default(), wrong).await
        }
        Err(trouble) => trouble,
    }
}

async fn show(
    console: &Console,
    visitor: &Visitor,
    uid: &str,
    said: &Said,
    wrong: Wrong,
) -> Response {
    let identity = console.identity();
    let found = async {
        let person = identity.person(uid).await?;
        let certificates = identity.store.certificates(uid).await?;
        let passkeys = identity.store.passkeys(uid).await?.len();
        Ok((person, certificates, passkeys))
    };
    let (person, certificates, passkeys) = match found.await {
        Ok(found) => found,
        Err(trouble) => return answer::trouble(&trouble, "person"),
    };
    let Some(person) = person else {
        let text = "Nobody has this user id.";
        return page::html(StatusCode::NOT_FOUND, &page::Message { title: "Not found", text });
    };
    let offered: Vec<String> =
        person.offered(identity.clock.now()).iter().map(|role| role.id.clone()).collect();
    let user: &User = &person.user;
    let kept = identity.kept().ok();
    let page = PersonPage {
        layout: Layout::new(people::PATH, visitor, said).with_wrong(wrong.text),
        uid: user.uid.clone(),
        name: user.common_name(),
        active: user.is_active(),
        roles: user
            .roles
            .iter()
            .map(|role| Role {
                name: layout::role(role),
                activities: role.business_function_codes.clone(),
                offered: offered.contains(&role.id),
                id: role.id.clone(),
            })
            .collect(),
        certificates: certificates
            .iter()
            .map(|hash| base16ct::lower::encode_string(hash))
            .collect(),
        passkeys,
        ldif: kept.map(|_| wrong.ldif.unwrap_or_else(|| user.to_ldif())),
        refused: wrong.refused,
    };
    page::html(wrong.status, &page)
}

fn path(uid: &str) -> String {
    format!("/wardkey/admin/person/{uid}")
}
