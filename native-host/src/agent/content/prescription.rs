//! The lines of a prescription, whatever it is written in.

use wardkey_signatures::eps::PrescriptionSummary;

use super::fhir;
use crate::dialog::{
    screen::{ContentLine, Phrase},
    words::{Said, Word},
};

/// The title of a patient's prescription.
pub fn title(patient: &str) -> Phrase {
    Said::from(Word::PrescriptionFor).with(patient).into()
}

/// A message of the Electronic Prescription Service.
pub fn of_eps(summary: &PrescriptionSummary) -> Vec<ContentLine> {
    let (patient, prescriber) = (&summary.patient, &summary.prescriber);
    let mut lines = fields([
        (Word::Patient, Some(&patient.name)),
        (Word::Born, patient.birth_date.as_ref()),
        (Word::NhsNumber, patient.nhs_number.as_ref()),
        (Word::Address, patient.address.as_ref()),
        (Word::Prescriber, Some(&prescriber.name)),
        (Word::Role, prescriber.role.as_ref()),
        (Word::Organisation, prescriber.organisation.as_ref()),
        (Word::Date, summary.date.as_ref()),
        (Word::Prescription, summary.short_id.as_ref()),
    ]);
    lines.push(heading(summary.items.len()));
    for medicine in &summary.items {
        let mut how = vec![medicine.dose.clone().into()];
        how.extend(medicine.instructions.clone().map(Phrase::Theirs));
        how.extend(medicine.issues.as_ref().map(|issues| said(Word::Issues, issues)));
        // It is dispensed by its code, which may say another medicine than the name does.
        let name = match &medicine.code {
            Some(code) => format!("{} ({code})", medicine.name),
            None => medicine.name.clone(),
        };
        lines.push(item(&name, &medicine.quantity, how));
    }
    lines
}

/// A prescription in FHIR, with what else its document holds.
pub fn of_fhir(read: &fhir::Prescription) -> Vec<ContentLine> {
    let (patient, prescriber) = (&read.patient, &read.prescriber);
    let mut lines = fields([
        (Word::Patient, Some(&patient.name)),
        (Word::Born, patient.birth_date.as_ref()),
        (Word::NhsNumber, patient.nhs_number.as_ref()),
        (Word::Address, patient.address.as_ref()),
        (Word::Prescriber, Some(&prescriber.name)),
        (Word::Role, prescriber.role.as_ref()),
        (Word::Organisation, prescriber.organisation.as_ref()),
        (Word::Prescription, read.short_id.as_ref()),
    ]);
    lines.push(heading(read.medicines.len()));
    for medicine in &read.medicines {
        let mut how: Vec<Phrase> = Vec::new();
        how.extend(medicine.standing.as_ref().map(|standing| said(Word::Standing, standing)));
        how.extend(medicine.how.iter().cloned().map(Phrase::Theirs));
        how.extend(medicine.repeats.as_ref().map(|repeats| said(Word::Repeats, repeats)));
        lines.push(item(&medicine.name, &medicine.quantity, how));
    }
    lines.push(ContentLine::Heading(Word::AlsoInDocument.into()));
    lines.extend(read.rest.iter().map(|(kind, names)| ContentLine::Field {
        name: kind.clone().into(),
        value: names.clone().into(),
    }));
    lines.push(ContentLine::Heading(Word::WholeDocument.into()));
    lines
}

fn fields<const N: usize>(fields: [(Word, Option<&String>); N]) -> Vec<ContentLine> {
    let present = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
    present
        .map(|(name, value)| ContentLine::Field { name: name.into(), value: value.clone().into() })
        .collect()
}

fn heading(medicines: usize) -> ContentLine {
    ContentLine::Heading(Said::counted(Word::Medicines, medicines))
}

fn item(name: &str, quantity: &str, how: Vec<Phrase>) -> ContentLine {
    ContentLine::Item { what: format!("{name}, {quantity}"), how }
}

fn said(word: Word, value: &str) -> Phrase {
    Said::from(word).with(value).into()
}
