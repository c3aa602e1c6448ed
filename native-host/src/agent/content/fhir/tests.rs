use std::{fs, path::Path};

use serde_json::{Value, json};

use super::*;

/// A synthetic bundle of two medicines.
fn bundle() -> Value {
    let request = |id: &str, name: &str, quantity: Value, dosage: Value| {
        json!({"fullUrl": id, "resource": {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"coding": [{
                "system": "http://snomed.info/sct", "code": "1", "display": name,
            }]},
            "subject": {"reference": "urn:uuid:patient"},
            "requester": {"reference": "urn:uuid:role"},
            "groupIdentifier": {
                "system": "https://fhir.nhs.uk/Id/prescription-order-number",
                "value": "24F5DA-A83008-7EFE6Z",
            },
            "dosageInstruction": [dosage],
            "dispenseRequest": {"quantity": quantity, "numberOfRepeatsAllowed": 5},
            "substitution": {"allowedBoolean": false},
        }})
    };
    json!({
        "resourceType": "Bundle",
        "type": "message",
        "entry": [
            {"fullUrl": "urn:uuid:header", "resource": {
                "resourceType": "MessageHeader", "eventCoding": {"code": "prescription-order"},
            }},
            request(
                "urn:uuid:1",
                "Amoxicillin 500mg capsules",
                json!({"value": 21, "unit": "capsule"}),
                json!({
                    "text": "One three times a day",
                    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "capsule"}}],
                    "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                    "route": {"coding": [{"display": "Oral"}]},
                }),
            ),
            request(
                "urn:uuid:2",
                "Paracetamol 500mg tablets",
                json!({"value": 100.0, "unit": "tablet"}),
                json!({
                    "text": "Two when needed",
                    "additionalInstruction": [{"text": "At most 8 a day"}],
                }),
            ),
            {"fullUrl": "urn:uuid:patient", "resource": {
                "resourceType": "Patient",
                "identifier": [
                    {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
                ],
                "name": [{"prefix": ["Ms"], "given": ["Ann", "May"], "family": "Example"}],
                "gender": "female",
                "birthDate": "1970-02-28",
                "address": [{"line": ["1 High Street"], "city": "Leeds", "postalCode": "LS1 1AA"}],
            }},
            {"fullUrl": "urn:uuid:role", "resource": {
                "resourceType": "PractitionerRole",
                "practitioner": {"reference": "urn:uuid:doctor"},
                "organization": {"reference": "urn:uuid:surgery"},
                "code": [{"coding": [{"code": "R8000", "display": "Clinical Practitioner"}]}],
            }},
            {"fullUrl": "urn:uuid:doctor", "resource": {
                "resourceType": "Practitioner",
                "name": [{"prefix": ["Dr"], "given": ["Tom"], "family": "Tester"}],
            }},
            {"fullUrl": "urn:uuid:surgery", "resource": {
                "resourceType": "Organization", "name": "Example Surgery",
            }},
        ],
    })
}

/// The resource at a place of the bundle.
fn resource(bundle: &mut Value, place: usize) -> &mut Value {
    &mut bundle["entry"][place]["resource"]
}

fn read_value(bundle: &Value) -> Result<Option<Prescription>, String> {
    let octets = serde_json::to_vec(bundle).unwrap();
    read(&Json::read(&octets).unwrap()).map_err(|unclear| unclear.part)
}

const AMOXICILLIN: usize = 1;
const PATIENT: usize = 3;
const ROLE: usize = 4;

#[test]
fn a_prescription_says_for_whom_what_and_by_whom() {
    let read = read_value(&bundle()).unwrap().unwrap();
    let patient = Patient {
        name: "Ms Ann May Example".to_owned(),
        nhs_number: Some("9990000018".to_owned()),
        birth_date: Some("1970-02-28".to_owned()),
        address: Some("1 High Street, Leeds, LS1 1AA".to_owned()),
    };
    assert_eq!(read.patient, patient);
    let prescriber = Prescriber {
        name: "Dr Tom Tester".to_owned(),
        role: Some("Clinical Practitioner".to_owned()),
        organisation: Some("Example Surgery".to_owned()),
    };
    assert_eq!(read.prescriber, prescriber);
    assert_eq!(read.short_id.as_deref(), Some("24F5DA-A83008-7EFE6Z"));
    let [amoxicillin, paracetamol] = &read.medicines[..] else { panic!("{read:?}") };
    assert_eq!(amoxicillin.name, "Amoxicillin 500mg capsules");
    assert_eq!(amoxicillin.quantity, "21 capsule");
    assert_eq!(amoxicillin.how, ["One three times a day", "1 capsule · 3 × / 1 d · Oral"]);
    assert_eq!(amoxicillin.repeats.as_deref(), Some("5"));
    // With the digits that the document has.
    assert_eq!(paracetamol.quantity, "100.0 tablet");
    assert_eq!(paracetamol.how, ["Two when needed", "At most 8 a day"]);
    assert_eq!((&amoxicillin.standing, &paracetamol.standing), (&None, &None));
}

#[test]
fn what_the_summary_does_not_say_is_named() {
    let mut bundle = bundle();
    resource(&mut bundle, PATIENT)["telecom"] = json!([{"value": "01632 960000"}]);
    resource(&mut bundle, AMOXICILLIN)["note"] = json!([{"text": "Said", "time": "2026-01-01"}]);
    let read = read_value(&bundle).unwrap().unwrap();
    assert!(read.medicines[0].how.contains(&"Said".to_owned()));
    let named = |kind: &str| {
        let found = read.rest.iter().find(|(name, _)| name == kind);
        let names = found.map(|(_, names)| names.as_str()).unwrap_or_default();
        let mut names: Vec<&str> = names.split(", ").collect();
        names.sort_unstable();
        names.join(", ")
    };
    assert_eq!(named("Bundle"), "fullUrl, type");
    assert_eq!(named("MessageHeader"), "eventCoding, resourceType");
    assert_eq!(
        named("MedicationRequest"),
        "medicationCodeableConcept, note, substitution",
        "the medicine's code, the note's time"
    );
    assert_eq!(named("Patient"), "gender, telecom");
    assert_eq!(named("Practitioner"), "");
}

#[test]
fn a_medicine_that_is_no_active_order_says_so() {
    let mut bundle = bundle();
    resource(&mut bundle, AMOXICILLIN)["status"] = json!("cancelled");
    resource(&mut bundle, AMOXICILLIN)["intent"] = json!("plan");
    let read = read_value(&bundle).unwrap().unwrap();
    let standing = read.medicines[0].standing.as_deref();
    assert_eq!(standing, Some("status: cancelled, intent: plan"));
}

#[test]
fn every_name_of_a_thing_is_said() {
    let mut bundle = bundle();
    let medicine = &mut resource(&mut bundle, AMOXICILLIN)["medicationCodeableConcept"];
    medicine["text"] = json!("Morphine 100mg");
    resource(&mut bundle, PATIENT)["name"][0]["text"] = json!("Somebody Else");
    let read = read_value(&bundle).unwrap().unwrap();
    assert_eq!(read.medicines[0].name, "Amoxicillin 500mg capsules / Morphine 100mg");
    assert_eq!(read.patient.name, "Ms Ann May Example (Somebody Else)");
}

#[test]
fn what_contradicts_itself_or_lacks_something_has_no_summary() {
    type Change = fn(&mut Value);
    let cases: &[(&str, Change)] = &[
        ("MedicationRequest.subject", |b| {
            resource(b, AMOXICILLIN)["subject"]["reference"] = json!("urn:uuid:another");
        }),
        ("MedicationRequest.requester", |b| {
            resource(b, AMOXICILLIN)["requester"]["reference"] = json!("urn:uuid:another");
        }),
        ("MedicationRequest.groupIdentifier", |b| {
            resource(b, AMOXICILLIN)["groupIdentifier"]["value"] = json!("another");
        }),
        ("MedicationRequest.medication", |b| {
            resource(b, AMOXICILLIN)["medicationReference"] = json!({"reference": "urn:uuid:x"});
        }),
        ("MedicationRequest.quantity", |b| {
            resource(b, AMOXICILLIN)["dispenseRequest"] = json!({});
        }),
        ("MedicationRequest.dosageInstruction", |b| {
            resource(b, AMOXICILLIN)["dosageInstruction"] = json!([]);
        }),
        ("Patient.identifier", |b| {
            let identifiers = resource(b, PATIENT)["identifier"].as_array_mut().unwrap();
            identifiers.push(json!({
                "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026",
            }));
        }),
        ("Patient.name", |b| {
            resource(b, PATIENT)["name"] = json!([]);
        }),
        ("PractitionerRole.practitioner", |b| {
            resource(b, ROLE)["practitioner"] = json!({"reference": "urn:uuid:patient"});
        }),
        ("Bundle.entry.fullUrl", |b| {
            b["entry"][0]["fullUrl"] = json!("urn:uuid:patient");
        }),
        ("Patient", |b| {
            b["entry"][0]["resource"] = json!({"resourceType": "Patient"});
        }),
        ("birthDate", |b| {
            resource(b, PATIENT)["birthDate"] = json!(["1970-02-28"]);
        }),
        ("doNotPerform", |b| {
            resource(b, AMOXICILLIN)["doNotPerform"] = json!(true);
        }),
        ("modifierExtension", |b| {
            resource(b, AMOXICILLIN)["modifierExtension"] = json!([{"url": "urn:x"}]);
        }),
    ];
    for (part, change) in cases {
        let mut bundle = bundle();
        change(&mut bundle);
        assert_eq!(read_value(&bundle).unwrap_err(), *part);
    }
}

#[test]
fn a_name_that_stands_twice_is_found_wherever_it_is() {
    let text = serde_json::to_string(&bundle()).unwrap();
    for name in ["birthDate", "BirthDate"] {
        let twice = format!("\"{name}\":\"1980-01-01\",\"birthDate\"");
        let text = text.replace("\"birthDate\"", &twice);
        let document = Json::read(text.as_bytes()).unwrap();
        let unclear = read(&document).unwrap_err();
        assert!(unclear.part.eq_ignore_ascii_case("birthDate"), "{unclear:?}");
    }
}

#[test]
fn what_prescribes_nothing_is_something_else() {
    for other in [
        json!({"resourceType": "Bundle", "entry": []}),
        json!({"resourceType": "Patient"}),
        json!([1, 2]),
    ] {
        assert_eq!(read_value(&other), Ok(None));
    }
}

/// Bundles of the Electronic Prescription Service's own examples, from a folder that
/// `WARDKEY_FHIR_EXAMPLES` names.
#[test]
fn prescriptions_of_others_are_read() {
    let Some(folder) = std::env::var_os("WARDKEY_FHIR_EXAMPLES") else {
        eprintln!("SKIPPED prescriptions_of_others_are_read: no WARDKEY_FHIR_EXAMPLES");
        return;
    };
    let mut read_whole = 0;
    for file in fs::read_dir(Path::new(&folder)).unwrap() {
        let path = file.unwrap().path();
        let octets = fs::read(&path).unwrap();
        let document = Json::read(&octets).unwrap();
        let read = read(&document).unwrap_or_else(|unclear| panic!("{path:?}: {unclear:?}"));
        let read = read.unwrap_or_else(|| panic!("{path:?}: no prescription"));
        assert!(!read.patient.name.is_empty() && !read.medicines.is_empty(), "{path:?}");
        // Every name of a medicine in the octets is in the summary.
        let value: Value = serde_json::from_slice(&octets).unwrap();
        for entry in value["entry"].as_array().unwrap() {
            let concept = &entry["resource"]["medicationCodeableConcept"]["coding"][0]["display"];
            if let Some(name) = concept.as_str() {
                assert!(read.medicines.iter().any(|medicine| medicine.name == name), "{path:?}");
            }
        }
        read_whole += 1;
    }
    assert!(read_whole > 0, "the folder is empty");
}
