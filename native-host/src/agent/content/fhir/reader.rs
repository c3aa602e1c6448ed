use std::{cell::RefCell, collections::HashSet, ptr};

use super::{Json, Medicine, Patient, Prescriber, Prescription, REQUEST, Unclear, type_of};

/// A bundle, and what of it the summary has said.
pub struct Reader<'a> {
    entries: &'a [Json<'a>],
    bundle: &'a Json<'a>,
    said: RefCell<HashSet<*const Json<'a>>>,
}

type Read<T> = Result<T, Unclear>;

impl<'a> Reader<'a> {
    /// Looks through the whole bundle for what makes any summary of it untrue.
    pub fn of(bundle: &'a Json<'a>) -> Read<Self> {
        if let Some(name) = bundle.duplicate() {
            return Err(unclear(name));
        }
        if let Some(name) = modifier(bundle) {
            return Err(unclear(name));
        }
        let entries = bundle.get("entry").map(Json::items).unwrap_or_default();
        let mut names: Vec<&str> =
            entries.iter().filter_map(|entry| plain_text(entry.get("fullUrl")?)).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(unclear("Bundle.entry.fullUrl"));
        }
        let reader = Self { entries, bundle, said: RefCell::default() };
        reader.text(bundle, "resourceType")?;
        Ok(reader)
    }

    pub fn prescription(&self) -> Read<Prescription> {
        let requests: Vec<&Json<'_>> = self.all(REQUEST).collect();
        let first = *requests.first().ok_or_else(|| unclear(REQUEST))?;
        for request in &requests {
            for member in ["subject", "requester"] {
                if self.reference(request, member)? != self.reference(first, member)? {
                    return Err(unclear(&format!("MedicationRequest.{member}")));
                }
            }
        }
        let patient = self.target(first, "subject", "Patient")?;
        if self.all("Patient").count() != 1 {
            return Err(unclear("Patient"));
        }
        let mut prescription = Prescription {
            patient: self.patient(patient)?,
            prescriber: self.prescriber(first)?,
            short_id: self.short_id(&requests)?,
            medicines: requests.iter().map(|one| self.medicine(one)).collect::<Read<_>>()?,
            rest: Vec::new(),
        };
        prescription.rest = self.rest();
        Ok(prescription)
    }

    fn patient(&self, patient: &'a Json<'a>) -> Read<Patient> {
        self.text(patient, "resourceType")?;
        let addresses = self.each(patient, "address", |address| self.address(address))?;
        Ok(Patient {
            name: self.names(patient, "Patient.name")?,
            nhs_number: self.identifier(patient, NHS_NUMBER, "Patient.identifier")?,
            birth_date: self.text(patient, "birthDate")?,
            address: joined(addresses, "; "),
        })
    }

    fn prescriber(&self, request: &'a Json<'a>) -> Read<Prescriber> {
        let role = self.target(request, "requester", "PractitionerRole")?;
        self.text(role, "resourceType")?;
        // Where there is no resource to refer to, the reference itself says whom it means.
        let named = |member: &str| match role.get(member) {
            Some(named) if named.get("reference").is_none() => self.text(named, "display"),
            _ => Ok(None),
        };
        let name = match named("practitioner")? {
            Some(name) => name,
            None => {
                let practitioner = self.target(role, "practitioner", "Practitioner")?;
                self.text(practitioner, "resourceType")?;
                self.names(practitioner, "Practitioner.name")?
            }
        };
        let organisation = match (named("organization")?, role.get("organization")) {
            (None, Some(reference)) if reference.get("reference").is_some() => {
                let organisation = self.target(role, "organization", "Organization")?;
                self.text(organisation, "resourceType")?;
                self.text(organisation, "name")?
            }
            (named, _) => named,
        };
        let codes = self.each(role, "code", |code| self.concept(code))?;
        Ok(Prescriber { name, role: joined(codes, "; "), organisation })
    }

    fn medicine(&self, request: &'a Json<'a>) -> Read<Medicine> {
        let missing = |part: &str| unclear(&format!("MedicationRequest.{part}"));
        self.text(request, "resourceType")?;
        let name = match (
            request.get("medicationCodeableConcept"),
            request.get("medicationReference").is_some(),
        ) {
            (Some(concept), false) => self.concept(concept)?,
            (None, true) => {
                let medication = self.target(request, "medicationReference", "Medication")?;
                self.text(medication, "resourceType")?;
                medication.get("code").map(|code| self.concept(code)).transpose()?.flatten()
            }
            _ => return Err(missing("medication")),
        };
        let mut how: Vec<String> = Vec::new();
        for dosage in request.get("dosageInstruction").map(Json::items).unwrap_or_default() {
            how.extend(self.dosage(dosage)?);
        }
        if how.is_empty() {
            return Err(missing("dosageInstruction"));
        }
        how.extend(self.each(request, "note", |note| self.text(note, "text"))?);
        let dispense = request.get("dispenseRequest").ok_or_else(|| missing("dispenseRequest"))?;
        let quantity = dispense.get("quantity").map(|quantity| self.quantity(quantity));
        let standing = [("status", "active"), ("intent", "order")].map(|(member, usual)| {
            let value = self.text(request, member)?.unwrap_or_else(|| "?".to_owned());
            Ok((value != usual).then(|| format!("{member}: {value}")))
        });
        let standing = standing.into_iter().collect::<Read<Vec<_>>>()?;
        Ok(Medicine {
            name: name.ok_or_else(|| missing("medication"))?,
            quantity: quantity.transpose()?.flatten().ok_or_else(|| missing("quantity"))?,
            how,
            standing: joined(standing.into_iter().flatten().collect(), ", "),
            repeats: self.literal(dispense, "numberOfRepeatsAllowed")?,
        })
    }

    /// What is written; then, in a line of its own, what is coded, which may differ.
    fn dosage(&self, dosage: &'a Json<'a>) -> Read<Vec<String>> {
        let mut lines = Vec::new();
        lines.extend(self.text(dosage, "text")?);
        lines.extend(self.each(dosage, "additionalInstruction", |one| self.concept(one))?);
        lines.extend(self.text(dosage, "patientInstruction")?);
        let mut coded = Vec::new();
        for rate in dosage.get("doseAndRate").map(Json::items).unwrap_or_default() {
            if let Some(dose) = rate.get("doseQuantity") {
                coded.extend(self.quantity(dose)?);
            }
            if let Some(range) = rate.get("doseRange") {
                let ends = ["low", "high"].map(|end| match range.get(end) {
                    Some(quantity) => self.quantity(quantity),
                    None => Ok(None),
                });
                let ends = ends.into_iter().collect::<Read<Vec<_>>>()?;
                coded.extend(joined(ends.into_iter().flatten().collect(), " – "));
            }
        }
        if let Some(repeat) = dosage.get("timing").and_then(|timing| timing.get("repeat")) {
            coded.extend(self.repeat(repeat)?);
        }
        for member in ["route", "method", "site"] {
            if let Some(concept) = dosage.get(member) {
                coded.extend(self.concept(concept)?);
            }
        }
        lines.extend(joined(coded, " · "));
        Ok(lines)
    }

    /// Such as `4 / 1 d · 08:00:00 · 7 day`.
    fn repeat(&self, repeat: &'a Json<'a>) -> Read<Vec<String>> {
        let mut said = Vec::new();
        let period = [self.literal(repeat, "period")?, self.text(repeat, "periodUnit")?];
        let period = joined(period.into_iter().flatten().collect(), " ");
        let often = [self.literal(repeat, "frequency")?.map(|often| format!("{often} ×")), period];
        said.extend(joined(often.into_iter().flatten().collect(), " / "));
        said.extend(self.each(repeat, "timeOfDay", |time| Ok(self.say(time)))?);
        if let Some(bounds) = repeat.get("boundsDuration") {
            said.extend(self.quantity(bounds)?);
        }
        Ok(said)
    }

    fn short_id(&self, requests: &[&'a Json<'a>]) -> Read<Option<String>> {
        let mut ids = Vec::new();
        for group in requests.iter().filter_map(|request| request.get("groupIdentifier")) {
            ids.push(self.text(group, "value")?);
            self.text(group, "system")?;
        }
        if ids.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(unclear("MedicationRequest.groupIdentifier"));
        }
        Ok(ids.into_iter().flatten().next())
    }

    fn names(&self, of: &'a Json<'a>, part: &str) -> Read<String> {
        let names = self.each(of, "name", |name| {
            let mut parts = Vec::new();
            for member in ["prefix", "given", "family", "suffix"] {
                match name.get(member) {
                    Some(Json::Array(several)) => {
                        parts.extend(several.iter().filter_map(|one| self.say(one)));
                    }
                    Some(one) => parts.extend(self.say(one)),
                    None => {}
                }
            }
            let parts = joined(parts, " ");
            Ok(match (parts, self.text(name, "text")?) {
                (Some(parts), Some(text)) if parts != text => Some(format!("{parts} ({text})")),
                (parts, text) => parts.or(text),
            })
        })?;
        joined(names, "; ").ok_or_else(|| unclear(part))
    }

    fn address(&self, address: &'a Json<'a>) -> Read<Option<String>> {
        let mut parts = self.each(address, "line", |line| Ok(self.say(line)))?;
        for member in ["city", "district", "state", "postalCode", "country"] {
            parts.extend(self.text(address, member)?);
        }
        let parts = joined(parts, ", ");
        Ok(match (parts, self.text(address, "text")?) {
            (Some(parts), Some(text)) if parts != text => Some(format!("{parts} ({text})")),
            (parts, text) => parts.or(text),
        })
    }

    /// Every different name that a concept is given.
    fn concept(&self, concept: &'a Json<'a>) -> Read<Option<String>> {
        let mut names = self.each(concept, "coding", |coding| self.text(coding, "display"))?;
        names.extend(self.text(concept, "text")?);
        let mut different: Vec<String> = Vec::new();
        for name in names {
            if !different.contains(&name) {
                different.push(name);
            }
        }
        Ok(joined(different, " / "))
    }

    fn quantity(&self, quantity: &'a Json<'a>) -> Read<Option<String>> {
        let Some(value) = self.literal(quantity, "value")? else { return Ok(None) };
        let unit = match self.text(quantity, "unit")? {
            Some(unit) => Some(unit),
            None => self.text(quantity, "code")?,
        };
        let said = [self.text(quantity, "comparator")?, Some(value), unit];
        Ok(joined(said.into_iter().flatten().collect(), " "))
    }

    /// The value of the one identifier of a system.
    fn identifier(&self, of: &'a Json<'a>, system: &str, part: &str) -> Read<Option<String>> {
        let mut values = Vec::new();
        for identifier in of.get("identifier").map(Json::items).unwrap_or_default() {
            if identifier.get("system").and_then(plain_text) == Some(system) {
                self.text(identifier, "system")?;
                values.extend(self.text(identifier, "value")?);
            }
        }
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(unclear(part)),
        }
    }

    fn all(&self, kind: &'static str) -> impl Iterator<Item = &'a Json<'a>> {
        let resources = self.entries.iter().filter_map(|entry| entry.get("resource"));
        resources.filter(move |resource| type_of(Some(resource)) == Some(kind))
    }

    fn reference(&self, of: &'a Json<'a>, member: &str) -> Read<Option<String>> {
        match of.get(member) {
            Some(reference) => self.text(reference, "reference"),
            None => Ok(None),
        }
    }

    /// The resource of the bundle that a reference names.
    fn target(&self, of: &'a Json<'a>, member: &str, kind: &str) -> Read<&'a Json<'a>> {
        let part = || unclear(&format!("{}.{member}", type_of(Some(of)).unwrap_or_default()));
        let reference = self.reference(of, member)?.ok_or_else(part)?;
        let mut found = self.entries.iter().filter(|entry| {
            let resource = entry.get("resource");
            let id = resource.and_then(|r| r.get("id")).and_then(plain_text);
            entry.get("fullUrl").and_then(plain_text) == Some(&*reference)
                || id.is_some_and(|id| reference == format!("{kind}/{id}"))
        });
        let (Some(entry), None) = (found.next(), found.next()) else { return Err(part()) };
        self.text(entry, "fullUrl")?;
        let resource = entry.get("resource");
        resource.filter(|resource| type_of(Some(resource)) == Some(kind)).ok_or_else(part)
    }

    /// A string, which is then said.
    fn text(&self, of: &'a Json<'a>, member: &str) -> Read<Option<String>> {
        match of.get(member) {
            None => Ok(None),
            Some(text @ Json::Text(_)) => Ok(self.say(text)),
            Some(_) => Err(unclear(member)),
        }
    }

    /// A number, as it is written, which is then said.
    fn literal(&self, of: &'a Json<'a>, member: &str) -> Read<Option<String>> {
        match of.get(member) {
            None => Ok(None),
            Some(number @ Json::Literal(_)) => Ok(self.say(number)),
            Some(_) => Err(unclear(member)),
        }
    }

    fn each(
        &self,
        of: &'a Json<'a>,
        member: &str,
        read: impl Fn(&'a Json<'a>) -> Read<Option<String>>,
    ) -> Read<Vec<String>> {
        let items = match of.get(member) {
            None => return Ok(Vec::new()),
            Some(Json::Array(items)) => items,
            Some(_) => return Err(unclear(member)),
        };
        let read = items.iter().map(read).collect::<Read<Vec<_>>>()?;
        Ok(read.into_iter().flatten().collect())
    }

    fn say(&self, value: &'a Json<'a>) -> Option<String> {
        let said = match value {
            Json::Text(text) => text.clone(),
            Json::Literal(text) => (*text).to_owned(),
            Json::Array(_) | Json::Object(_) => return None,
        };
        self.said.borrow_mut().insert(ptr::from_ref(value));
        (!said.trim().is_empty()).then_some(said)
    }

    /// What the summary has not said, by the type of the resource and the names in it.
    fn rest(&self) -> Vec<(String, String)> {
        let mut rest: Vec<(String, Vec<String>)> = Vec::new();
        let mut add = |kind: &str, members: &'a [(String, Json<'a>)]| {
            let unsaid = members.iter().filter(|(_, value)| self.is_unsaid(value));
            for (name, _) in unsaid.filter(|(name, _)| name != "entry" && name != "resource") {
                let place = match rest.iter().position(|(known, _)| known == kind) {
                    Some(place) => place,
                    None => {
                        rest.push((kind.to_owned(), Vec::new()));
                        rest.len() - 1
                    }
                };
                if !rest[place].1.contains(name) {
                    rest[place].1.push(name.clone());
                }
            }
        };
        add("Bundle", self.bundle.members());
        for entry in self.entries {
            add("Bundle", entry.members());
            if let Some(resource) = entry.get("resource") {
                add(type_of(Some(resource)).unwrap_or("?"), resource.members());
            }
        }
        rest.into_iter().map(|(kind, names)| (kind, names.join(", "))).collect()
    }

    fn is_unsaid(&self, value: &Json<'a>) -> bool {
        match value {
            Json::Array(items) => items.iter().any(|item| self.is_unsaid(item)),
            Json::Object(members) => members.iter().any(|(_, value)| self.is_unsaid(value)),
            Json::Literal(_) | Json::Text(_) => !self.said.borrow().contains(&ptr::from_ref(value)),
        }
    }
}

/// A member, here or below, that changes what others mean (FHIR R4, section 2.1.0.5).
fn modifier<'a>(value: &'a Json<'_>) -> Option<&'a str> {
    for (name, member) in value.members() {
        let denies = name == "doNotPerform" && *member != Json::Literal("false");
        if denies || matches!(&**name, "implicitRules" | "modifierExtension") {
            return Some(name);
        }
        if let Some(below) = modifier(member) {
            return Some(below);
        }
    }
    value.items().iter().find_map(modifier)
}

fn plain_text<'a>(value: &'a Json<'_>) -> Option<&'a str> {
    match value {
        Json::Text(text) => Some(text),
        _ => None,
    }
}

fn joined(parts: Vec<String>, separator: &str) -> Option<String> {
    (!parts.is_empty()).then(|| parts.join(separator))
}

fn unclear(part: &str) -> Unclear {
    Unclear { part: part.to_owned() }
}

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
