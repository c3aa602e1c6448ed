use std::{path::Path, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{Method, header::ORIGIN},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::de::DeserializeOwned;

use crate::{
    ambient::Ambient,
    fault::Fault,
    identity::IdentityServer,
    note, page, prescription,
    session::{self, Sessions},
    signed_file::{self, Bounds},
    verification::Verification,
};

/// Everything that requests share.
pub struct App {
    /// The app's own origin.
    pub origin: String,
    /// The key that signs role assertions, DER SubjectPublicKeyInfo.
    pub assertion_key: Vec<u8>,
    /// The Identity Server.
    pub identity: Box<dyn IdentityServer>,
    /// Who is signed in.
    pub sessions: Sessions,
    /// The checks of signatures.
    pub verification: Verification,
    /// The bounds of verifications that anybody may ask for.
    pub uploads: Bounds,
    /// Time and randomness.
    pub ambient: Ambient,
}

impl App {
    /// Runs a call that blocks, away from the threads that serve.
    ///
    /// # Errors
    /// [`Fault::Internal`] when the call panicked.
    pub async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        call: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let app = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || call(&app)).await;
        done.map_err(|cause| Fault::Internal(cause.into()))
    }
}

/// The app: the page, the SDK of this folder under `/sdk/`, and the API under `/api/`.
pub fn router(app: Arc<App>, sdk: &Path) -> Router {
    let api = Router::new()
        .route(
            "/session",
            get(session::current::current).post(session::open::open).delete(session::close::close),
        )
        .route("/prescriptions", get(prescription::list::list))
        .route("/prescriptions/{id}", get(prescription::document::document))
        .route("/prescriptions/{id}/prepare", post(prescription::prepare::prepare))
        .route("/prescriptions/{id}/signature", post(prescription::sign::sign))
        .route("/documents/raw-signature", post(note::verify))
        .fallback(|| async { Fault::NotFound })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), own_page_only));
    // For scripts too, which have neither the app's origin nor a session; nothing is changed by it.
    let for_all = Router::new()
        .route("/api/verification", post(signed_file::verify))
        .layer(DefaultBodyLimit::max(signed_file::MAX_BODY));
    page::routes(sdk)
        .merge(for_all)
        .nest("/api", api)
        .layer(middleware::from_fn(page::headers))
        .with_state(app)
}

/// Refuses requests that change something unless the browser says they come from the app's page.
async fn own_page_only(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let from = request.headers().get(ORIGIN).map(|origin| origin.as_bytes());
    let own = from == Some(app.origin.as_bytes());
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if own || (reads && from.is_none()) {
        next.run(request).await
    } else {
        Fault::ForeignOrigin.into_response()
    }
}

/// A JSON body; one that is not what the endpoint takes gets this app's own fault.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let read = Json::<T>::from_request(request, state).await;
        read.map(|Json(body)| Self(body)).map_err(|_| Fault::Malformed("body"))
    }
}

const MAX_BODY: usize = 256 * 1024;

#[cfg(test)]
mod tests;
