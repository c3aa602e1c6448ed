//! What is shown of a document before it is signed.

use sha2::{Digest as _, Sha256};
use wardkey_protocol::command::sign::Document;
use wardkey_signatures::eps::PrescriptionSummary;

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
