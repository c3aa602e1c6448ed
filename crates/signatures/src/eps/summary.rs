use serde::Serialize;
use wardkey_xml::Element;

use super::{
    EpsError,
    structure::{Parts, at_most_one, only, signed_text},
};

/// What a prescription says, for people to read before they sign. Serialised in camelCase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrescriptionSummary {
    /// The prescription's UUID.
    pub id: String,
    /// The short form id. It is not covered by the signature.
    pub short_id: Option<String>,
    /// The time of signing that the prescription states, RFC 3339 in UTC.
    pub date: Option<String>,
    /// For whom it is.
    pub patient: PatientSummary,
    /// Whose prescription it is.
    pub prescriber: PrescriberSummary,
    /// The medicines, in the order of the message; at least one.
    pub items: Vec<ItemSummary>,
}

/// The patient of a prescription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PatientSummary {
    /// Title, given names and surname, as the message orders them.
    pub name: String,
    /// The NHS number as the message has it, usually ten digits.
    pub nhs_number: Option<String>,
    /// The date of birth, `YYYY-MM-DD` where the message has a whole date, else as it has it.
    pub birth_date: Option<String>,
    /// The address on one line.
    pub address: Option<String>,
}

/// The author of a prescription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrescriberSummary {
    /// Title, given names and surname, as the message orders them.
    pub name: String,
    /// The Spine user id. `None`: the message names the author by a professional code.
    pub user_id: Option<String>,
    /// The job role's name, or its code where the message has no name.
    pub role: Option<String>,
    /// The name of the organisation for which the author prescribes.
    pub organisation: Option<String>,
}

/// One medicine of a prescription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemSummary {
    /// The medicine's name.
    pub name: String,
    /// The medicine's code, by which it is dispensed whatever its name says; with the code system's
    /// OID where that is not SNOMED CT (which dm+d is part of).
    pub code: Option<String>,
    /// The quantity with its unit.
    pub quantity: String,
    /// The dosage instructions.
    pub dose: String,
    /// Additional instructions, markup and all, as the message has them.
    pub instructions: Option<String>,
    /// How many times it may be issued, where it is a repeat. The number of the current issue is
    /// not covered by the signature and not given.
    pub issues: Option<String>,
}

/// Reads what is shown from the parts that are signed, and the short form id.
pub(super) fn read(parts: &Parts<'_>) -> Result<PrescriptionSummary, EpsError> {
    let reader = Reader { namespace: parts.namespace };
    let items = parts.line_items.iter().map(|item| reader.item(*item));
    Ok(PrescriptionSummary {
        id: attribute(parts.id, "root").unwrap_or_default(),
        short_id: reader.identifier(parts.prescription, SHORT_FORM)?,
        date: Some(parts.signing_time.to_string()),
        patient: reader.patient(parts.record_target)?,
        prescriber: reader.prescriber(parts.agent_person)?,
        items: items.collect::<Result<_, _>>()?,
    })
}

struct Reader<'a> {
    namespace: &'a str,
}

impl Reader<'_> {
    fn patient(&self, record_target: Element<'_>) -> Result<PatientSummary, EpsError> {
        let patient = self.only(record_target, "Patient")?;
        let person = self.only(patient, "patientPerson")?;
        let birth = self.at_most_one(person, "birthTime")?;
        let address = self.at_most_one(patient, "addr")?;
        Ok(PatientSummary {
            name: self.name(person)?,
            nhs_number: self.identifier(patient, NHS_NUMBER)?,
            birth_date: birth.and_then(|birth| attribute(birth, "value")).map(date),
            address: address.and_then(|address| self.address(address)),
        })
    }

    fn prescriber(&self, agent: Element<'_>) -> Result<PrescriberSummary, EpsError> {
        let person = self.only(agent, "agentPerson")?;
        let code = self.at_most_one(agent, "code")?;
        let organisation = self.at_most_one(agent, "representedOrganization")?;
        let organisation = match organisation {
            Some(organisation) => self.at_most_one(organisation, "name")?,
            None => None,
        };
        Ok(PrescriberSummary {
            name: self.name(person)?,
            user_id: self.user_id(agent, person)?,
            role: code.and_then(|code| {
                attribute(code, "displayName").or_else(|| attribute(code, "code"))
            }),
            organisation: organisation.and_then(text),
        })
    }

    fn item(&self, item: Element<'_>) -> Result<ItemSummary, EpsError> {
        let medicine = [MEDICINE_PATH, &["code"]].concat();
        let medicine = self.path(item, &medicine)?;
        let quantity = self.path(item, &["component", "lineItemQuantity", "quantity"])?;
        let dose = self.observation(item, "pertinentDosageInstructions")?;
        Ok(ItemSummary {
            name: attribute(medicine, "displayName").ok_or(EpsError::Missing("medicine name"))?,
            code: medicine_code(medicine),
            quantity: self.quantity(quantity)?,
            dose: dose.ok_or(EpsError::Missing("dosage instructions"))?,
            instructions: self.observation(item, "pertinentAdditionalInstructions")?,
            issues: self.issues(item)?,
        })
    }

    fn issues(&self, item: Element<'_>) -> Result<Option<String>, EpsError> {
        let Some(repeat) = self.at_most_one(item, "repeatNumber")? else { return Ok(None) };
        Ok(self.at_most_one(repeat, "high")?.and_then(|high| attribute(high, "value")))
    }

    /// In the unit of the medicine; where the two statements of the number differ, both are given.
    fn quantity(&self, quantity: Element<'_>) -> Result<String, EpsError> {
        let value = attribute(quantity, "value");
        let translation = self.at_most_one(quantity, "translation")?;
        let Some(translation) = translation else {
            return value.ok_or(EpsError::Missing("quantity"));
        };
        let number = attribute(translation, "value").ok_or(EpsError::Missing("quantity"))?;
        let unit = attribute(translation, "displayName").or_else(|| attribute(translation, "code"));
        let shown = match unit {
            Some(unit) => format!("{number} {unit}"),
            None => number.clone(),
        };
        match value {
            Some(value) if value != number => Ok(format!("{shown} (also given as {value})")),
            _ => Ok(shown),
        }
    }

    /// The value of the one observation of this name about a medicine.
    fn observation(
        &self,
        item: Element<'_>,
        name: &'static str,
    ) -> Result<Option<String>, EpsError> {
        let found = item.children().flat_map(|child| child.children_named(self.namespace, name));
        match at_most_one(found, name)? {
            Some(observation) => Ok(text(self.only(observation, "value")?)),
            None => Ok(None),
        }
    }

    /// The parts of a name with a space between them, whatever they are.
    fn name(&self, of: Element<'_>) -> Result<String, EpsError> {
        let name = self.only(of, "name")?;
        joined(name.descendants(), " ").ok_or(EpsError::Missing("name"))
    }

    fn address(&self, address: Element<'_>) -> Option<String> {
        // A key of the postal address file means nothing to people.
        joined(address.descendants().filter(|part| part.local() != "addressKey"), ", ")
    }

    /// The extension of the id with this root.
    fn identifier(&self, of: Element<'_>, root: &str) -> Result<Option<String>, EpsError> {
        let of_root =
            of.children_named(self.namespace, "id").filter(|id| id.attribute("root") == Some(root));
        Ok(at_most_one(of_root, "id of one kind")?.and_then(|id| attribute(id, "extension")))
    }

    /// Messages have it at the person; at the agent it means the same.
    fn user_id(&self, agent: Element<'_>, person: Element<'_>) -> Result<Option<String>, EpsError> {
        let (of_agent, of_person) =
            (self.identifier(agent, SDS_USER)?, self.identifier(person, SDS_USER)?);
        match (of_agent, of_person) {
            (Some(agent), Some(person)) if agent != person => {
                Err(EpsError::Ambiguous("user id of the author"))
            }
            (of_agent, of_person) => Ok(of_person.or(of_agent)),
        }
    }

    fn path<'a>(&self, of: Element<'a>, names: &[&'static str]) -> Result<Element<'a>, EpsError> {
        names.iter().try_fold(of, |element, name| self.only(element, name))
    }

    fn only<'a>(&self, of: Element<'a>, name: &'static str) -> Result<Element<'a>, EpsError> {
        only(of.children_named(self.namespace, name), name)
    }

    fn at_most_one<'a>(
        &self,
        of: Element<'a>,
        name: &'static str,
    ) -> Result<Option<Element<'a>>, EpsError> {
        at_most_one(of.children_named(self.namespace, name), name)
    }
}

fn attribute(element: Element<'_>, name: &str) -> Option<String> {
    element.attribute(name).filter(|value| !value.trim().is_empty()).map(str::to_owned)
}

fn medicine_code(medicine: Element<'_>) -> Option<String> {
    let code = attribute(medicine, "code")?;
    Some(match attribute(medicine, "codeSystem") {
        Some(system) if system != SNOMED_CT => format!("{code} of {system}"),
        _ => code,
    })
}

fn text(element: Element<'_>) -> Option<String> {
    let text = signed_text(element);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn joined<'a>(elements: impl Iterator<Item = Element<'a>>, separator: &str) -> Option<String> {
    let parts: Vec<String> = elements.filter_map(text).collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}

/// `YYYYMMDD` as `YYYY-MM-DD`.
fn date(value: String) -> String {
    if value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("{}-{}-{}", &value[..4], &value[4..6], &value[6..]);
    }
    value
}

const MEDICINE_PATH: &[&str] = &["product", "manufacturedProduct", "manufacturedRequestedMaterial"];
/// NHS numbers.
const NHS_NUMBER: &str = "2.16.840.1.113883.2.1.4.1";
/// Unique identifiers of users in the Spine Directory Service.
const SDS_USER: &str = "1.2.826.0.1285.0.2.0.65";
/// SNOMED CT.
const SNOMED_CT: &str = "2.16.840.1.113883.2.1.3.2.4.15";
/// Short form prescription ids.
const SHORT_FORM: &str = "2.16.840.1.113883.2.1.3.2.4.18.8";
