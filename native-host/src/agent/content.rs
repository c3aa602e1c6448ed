//! What is shown of a document before it is signed.

mod character_set;
mod fhir;
mod json;
mod outline;
mod picture;
mod prescription;

use wardkey_protocol::{
    Base64, ErrorCode, Fault, command::sign::Document, limits::MAX_READ_DOCUMENT,
};
use wardkey_signatures::{
    eps::{Prescription, PrescriptionSummary},
    pdf,
};

use super::received::{Content, Received};
use crate::dialog::{
    screen::{ContentItem, ContentLine, Picture},
    words::{Said, Word},
};
use json::Json;

/// A prescription, from the very octets that are signed: its summary, and below it the message,
/// for much of it is signed and not in the summary.
pub fn prescription(document: &Received<'_>, summary: &PrescriptionSummary) -> ContentItem {
    let octets = document.octets();
    let Some(message) = std::str::from_utf8(octets).ok().filter(|_| octets.len() <= MAX_SHOWN)
    else {
        return too_long(document);
    };
    let whole = ContentLine::Heading(Word::WholeMessage.into());
    let message = ContentLine::Text(message.to_owned());
    let lines = [prescription::of_eps(summary), vec![whole, message]].concat();
    // Named by what it says, not by what the page calls it.
    ContentItem { title: prescription::title(&summary.patient.name), ..item(document, lines) }
}

/// A document by its media type: prescriptions as such, with the whole document below; JSON as an
/// outline, text as text. Whatever else it is, in other characters than UTF-8, or too long to be
/// looked through, is not shown.
///
/// # Errors
///
/// `document_malformed` where it is not what its media type says.
pub fn of(document: &Received<'_>) -> Result<ContentItem, Fault> {
    match document.content() {
        Content::Digest(_) => return Ok(not_shown(document)),
        Content::Digests(_) => return Ok(too_long(document)),
        Content::Octets(..) => {}
    }
    let octets = document.octets();
    let media_type = document.media_type.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    let malformed = |reason: &str| {
        Fault::new(ErrorCode::DocumentMalformed)
            .with("document", document.id.as_str())
            .with("reason", reason)
    };
    let text = || std::str::from_utf8(octets).map_err(|_| malformed("not UTF-8"));
    let is = |ending: &str| media_type.ends_with(ending);
    let is_json = is("/json") || is("+json");
    let is_xml = is("/xml") || is("+xml");
    let is_text = is_json || is_xml || media_type.starts_with("text/");
    if is_text && !character_set::is_utf8(&document.media_type, octets) {
        return Ok(ContentItem { reason: Some(Word::NotUtf8.into()), ..not_shown(document) });
    }
    if is_json {
        serde_json::from_slice::<serde::de::IgnoredAny>(octets)
            .map_err(|error| malformed(&error.to_string()))?;
    } else if is_text {
        text()?;
    } else {
        if octets.starts_with(PDF) {
            return Ok(of_pdf(document, octets));
        }
        return Ok(of_picture(document, octets).unwrap_or_else(|| not_shown(document)));
    }
    if octets.len() > MAX_SHOWN {
        return Ok(too_long(document));
    }
    if is_json {
        return Ok(of_json(document, octets).unwrap_or_else(|| too_long(document)));
    }
    Ok(match Prescription::read(octets) {
        Ok(read) if is_xml => prescription(document, &read.summary()),
        _ => item(document, vec![ContentLine::Text(text()?.to_owned())]),
    })
}

/// JSON: an outline, and before it what a prescription says. `None`: too long or deep for one.
fn of_json(document: &Received<'_>, octets: &[u8]) -> Option<ContentItem> {
    let json = Json::read(octets)?;
    let outline = outline::outline(&json)?;
    let warned = |warning: Said| {
        item(document, [vec![ContentLine::Warning(warning)], outline.clone()].concat())
    };
    Some(match fhir::read(&json) {
        Ok(Some(read)) => {
            let lines = [prescription::of_fhir(&read), outline].concat();
            let title = prescription::title(&read.patient.name);
            ContentItem { title, ..item(document, lines) }
        }
        Ok(None) => match json.duplicate() {
            Some(name) => warned(Said::from(Word::NameTwice).with(name)),
            None => item(document, outline),
        },
        Err(unclear) => warned(Said::from(Word::PrescriptionUnclear).with(unclear.part)),
    })
}

/// A picture as such, whatever the page calls it.
fn of_picture(document: &Received<'_>, octets: &[u8]) -> Option<ContentItem> {
    let read = picture::read(octets)?;
    let mut lines = Vec::new();
    if !read.unseen.is_empty() {
        let unseen = Said::from(Word::PictureHolds).with(read.unseen.join(", "));
        lines.push(ContentLine::Warning(unseen));
    }
    lines.push(ContentLine::Picture(Picture {
        format: read.format,
        octets: Base64(octets.to_vec()),
        width: read.width,
        height: read.height,
    }));
    Some(item(document, lines))
}

/// A PDF, which is not drawn: forms, layers and scripts let two readers see two documents in it.
fn of_pdf(document: &Received<'_>, octets: &[u8]) -> ContentItem {
    let reason = match pdf::pages(octets) {
        Ok(count) => Said::counted(Word::PdfPages, count),
        Err(_) => Word::PdfNotRead.into(),
    };
    ContentItem { reason: Some(reason), ..not_shown(document) }
}

/// A document that is not shown: its name, type, size and digest.
pub fn not_shown(document: &Received<'_>) -> ContentItem {
    ContentItem { not_shown: true, ..item(document, Vec::new()) }
}

/// Whether a document can be shown, or its pages counted, so that its octets are needed.
pub fn can_be_shown(document: &Document) -> bool {
    let is_read = ["image/", "application/pdf"].iter().any(|kind| {
        let start = document.media_type.get(..kind.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(kind))
    });
    document.length() <= if is_read { MAX_READ_DOCUMENT } else { MAX_SHOWN }
}

fn too_long(document: &Received<'_>) -> ContentItem {
    let reason = Said::from(Word::TooLong).with(MAX_SHOWN / 1024);
    ContentItem { reason: Some(reason), ..not_shown(document) }
}

fn item(document: &Received<'_>, lines: Vec<ContentLine>) -> ContentItem {
    ContentItem {
        title: document.name.clone().into(),
        not_shown: false,
        reason: None,
        may_be_unseen: false,
        media_type: document.media_type.clone(),
        size: document.size(),
        digest: base16ct::lower::encode_string(document.digest()),
        lines,
    }
}

/// Longer documents are not looked through before a passcode is typed, in octets.
const MAX_SHOWN: usize = 1024 * 1024;
const PDF: &[u8] = b"%PDF-";

#[cfg(test)]
mod tests;
