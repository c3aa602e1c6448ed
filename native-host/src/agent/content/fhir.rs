//! A prescription in FHIR: a `Bundle` with `MedicationRequest`s (HL7 FHIR R4; UK Core; the
//! Electronic Prescription Service's profiles). Nothing is resolved outside the document.

mod reader;

use super::json::Json;
use reader::Reader;

/// What a prescription says, for people to read before they sign.
#[derive(Debug, PartialEq, Eq)]
pub struct Prescription {
    /// For whom it is.
    pub patient: Patient,
    /// Who prescribes.
    pub prescriber: Prescriber,
    /// The short form id.
    pub short_id: Option<String>,
    /// The medicines, in the order of the document; at least one.
    pub medicines: Vec<Medicine>,
    /// What else the document holds: a resource's type, and the names of what the summary does not
    /// say of it.
    pub rest: Vec<(String, String)>,
}

/// The patient of a prescription.
#[derive(Debug, PartialEq, Eq)]
pub struct Patient {
    /// Every name.
    pub name: String,
    /// The NHS number as the document has it.
    pub nhs_number: Option<String>,
    /// `YYYY-MM-DD`, or less of it.
    pub birth_date: Option<String>,
    /// Every address, each on one line.
    pub address: Option<String>,
}

/// The prescriber.
#[derive(Debug, PartialEq, Eq)]
pub struct Prescriber {
    /// Every name.
    pub name: String,
    /// The name of the job role.
    pub role: Option<String>,
    /// The organisation's name.
    pub organisation: Option<String>,
}

/// One medicine.
#[derive(Debug, PartialEq, Eq)]
pub struct Medicine {
    /// Every name that it is given.
    pub name: String,
    /// The number with its unit.
    pub quantity: String,
    /// How it is taken: what is written, then what is coded; notes.
    pub how: Vec<String>,
    /// A status other than `active`, or an intent other than `order`.
    pub standing: Option<String>,
    /// How often it may be dispensed again.
    pub repeats: Option<String>,
}

/// Why a document that prescribes has no summary.
#[derive(Debug, PartialEq, Eq)]
pub struct Unclear {
    /// The part that contradicts itself, changes what others mean, or is missing; a FHIR path.
    pub part: String,
}

/// Reads a prescription. `None`: the document is something else.
///
/// # Errors
///
/// [`Unclear`]
pub fn read(document: &Json<'_>) -> Result<Option<Prescription>, Unclear> {
    let is_bundle = document.get("resourceType") == Some(&Json::Text("Bundle".to_owned()));
    let has_request = || {
        let resources = document.get("entry").map(Json::items).unwrap_or_default();
        resources.iter().any(|entry| type_of(entry.get("resource")) == Some(REQUEST))
    };
    if !is_bundle || !has_request() {
        return Ok(None);
    }
    Reader::of(document)?.prescription().map(Some)
}

fn type_of<'a>(resource: Option<&'a Json<'_>>) -> Option<&'a str> {
    match resource?.get("resourceType")? {
        Json::Text(name) => Some(name),
        _ => None,
    }
}

const REQUEST: &str = "MedicationRequest";

#[cfg(test)]
mod tests;
