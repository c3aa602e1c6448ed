//! Writes the synthetic prescriptions of `fixtures/`: `cargo run -p wardkey-signatures --example
//! make_prescriptions [FOLDER]`. People, organisations and identifiers are invented; NHS numbers
//! are of the range for tests (999). The prescriptions are unsigned.

use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

use wardkey_signatures::eps::Prescription;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")),
        PathBuf::from,
    );
    fs::create_dir_all(&folder)?;
    for (index, message) in messages()?.iter().enumerate() {
        let summary = Prescription::read(message.as_bytes())?.summary();
        let file = folder.join(format!("prescription-{}.xml", index + 1));
        fs::write(&file, message)?;
        println!("{}: {} for {}", file.display(), summary.items.len(), summary.patient.name);
    }
    Ok(())
}

/// The prescriptions in the order of their files.
pub(crate) fn messages() -> Result<Vec<String>, std::fmt::Error> {
    ORDERS.iter().map(message).collect()
}

struct Order {
    /// UUIDs of the message and of the prescription.
    ids: [&'static str; 2],
    short_id: &'static str,
    patient: Patient,
    place: &'static Place,
    items: &'static [Item],
}

struct Patient {
    nhs_number: &'static str,
    /// Title, given name, surname.
    name: [&'static str; 3],
    born: &'static str,
    /// 1: male, 2: female.
    gender: &'static str,
    street: &'static str,
    town: &'static str,
    postcode: &'static str,
}

/// Where the demo prescriber works, and in which role.
struct Place {
    role_profile: &'static str,
    code: &'static str,
    /// Escaped for XML.
    name: &'static str,
    telephone: &'static str,
    street: &'static str,
    postcode: &'static str,
}

struct Item {
    id: &'static str,
    /// The concept of the medicine and of its unit.
    codes: [&'static str; 2],
    name: &'static str,
    quantity: u32,
    unit: &'static str,
    dose: &'static str,
}

/// None of the texts holds a character that XML escapes, except where they say that they are
/// escaped; that the message is well formed is seen by reading it.
fn message(order: &Order) -> Result<String, std::fmt::Error> {
    let Order { ids: [message, prescription], short_id, patient, place, items } = order;
    let mut out = String::new();
    write!(
        out,
        r#"<ParentPrescription xmlns="urn:hl7-org:v3" classCode="INFO" moodCode="EVN">
  <id root="{message}"/>
  <code code="163501000000109" codeSystem="{SNOMED}" displayName="Prescription - FocusActOrEvent (record artifact)"/>
  <effectiveTime value="{TIME}"/>
  <typeId extension="PORX_MT132004UK31" root="2.16.840.1.113883.2.1.3.2.4.18.7"/>
"#
    )?;
    write_patient(&mut out, patient, place)?;
    write!(
        out,
        r#"  <pertinentInformation1 contextConductionInd="true" typeCode="PERT">
    <templateId extension="CSAB_RM-NPfITUK10.pertinentInformation" root="2.16.840.1.113883.2.1.3.2.4.18.2"/>
    <pertinentPrescription classCode="SBADM" moodCode="RQO">
      <id root="{prescription}"/>
      <id extension="{short_id}" root="2.16.840.1.113883.2.1.3.2.4.18.8"/>
      <code code="225426007" codeSystem="{SNOMED}" displayName="Administration of therapeutic substance (procedure)"/>
      <effectiveTime nullFlavor="NA"/>
"#
    )?;
    write_author(&mut out, place)?;
    write_observation(
        &mut out,
        "pertinentInformation5",
        "PrescriptionTreatmentType",
        "PTT",
        "0001",
    )?;
    for item in *items {
        write_item(&mut out, item)?;
    }
    write_observation(&mut out, "pertinentInformation4", "PrescriptionType", "PT", "0105")?;
    out.push_str("    </pertinentPrescription>\n  </pertinentInformation1>\n");
    write_care_record(&mut out, items)?;
    out.push_str("</ParentPrescription>\n");
    Ok(out)
}

fn write_patient(out: &mut String, patient: &Patient, place: &Place) -> std::fmt::Result {
    let Patient { nhs_number, name: [title, given, family], born, gender, .. } = patient;
    let Patient { street, town, postcode, .. } = patient;
    let practice = place.code;
    write!(
        out,
        r#"  <recordTarget typeCode="RCT">
    <Patient classCode="PAT">
      <id extension="{nhs_number}" root="2.16.840.1.113883.2.1.4.1"/>
      <addr use="H">
        <streetAddressLine>{street}</streetAddressLine>
        <streetAddressLine>{town}</streetAddressLine>
        <postalCode>{postcode}</postalCode>
      </addr>
      <patientPerson classCode="PSN" determinerCode="INSTANCE">
        <name use="L">
          <prefix>{title}</prefix>
          <given>{given}</given>
          <family>{family}</family>
        </name>
        <administrativeGenderCode code="{gender}" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.25"/>
        <birthTime value="{born}"/>
        <playedProviderPatient classCode="PAT">
          <subjectOf typeCode="SBJ">
            <patientCareProvision classCode="PCPR" moodCode="EVN">
              <code code="1" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.37"/>
              <responsibleParty typeCode="RESP">
                <healthCareProvider classCode="PROV">
                  <id extension="{practice}" root="1.2.826.0.1285.0.1.10"/>
                </healthCareProvider>
              </responsibleParty>
            </patientCareProvision>
          </subjectOf>
        </playedProviderPatient>
      </patientPerson>
    </Patient>
  </recordTarget>
"#
    )
}

/// The author with the Spine user id, so that a verifier can compare it with the certificate's.
fn write_author(out: &mut String, place: &Place) -> std::fmt::Result {
    let Place { role_profile, code, name, telephone, street, postcode } = place;
    write!(
        out,
        r#"      <author contextControlCode="OP" typeCode="AUT">
        <time value="{TIME}"/>
        <signatureText nullFlavor="NA"/>
        <AgentPerson classCode="AGNT">
          <id extension="{role_profile}" root="1.2.826.0.1285.0.2.0.67"/>
          <code code="R8001" codeSystem="1.2.826.0.1285.0.2.1.104" displayName="Nurse Access Role"/>
          <telecom use="WP" value="tel:{telephone}"/>
          <agentPerson classCode="PSN" determinerCode="INSTANCE">
            <id extension="{PRESCRIBER}" root="1.2.826.0.1285.0.2.0.65"/>
            <name>
              <prefix>MR</prefix>
              <given>Tom</given>
              <family>Lindqvist</family>
            </name>
          </agentPerson>
          <representedOrganization classCode="ORG" determinerCode="INSTANCE">
            <id extension="{code}" root="1.2.826.0.1285.0.1.10"/>
            <code code="999" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.94"/>
            <name>{name}</name>
            <telecom use="WP" value="tel:{telephone}"/>
            <addr use="WP">
              <streetAddressLine>{street}</streetAddressLine>
              <postalCode>{postcode}</postalCode>
            </addr>
          </representedOrganization>
        </AgentPerson>
      </author>
"#
    )
}

fn write_item(out: &mut String, item: &Item) -> std::fmt::Result {
    let Item { id, codes: [medicine, unit_code], name, quantity, unit, dose } = item;
    write!(
        out,
        r#"      <pertinentInformation2 contextConductionInd="true" inversionInd="false" negationInd="false" typeCode="PERT">
        <seperatableInd value="true"/>
        <templateId extension="CSAB_RM-NPfITUK10.sourceOf2" root="2.16.840.1.113883.2.1.3.2.4.18.2"/>
        <pertinentLineItem classCode="SBADM" moodCode="RQO">
          <id root="{id}"/>
          <code code="225426007" codeSystem="{SNOMED}" displayName="Administration of therapeutic substance (procedure)"/>
          <effectiveTime nullFlavor="NA"/>
          <product contextControlCode="OP" typeCode="PRD">
            <manufacturedProduct classCode="MANU">
              <manufacturedRequestedMaterial classCode="MMAT" determinerCode="KIND">
                <code code="{medicine}" codeSystem="{SNOMED}" displayName="{name}"/>
              </manufacturedRequestedMaterial>
            </manufacturedProduct>
          </product>
          <component typeCode="COMP">
            <seperatableInd value="false"/>
            <lineItemQuantity classCode="SPLY" moodCode="RQO">
              <code code="373784005" codeSystem="{SNOMED}" displayName="Dispensing medication (procedure)"/>
              <quantity unit="1" value="{quantity}">
                <translation code="{unit_code}" codeSystem="{SNOMED}" displayName="{unit}" value="{quantity}"/>
              </quantity>
            </lineItemQuantity>
          </component>
          <pertinentInformation2 contextConductionInd="true" typeCode="PERT">
            <seperatableInd value="false"/>
            <pertinentDosageInstructions classCode="OBS" moodCode="EVN">
              <code code="DI" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.30"/>
              <value>{dose}</value>
            </pertinentDosageInstructions>
          </pertinentInformation2>
        </pertinentLineItem>
      </pertinentInformation2>
"#
    )
}

/// An observation about the whole prescription; none of them is covered by the signature.
fn write_observation(
    out: &mut String,
    holder: &str,
    name: &str,
    code: &str,
    value: &str,
) -> std::fmt::Result {
    let vocabulary = if code == "PTT" {
        "2.16.840.1.113883.2.1.3.2.4.16.36"
    } else {
        "2.16.840.1.113883.2.1.3.2.4.17.25"
    };
    write!(
        out,
        r#"      <{holder} contextConductionInd="true" typeCode="PERT">
        <seperatableInd value="false"/>
        <pertinent{name} classCode="OBS" moodCode="EVN">
          <code code="{code}" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.30"/>
          <value code="{value}" codeSystem="{vocabulary}"/>
        </pertinent{name}>
      </{holder}>
"#
    )
}

fn write_care_record(out: &mut String, items: &[Item]) -> std::fmt::Result {
    write!(
        out,
        r#"  <pertinentInformation2 typeCode="PERT">
    <templateId extension="CSAB_RM-NPfITUK10.pertinentInformation1" root="2.16.840.1.113883.2.1.3.2.4.18.2"/>
    <pertinentCareRecordElementCategory classCode="CATEGORY" moodCode="EVN">
      <code code="185361000000102" codeSystem="{SNOMED}" displayName="Medication - care record element (record artifact)"/>
"#
    )?;
    for Item { id, .. } in items {
        write!(
            out,
            r#"      <component typeCode="COMP">
        <actRef classCode="SBADM" moodCode="RQO">
          <id root="{id}"/>
        </actRef>
      </component>
"#
        )?;
    }
    out.push_str("    </pertinentCareRecordElementCategory>\n  </pertinentInformation2>\n");
    Ok(())
}

const PRESCRIBER: &str = "555000000102";
const SNOMED: &str = "2.16.840.1.113883.2.1.3.2.4.15";
const TIME: &str = "20261123093000";
const TABLET: &str = "428673006";

const FELLSIDE: Place = Place {
    role_profile: "555900000102",
    code: "Z9901",
    name: "FELLSIDE &amp; DALE SURGERY",
    telephone: "01632960101",
    street: "2 BECK ROW, FELLSIDE",
    postcode: "ZZ99 1AA",
};
const HARBOUR: Place = Place {
    role_profile: "555900000103",
    code: "Z99H2",
    name: "HARBOUR LANE HOSPITAL",
    telephone: "01632960202",
    street: "HARBOUR LANE, SALTWICK",
    postcode: "ZZ99 2BB",
};

const ORDERS: [Order; 3] = [
    Order {
        ids: ["7E0B6C52-61F4-4D0A-9C35-20A4D1E7B901", "C1A9E3F0-84D2-4B7C-8E16-5B0F92D3A764"],
        short_id: "5D21B7-Z99010-A40C1D",
        patient: Patient {
            nhs_number: "9993172049",
            name: ["MRS", "Ingrid", "Farrow"],
            born: "19510314",
            gender: "2",
            street: "9 ORCHARD RISE",
            town: "FELLSIDE",
            postcode: "ZZ99 1CD",
        },
        place: &FELLSIDE,
        items: &[Item {
            id: "0D7F4E88-3B5A-4C19-A2D6-8E51C07B9F12",
            codes: ["317904001", TABLET],
            name: "Bisoprolol 2.5mg tablets",
            quantity: 28,
            unit: "tablet",
            dose: "One tablet to be taken each morning",
        }],
    },
    Order {
        ids: ["B84F1D07-52C9-4E3B-8A60-F3D97E21C540", "49D6A8B1-0F7E-4C25-B3A9-E86C1D5F7028"],
        short_id: "7A90C3-Z99010-B18E2K",
        patient: Patient {
            nhs_number: "9994826174",
            name: ["MR", "Callum", "Adeyemi"],
            born: "19840922",
            gender: "1",
            street: "FLAT 3, 41 QUARRY STREET",
            town: "DALE",
            postcode: "ZZ99 1EF",
        },
        place: &FELLSIDE,
        items: &[
            Item {
                id: "93E5B0C4-7D18-4F62-9B0A-1C6E84F2D735",
                codes: ["323510009", "428641000"],
                name: "Amoxicillin 500mg capsules",
                quantity: 21,
                unit: "capsule",
                dose: "One capsule to be taken three times a day for seven days",
            },
            Item {
                id: "E27C9A16-4B83-4D5F-8C71-B09F3E6A1D48",
                codes: ["322236009", TABLET],
                name: "Paracetamol 500mg tablets",
                quantity: 32,
                unit: "tablet",
                dose: "One or two tablets up to four times a day when needed for pain",
            },
        ],
    },
    Order {
        ids: ["2F6D8E91-A3C7-4B04-95E8-6D1B70F4C2A3", "D508F7C2-3E91-4A6D-87B4-90C2E15A3F6B"],
        short_id: "C83E05-Z99H20-D72F9R",
        patient: Patient {
            nhs_number: "9996059383",
            name: ["MS", "Beatrix", "Nakamura-Hale"],
            born: "19721105",
            gender: "2",
            street: "17 LIGHTHOUSE WALK",
            town: "SALTWICK",
            postcode: "ZZ99 2GH",
        },
        place: &HARBOUR,
        items: &[
            Item {
                id: "5B1F0D73-C8E4-4962-A7D5-3E90B6C28F14",
                codes: ["35936411000001109", "3317411000001100"],
                name: "Salbutamol 100micrograms/dose inhaler CFC free",
                quantity: 200,
                unit: "dose",
                dose: "Two puffs to be inhaled up to four times a day",
            },
            Item {
                id: "A6C4E902-1D7B-4F38-B5E0-72D9C1F8036A",
                codes: ["325427002", TABLET],
                name: "Prednisolone 5mg tablets",
                quantity: 40,
                unit: "tablet",
                dose: "Eight tablets to be taken each morning for five days",
            },
            Item {
                id: "F13B7D58-9C2A-4E06-8D41-C5A0E7B39264",
                codes: ["317291008", TABLET],
                name: "Omeprazole 20mg dispersible gastro-resistant tablets",
                quantity: 28,
                unit: "tablet",
                dose: "One tablet to be taken each morning",
            },
        ],
    },
];
