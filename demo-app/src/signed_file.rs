//! `POST /api/verification`: who signed a file, when, and whether that holds. Anybody may ask, for
//! the answer is in the file and nothing is kept.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{FromRequest as _, Multipart, Request, State},
    http::header::CONTENT_TYPE,
};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use tokio::{sync::Semaphore, time::timeout};
use wardkey_signatures::report::Report;

use crate::{
    app::{App, Body},
    fault::Fault,
    verification::Note,
};

/// How many files are verified at the same time, and how long each may take to come.
#[derive(Debug)]
pub struct Bounds {
    places: Semaphore,
    patience: Duration,
}

/// What to verify.
enum Upload {
    /// A bare signature over a document.
    Bare(Note),
    /// A signed file, and its document where that stands beside it.
    File { file: Vec<u8>, document: Option<Vec<u8>> },
}

/// The same in JSON; octets are base64.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    file: String,
    #[serde(default)]
    document: Option<String>,
    /// Of a bare signature, such as `RS256`.
    #[serde(default)]
    algorithm: Option<String>,
    /// Of a bare signature the signer's certificate, DER.
    #[serde(default)]
    certificate: Option<String>,
}

/// Verifies a file: JSON, or `multipart/form-data` with the parts `file` and `document`. In JSON it
/// can be a bare signature, with its `algorithm` and the signer's `certificate`.
pub async fn verify(State(app): State<Arc<App>>, request: Request) -> Result<Json<Report>, Fault> {
    let Bounds { places, patience } = &app.uploads;
    // Held before the body is read, so that so many bodies are in memory at most; who sends slowly
    // does not hold it for long.
    let _place = places.try_acquire().map_err(|_| Fault::Busy)?;
    let upload = timeout(*patience, Upload::read(request)).await;
    let upload = upload.map_err(|_| Fault::TooSlow)??;
    let judged = app.blocking(move |app| {
        let now = (app.ambient.now)();
        match upload {
            Upload::Bare(note) => app.verification.bare(&note, now),
            Upload::File { file, document } => {
                Some(app.verification.file(&file, document.as_deref(), now))
            }
        }
    });
    judged.await?.map(Json).ok_or(Fault::Malformed("algorithm"))
}

impl Bounds {
    /// A body of which not all has come after `patience` is refused.
    pub fn new(patience: Duration) -> Self {
        Self { places: Semaphore::new(PLACES), patience }
    }
}

impl Upload {
    async fn read(request: Request) -> Result<Self, Fault> {
        let media_type = request.headers().get(CONTENT_TYPE).map(|value| value.as_bytes());
        if media_type.is_some_and(|value| value.starts_with(b"multipart/form-data")) {
            let parts = Multipart::from_request(request, &()).await;
            return Self::of_parts(parts.map_err(|_| Fault::Malformed("body"))?).await;
        }
        let Body(encoded) = Body::<Encoded>::from_request(request, &()).await?;
        let decode =
            |base64: &str, name| Base64::decode_vec(base64).map_err(|_| Fault::Malformed(name));
        let file = decode(&encoded.file, "file")?;
        let document = encoded.document.map(|text| decode(&text, "document")).transpose()?;
        match (encoded.algorithm, encoded.certificate) {
            (None, None) => Ok(Self::File { file, document }),
            (Some(algorithm), Some(certificate)) => Ok(Self::Bare(Note {
                content: document.ok_or(Fault::Malformed("document"))?,
                certificate: decode(&certificate, "certificate")?,
                signature: file,
                algorithm,
            })),
            (None, Some(_)) => Err(Fault::Malformed("algorithm")),
            (Some(_), None) => Err(Fault::Malformed("certificate")),
        }
    }

    async fn of_parts(mut parts: Multipart) -> Result<Self, Fault> {
        let (mut file, mut document) = (None, None);
        let malformed = |_| Fault::Malformed("body");
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            let place = match part.name() {
                Some("file") => &mut file,
                Some("document") => &mut document,
                _ => return Err(Fault::Malformed("a part that is neither file nor document")),
            };
            if place.replace(part.bytes().await.map_err(malformed)?.to_vec()).is_some() {
                return Err(Fault::Malformed("a part twice"));
            }
        }
        Ok(Self::File { file: file.ok_or(Fault::Malformed("file"))?, document })
    }
}

/// The longest body, in octets.
pub const MAX_BODY: usize = 16 * 1024 * 1024;
/// How long a body may take; a slow line sends the longest in this time.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Verifications at the same time.
const PLACES: usize = 4;
