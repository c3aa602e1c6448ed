use wardkey_crypto::Obligation;
use wardkey_xml::{
    Document, Element, Limits,
    dsig::{self, DsigError, Profile},
};

use super::{
    ASSERTION_NAMESPACE, ATTRIBUTE_NAMESPACE, AssertionError, AssertionId, ID_ATTRIBUTE,
    PROTOCOL_NAMESPACE, RoleAssertion,
    attributes::{Attribute, group},
    write::subject_name,
};
use crate::UnixTime;

/// Seconds by which the clocks of server and relying party may differ.
pub const CLOCK_SKEW_SECONDS: u64 = 30;

/// What a relying party demands of an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The time now.
    pub now: UnixTime,
    /// Whom it has to be for.
    pub audience: Audience<'a>,
}

/// Whom an assertion has to be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience<'a> {
    /// The relying party of this origin, and it has to say so.
    RelyingParty(&'a str),
    /// Whoever holds the ticket: the Spine's own assertions, which name nobody. One that names a
    /// relying party is refused.
    LegacyUnrestricted,
}

/// An assertion whose form and digest are right; what is left is the public-key operation.
#[must_use = "nothing is verified before the obligation is answered"]
pub struct AssertionPending {
    obligations: Vec<Obligation>,
    /// Told only once the signature holds.
    outcome: Result<RoleAssertion, AssertionError>,
}

/// Reads the response of a server, and checks that its one assertion is signed by this key
/// (`spki`: DER SubjectPublicKeyInfo), holds now and is for this audience.
///
/// What is read is the very element that the signature covers.
///
/// # Errors
/// [`AssertionError`] when the response is no success or malformed, or the signature's form or
/// digest is wrong; everything else is told by [`AssertionPending::conclude`].
pub fn read_verified(
    response: &[u8],
    spki: &[u8],
    expected: &Expected<'_>,
) -> Result<AssertionPending, AssertionError> {
    let document = Document::parse(response, &LIMITS)?;
    let assertion = only_assertion(&document)?;
    let pending = dsig::verify(assertion, &Profile::new(ID_ATTRIBUTE), spki)?;
    let obligations = pending.obligations().to_vec();
    Ok(AssertionPending { obligations, outcome: judge(assertion, expected) })
}

/// Reads the response of a server without any check of signature, time or audience: what it says
/// is hearsay. For diagnosis, and for the Spine's own unsigned assertions that came over a
/// connection which is trusted by itself.
///
/// # Errors
/// [`AssertionError`] when the response is no success or malformed.
pub fn read_unsigned(response: &[u8]) -> Result<RoleAssertion, AssertionError> {
    let document = Document::parse(response, &LIMITS)?;
    model(only_assertion(&document)?)
}

impl AssertionPending {
    /// The public-key operations to answer: one.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The assertion, given one answer for each obligation.
    ///
    /// # Errors
    /// [`AssertionError::Dsig`] when an answer is `false` or missing; otherwise whatever else
    /// stands against relying on it.
    pub fn conclude(self, answers: &[bool]) -> Result<RoleAssertion, AssertionError> {
        if answers.len() != self.obligations.len() || answers.contains(&false) {
            return Err(DsigError::SignatureInvalid.into());
        }
        self.outcome
    }

    /// The assertion, the obligation answered by native code.
    ///
    /// # Errors
    /// As [`AssertionPending::conclude`].
    #[cfg(feature = "native")]
    pub fn discharge(self) -> Result<RoleAssertion, AssertionError> {
        let answers: Vec<bool> = self.obligations.iter().map(Obligation::discharge).collect();
        self.conclude(&answers)
    }
}

/// The one assertion of a successful response. Besides it there may be only the one that the
/// Spine puts inside it, in SubjectConfirmationData.
fn only_assertion(document: &Document) -> Result<Element<'_>, AssertionError> {
    let root = document.root();
    if !root.is(PROTOCOL_NAMESPACE, "Response") {
        return Err(AssertionError::Malformed("Response"));
    }
    version(root)?;
    success(root)?;
    let assertion = match root.children_named(ASSERTION_NAMESPACE, ASSERTION).count() {
        0 => return Err(AssertionError::Malformed(ASSERTION)),
        1 => root.only_child(ASSERTION_NAMESPACE, ASSERTION),
        _ => None,
    }
    .ok_or(AssertionError::ManyAssertions)?;
    let inner = assertion
        .child(ASSERTION_NAMESPACE, "AttributeStatement")
        .and_then(|statement| {
            statement.path(&["Subject", "SubjectConfirmation", "SubjectConfirmationData"])
        })
        .and_then(|data| data.child(ASSERTION_NAMESPACE, ASSERTION));
    let strays = root
        .descendants()
        .filter(|element| element.local() == ASSERTION)
        .any(|element| element != assertion && Some(element) != inner);
    if strays { Err(AssertionError::ManyAssertions) } else { Ok(assertion) }
}

fn success(response: Element<'_>) -> Result<(), AssertionError> {
    let malformed = AssertionError::Malformed("Status");
    let code = response
        .only_child(PROTOCOL_NAMESPACE, "Status")
        .and_then(|status| status.only_child(PROTOCOL_NAMESPACE, "StatusCode"))
        .ok_or(malformed.clone())?;
    let value = code.attribute("Value").ok_or(malformed)?;
    // A qualified name: what counts is the namespace that its prefix stands for.
    let (prefix, local) = value.split_once(':').unwrap_or(("", value));
    if local == "Success" && code.namespace_of(prefix) == Some(PROTOCOL_NAMESPACE) {
        return Ok(());
    }
    Err(AssertionError::Refused(value.to_owned()))
}

fn judge(assertion: Element<'_>, expected: &Expected<'_>) -> Result<RoleAssertion, AssertionError> {
    let model = model(assertion)?;
    if expected.now.plus(CLOCK_SKEW_SECONDS) < model.not_before {
        return Err(AssertionError::NotYetValid);
    }
    if expected.now.minus(CLOCK_SKEW_SECONDS) >= model.not_on_or_after {
        return Err(AssertionError::Expired);
    }
    match (expected.audience, &model.audience) {
        (Audience::RelyingParty(_), None) => Err(AssertionError::NoAudience),
        (Audience::RelyingParty(origin), Some(audience)) if audience == origin => Ok(model),
        (Audience::LegacyUnrestricted, None) => Ok(model),
        (Audience::RelyingParty(_) | Audience::LegacyUnrestricted, Some(_)) => {
            Err(AssertionError::OtherAudience)
        }
    }
}

fn model(assertion: Element<'_>) -> Result<RoleAssertion, AssertionError> {
    version(assertion)?;
    let conditions = only(assertion, "Conditions")?;
    let audience = audience(conditions)?;
    let statement = only(assertion, "AttributeStatement")?;
    let attributes = statement
        .children_named(ASSERTION_NAMESPACE, "Attribute")
        .filter(|attribute| attribute.attribute("AttributeNamespace") == Some(ATTRIBUTE_NAMESPACE))
        .map(saml_attribute)
        .collect::<Result<_, _>>()?;
    let (person, roles) = group(attributes)?;
    let subject = only(only(statement, "Subject")?, "NameIdentifier")?;
    if subject.text().trim() != subject_name(person.uid.as_str()) {
        return Err(AssertionError::SubjectMismatch);
    }
    Ok(RoleAssertion {
        id: assertion
            .attribute(ID_ATTRIBUTE)
            .and_then(AssertionId::parse)
            .ok_or(AssertionError::Malformed(ID_ATTRIBUTE))?,
        issuer: assertion
            .attribute("Issuer")
            .ok_or(AssertionError::Malformed("Issuer"))?
            .to_owned(),
        issued_at: time(assertion, "IssueInstant")?,
        not_before: time(conditions, "NotBefore")?,
        not_on_or_after: time(conditions, "NotOnOrAfter")?,
        audience,
        person,
        roles,
    })
}

/// The audience, of which there may be one; other conditions are not known and so not met (SAML
/// 1.1 core, section 2.3.2.1).
fn audience(conditions: Element<'_>) -> Result<Option<String>, AssertionError> {
    let mut audience = None;
    for condition in conditions.children() {
        if !condition.is(ASSERTION_NAMESPACE, "AudienceRestrictionCondition") {
            return Err(AssertionError::UnknownCondition);
        }
        let text = only(condition, "Audience")?.text().trim().to_owned();
        if audience.replace(text).is_some() {
            return Err(AssertionError::Malformed("AudienceRestrictionCondition"));
        }
    }
    Ok(audience)
}

fn saml_attribute(attribute: Element<'_>) -> Result<Attribute, AssertionError> {
    let name =
        attribute.attribute("AttributeName").ok_or(AssertionError::Malformed("AttributeName"))?;
    let values = attribute
        .children_named(ASSERTION_NAMESPACE, "AttributeValue")
        .map(|value| value.text().trim().to_owned())
        .filter(|value| !value.is_empty())
        .collect();
    Ok((name.to_owned(), values))
}

fn version(element: Element<'_>) -> Result<(), AssertionError> {
    match (element.attribute("MajorVersion"), element.attribute("MinorVersion")) {
        (Some("1"), Some("1")) => Ok(()),
        _ => Err(AssertionError::UnsupportedVersion),
    }
}

fn only<'a>(parent: Element<'a>, name: &'static str) -> Result<Element<'a>, AssertionError> {
    parent.only_child(ASSERTION_NAMESPACE, name).ok_or(AssertionError::Malformed(name))
}

fn time(element: Element<'_>, name: &'static str) -> Result<UnixTime, AssertionError> {
    element
        .attribute(name)
        .and_then(|text| text.parse().ok())
        .ok_or(AssertionError::Malformed(name))
}

const ASSERTION: &str = "Assertion";
/// A user with hundreds of roles, each with dozens of work groups, fits.
const LIMITS: Limits =
    Limits { bytes: 4 * 1024 * 1024, depth: 24, nodes: 200_000, ..Limits::MESSAGE };
