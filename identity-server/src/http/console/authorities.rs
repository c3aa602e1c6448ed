//! The authorities that login certificates may come from, for administrators.

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
    super::page,
    layout::{self, Layout, Said},
    visitor::{Administrator, Changing},
};
use crate::{
    administration::AdministrationError,
    console::{Console, Visitor},
    store::AuthorityKind,
};

#[derive(Template)]
#[template(path = "console/authorities.html")]
struct Authorities {
    layout: Layout,
    authorities: Vec<Row>,
    /// What was typed, when it was wrong.
    pem: String,
}

struct Row {
    hash: String,
    kind: &'static str,
    subject: String,
    until: String,
    configured: bool,
}

#[derive(Deserialize)]
pub(super) struct New {
    pem: String,
    kind: String,
}

#[derive(Deserialize)]
pub(super) struct Named {
    hash: String,
}

/// `GET /wardkey/admin/authorities`.
pub(super) async fn page(
    Administrator(visitor): Administrator,
    State(console): State<Arc<Console>>,
    Query(said): Query<Said>,
) -> Response {
    show(&console, &visitor, &said, "", None).await
}

/// `POST /wardkey/admin/authorities/add`.
pub(super) async fn add(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Form(new): Form<New>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, None).await?;
    let kind = match new.kind.as_str() {
        "anchor" => AuthorityKind::Anchor,
        _ => AuthorityKind::Intermediate,
    };
    let added = console.identity().add_authorities(new.pem.as_bytes(), kind).await;
    Ok(match added.map_err(layout::told) {
        Ok(_) => layout::see(PATH, "added"),
        Err(Ok(wrong)) => show(&console, &visitor, &Said::default(), &new.pem, Some(wrong)).await,
        Err(Err(trouble)) => trouble,
    })
}

/// `POST /wardkey/admin/authorities/remove`.
pub(super) async fn remove(
    changing: Changing,
    State(console): State<Arc<Console>>,
    Form(named): Form<Named>,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, Some(&named.hash)).await?;
    let removed = match layout::sha256(&named.hash) {
        Some(hash) => console.identity().remove_authority(&hash).await,
        None => Err(AdministrationError::Unknown("authority")),
    };
    Ok(match removed.map_err(layout::told) {
        Ok(()) => layout::see(PATH, "removed"),
        Err(Ok(wrong)) => show(&console, &visitor, &Said::default(), "", Some(wrong)).await,
        Err(Err(trouble)) => trouble,
    })
}

async fn show(
    console: &Console,
    visitor: &Visitor,
    said: &Said,
    pem: &str,
    wrong: Option<(StatusCode, String)>,
) -> Response {
    let (status, wrong) = layout::status(wrong);
    let authorities = match console.identity().authorities().await.map_err(layout::told) {
        Ok(authorities) => authorities,
        Err(Ok((_, text))) => {
            return page::html(status, &page::Message { title: "Sorry", text: &text });
        }
        Err(Err(trouble)) => return trouble,
    };
    let rows = authorities.into_iter().map(|authority| Row {
        hash: authority.certificate.sha256_hex(),
        kind: authority.kind.as_str(),
        subject: authority.certificate.subject().to_string(),
        until: layout::day(authority.certificate.not_after()),
        configured: authority.configured,
    });
    let layout = Layout::new(PATH, visitor, said).with_wrong(wrong);
    page::html(status, &Authorities { layout, authorities: rows.collect(), pem: pem.to_owned() })
}

pub(super) const PATH: &str = "/wardkey/admin/authorities";
