//! What is shown of a document before it is signed.

mod outline;

use sha2::{Digest as _, Sha256};
use wardkey_protocol::{ErrorCode, Fault, command::sign::Document};
use wardkey_signatures::eps::{Prescription, PrescriptionSummary};

use crate::dialog::screen::{ContentItem, ContentLine};

/// A prescription, from the very octets that are signed.
pub fn prescription(document: &Document, summary: &PrescriptionSummary) -> ContentItem {
    let mut lines = Vec::new();
    let mut field = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lines.push(ContentLine::Field { name: name.to_owned(), value: value.to_owned() });
        }
    };
    let (patient, prescriber) = (&summary.patient, &summary.prescriber);
    field("Patient", Some(&patient.name));
    field("Born", patient.birth_date.as_deref());
    field("NHS number", patient.nhs_number.as_deref());
    field("Address", patient.address.as_deref());
    field("Prescriber", Some(&prescriber.name));
    field("Organisation", prescriber.organisation.as_deref());
    field("Date", summary.date.as_deref());
    field("Prescription", summary.short_id.as_deref());
    lines.push(ContentLine::Heading(match summary.items.len() {
        1 => "One medicine".to_owned(),
        count => format!("{count} medicines"),
    }));
    for medicine in &summary.items {
        let mut how = medicine.dose.clone();
        if let Some(instructions) = &medicine.instructions {
            how = format!("{how}\n{instructions}");
        }
        lines.push(ContentLine::Item {
            what: format!("{}, {}", medicine.name, medicine.quantity),
            how,
        });
    }
    // Named by what it says, not by what the page calls it.
    let title = format!("Prescription for {}", patient.name);
    ContentItem { title, ..item(document, false, lines) }
}

/// A document by its media type: prescriptions and JSON as an outline, text as text. Whatever else
/// it is, or too long to be looked through, is not shown.
///
/// # Errors
///
/// `document_malformed` where it is not what its media type says.
pub fn of(document: &Document) -> Result<ContentItem, Fault> {
    let octets = document.octets();
    let media_type = document.media_type.split(';').next().unwrap_or_default().trim();
    let malformed = |reason: &str| {
        Fault::new(ErrorCode::DocumentMalformed)
            .with("document", document.id.as_str())
            .with("reason", reason)
    };
    let text = || std::str::from_utf8(octets).map_err(|_| malformed("not UTF-8"));
    let shown = |lines: Vec<ContentLine>| match octets.len() {
        ..=MAX_SHOWN => item(document, false, lines),
        _ => not_shown(document),
    };
    let is = |ending: &str| media_type.to_ascii_lowercase().ends_with(ending);
    if is("/json") || is("+json") {
        serde_json::from_slice::<serde::de::IgnoredAny>(octets)
            .map_err(|error| malformed(&error.to_string()))?;
        return Ok(match outline::outline(octets) {
            Some(lines) => shown(lines),
            None => not_shown(document),
        });
    }
    if is("/xml") || is("+xml") {
        let text = ContentLine::Text(text()?.to_owned());
        return Ok(match Prescription::read(octets) {
            // The rest of the message is signed too, and is not in the summary.
            Ok(read) => {
                let summary = prescription(document, &read.summary());
                let whole = ContentLine::Heading("The whole message".to_owned());
                let lines = [summary.lines, vec![whole, text]].concat();
                ContentItem { title: summary.title, ..shown(lines) }
            }
            Err(_) => shown(vec![text]),
        });
    }
    if media_type.to_ascii_lowercase().starts_with("text/") {
        return Ok(shown(vec![ContentLine::Text(text()?.to_owned())]));
    }
    Ok(not_shown(document))
}

/// A document that is not shown: its name, type, size and digest.
pub fn not_shown(document: &Document) -> ContentItem {
    item(document, true, Vec::new())
}

/// A document whose digest alone is known.
pub fn digest_only(document: &Document, digest: &[u8]) -> ContentItem {
    ContentItem { size: None, digest: hex(digest), ..not_shown(document) }
}

fn item(document: &Document, not_shown: bool, lines: Vec<ContentLine>) -> ContentItem {
    ContentItem {
        title: document.name.clone(),
        not_shown,
        media_type: document.media_type.clone(),
        size: Some(document.octets().len()),
        digest: hex(&Sha256::digest(document.octets())),
        lines,
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Longer documents are not looked through before a passcode is typed, in octets.
const MAX_SHOWN: usize = 64 * 1024;
