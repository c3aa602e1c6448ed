//! People, for administrators: looked up, imported, exported.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Multipart, Path, Query, State, multipart::MultipartError},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{
    super::{answer, page},
    layout::{self, Layout, Said},
    visitor::{Administrator, Changing},
};
use crate::{
    InternalError,
    administration::Upload,
    console::{Console, Visitor},
    directory::{Format, Mode, Report, User},
};

#[derive(Template)]
#[template(path = "console/people.html")]
struct PeoplePage {
    layout: Layout,
    query: String,
    people: Vec<Row>,
    more: bool,
    /// People come from LDAP, and are changed there.
    elsewhere: bool,
    report: Option<Told>,
}

struct Row {
    uid: String,
    name: String,
    active: bool,
    roles: String,
}

/// What came of an import.
struct Told {
    summary: String,
    refused: Vec<String>,
    ignored: Vec<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    q: String,
}

/// `GET /wardkey/admin/people`.
pub(super) async fn page(
    Administrator(visitor): Administrator,
    State(console): State<Arc<Console>>,
    Query(said): Query<Said>,
    Query(filter): Query<Filter>,
) -> Response {
    show(&console, &visitor, &said, &filter.q, None, StatusCode::OK).await
}

/// `POST /wardkey/admin/people/import`: files, all taken over or none.
pub(super) async fn import(
    changing: Changing,
    State(console): State<Arc<Console>>,
    form: Multipart,
) -> Result<Response, Response> {
    let visitor = changing.to(&console, None).await?;
    let upload = match read(form).await {
        Ok(upload) => upload,
        Err(error) => return Ok((error.status(), error.body_text()).into_response()),
    };
    let imported = console.identity().import_people(&upload).await.map_err(layout::told);
    let (status, told) = match imported {
        Ok(report) => told(&report, &upload),
        Err(Ok((status, wrong))) => {
            (status, Told { summary: wrong, refused: Vec::new(), ignored: Vec::new() })
        }
        Err(Err(trouble)) => return Ok(trouble),
    };
    Ok(show(&console, &visitor, &Said::default(), "", Some(told), status).await)
}

/// `GET /wardkey/admin/people/export/FILE`: `people.ldif`, or a table of CSV.
pub(super) async fn export(
    Administrator(_): Administrator,
    State(console): State<Arc<Console>>,
    Path(file): Path<String>,
) -> Response {
    let directory = match console.identity().kept() {
        Ok(kept) => kept.current(),
        Err(error) => return (StatusCode::NOT_FOUND, error.to_string()).into_response(),
    };
    if file == "people.ldif" {
        return layout::download(&file, "text/ldif; charset=utf-8", directory.to_ldif());
    }
    let tables = match directory.to_csv() {
        Ok(tables) => tables,
        Err(error) => {
            return answer::trouble(&InternalError::Answer(error.to_string()), "export");
        }
    };
    let table = tables.files().into_iter().find(|(name, _)| *name == file);
    match table {
        Some((name, text)) => layout::download(name, "text/csv; charset=utf-8", text.to_owned()),
        None => (StatusCode::NOT_FOUND, "no such file").into_response(),
    }
}

async fn read(mut form: Multipart) -> Result<Upload, MultipartError> {
    let mut upload =
        Upload { format: Format::Ldif, mode: Mode::Merge, dry_run: false, files: Vec::new() };
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().unwrap_or_default().to_owned();
        let content = field.bytes().await?;
        match (name.as_str(), &content[..]) {
            ("format", b"csv") => upload.format = Format::Csv,
            ("replace", _) => upload.mode = Mode::Replace,
            ("dry_run", _) => upload.dry_run = true,
            ("files", content) if !file.is_empty() => {
                upload.files.push((file, content.to_vec()));
            }
            _ => {}
        }
    }
    Ok(upload)
}

fn told(report: &Report, upload: &Upload) -> (StatusCode, Told) {
    let Report { accepted, changed, unchanged, deleted, .. } = report;
    let outcome = match (report.refused.is_empty(), upload.dry_run) {
        (false, _) => "Nothing was taken over: something is wrong.",
        (true, true) => "Nothing was taken over, as you asked. This would be:",
        (true, false) => "Taken over.",
    };
    let summary = format!(
        "{outcome} Records that are right: {accepted} ({changed} changed, {unchanged} unchanged). \
         People and organisations that go: {deleted}."
    );
    let ignored = report.ignored.iter();
    let ignored =
        ignored.map(|(name, count)| format!("{name} means nothing here, and {count} have it"));
    let told = Told {
        summary,
        refused: report.refused.iter().take(MOST_LISTED).map(ToString::to_string).collect(),
        ignored: ignored.collect(),
    };
    let good = report.refused.is_empty();
    (if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, told)
}

async fn show(
    console: &Console,
    visitor: &Visitor,
    said: &Said,
    query: &str,
    report: Option<Told>,
    status: StatusCode,
) -> Response {
    let (people, elsewhere) = match console.identity().find_people(query, MOST_LISTED + 1).await {
        Ok(found) => found,
        Err(trouble) => return answer::trouble(&trouble, "people"),
    };
    let more = people.len() > MOST_LISTED;
    let page = PeoplePage {
        layout: Layout::new(PATH, visitor, said),
        query: query.to_owned(),
        people: people.iter().take(MOST_LISTED).map(row).collect(),
        more,
        elsewhere,
        report,
    };
    page::html(status, &page)
}

fn row(user: &User) -> Row {
    Row {
        uid: user.uid.clone(),
        name: user.common_name(),
        active: user.is_active(),
        roles: match user.roles.as_slice() {
            [] => "none".to_owned(),
            [role] => layout::role(role),
            [role, others @ ..] => format!("{} and {} more", layout::role(role), others.len()),
        },
    }
}

pub(super) const PATH: &str = "/wardkey/admin/people";
const MOST_LISTED: usize = 200;
