//! What is shown of a document before it is signed.

use sha2::{Digest as _, Sha256};
use wardkey_protocol::command::sign::Document;
use wardkey_signatures::eps::PrescriptionSummary;

use crate::dialog::screen::{ContentItem, ContentLine};

/// A prescription, from the very octets that are signed.
pub fn prescription(document: &Document, summary: &PrescriptionSummary) -> ContentItem {
    let mut lines = Vec::new();
    let _ = summary;
    lines.push(ContentLine::Text(document.name.clone()));
    item(document, false, lines)
}

/// A document that is not shown: its name, type, size and digest.
pub fn not_shown(document: &Document) -> ContentItem {
    item(document, true, Vec::new())
}

fn item(document: &Document, not_shown: bool, lines: Vec<ContentLine>) -> ContentItem {
    let digest = Sha256::digest(&document.content.0);
    ContentItem {
        title: document.name.clone(),
        not_shown,
        media_type: document.media_type.clone(),
        size: document.content.0.len(),
        sha256: digest.iter().map(|octet| format!("{octet:02x}")).collect(),
        lines,
    }
}
