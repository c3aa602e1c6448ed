//! Who asks for one of these pages: an extractor, so that no handler runs for anybody else.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{Method, StatusCode, header, request::Parts},
    response::Response,
};

use super::super::{answer, page};
use super::sign_in;
use crate::console::{Console, Visitor};

/// A user who is signed in here.
pub(super) struct User(pub(super) Visitor);

/// A user whose role may administer.
pub(super) struct Administrator(pub(super) Visitor);

/// The same, about to change something: who it is comes out with the entry in the log.
pub(super) struct Changing {
    visitor: Visitor,
    doing: String,
}

impl FromRequestParts<Arc<Console>> for User {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, Response> {
        let changes = parts.method != Method::GET;
        if changes && !is_from_here(parts, console) {
            let text = "The request came from another site.";
            return Err(refused(StatusCode::FORBIDDEN, text));
        }
        let cookie = sign_in::visit_cookie(&parts.headers);
        let visitor = match cookie {
            Some(cookie) => console.visitor(&cookie).await,
            None => Ok(None),
        };
        match visitor {
            Ok(Some(visitor)) => Ok(Self(visitor)),
            Ok(None) if changes => {
                Err(refused(StatusCode::UNAUTHORIZED, "Your session is over. Sign in again."))
            }
            Ok(None) => Err(sign_in::begin(console, parts.uri.path()).await),
            Err(trouble) => Err(answer::trouble(&trouble, "visit")),
        }
    }
}

impl FromRequestParts<Arc<Console>> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, Response> {
        let User(visitor) = User::from_request_parts(parts, console).await?;
        if !visitor.administers {
            let text = "Your role does not administer this server. Choose another role, or ask \
                        who runs it: the activities that do are in its configuration.";
            return Err(refused(StatusCode::FORBIDDEN, text));
        }
        Ok(Self(visitor))
    }
}

impl FromRequestParts<Arc<Console>> for Changing {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, Response> {
        let Administrator(visitor) = Administrator::from_request_parts(parts, console).await?;
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let names = path.trim_start_matches("/wardkey/").split('/');
        let doing: Vec<&str> = names.filter(|name| !name.starts_with('{')).collect();
        Ok(Self { visitor, doing: doing.join("_") })
    }
}

impl Changing {
    /// Who it is, once it is logged that they are about to do it to this.
    pub(super) async fn to(
        self,
        console: &Console,
        target: Option<&str>,
    ) -> Result<Visitor, Response> {
        match console.log(&self.visitor, self.doing, target).await {
            Ok(()) => Ok(self.visitor),
            Err(trouble) => Err(answer::trouble(&trouble, "administration")),
        }
    }
}

/// Browsers say where a request comes from, and no page can say otherwise (Fetch Metadata).
fn is_from_here(parts: &Parts, console: &Console) -> bool {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    match header("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => {
            let own = console.identity().rules.server.as_str();
            header(header::ORIGIN.as_str()) == Some(own)
        }
    }
}

fn refused(status: StatusCode, text: &str) -> Response {
    page::html(status, &page::Message { title: "This page is not for you", text })
}
