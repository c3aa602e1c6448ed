use wardkey_crypto::SignatureAlgorithm;
use wardkey_xml::{
    Document, ElementBuilder, Limits,
    dsig::{self, Prepared, Profile},
};

use super::{
    ASSERTION_NAMESPACE, ATTRIBUTE_NAMESPACE, AssertionError, AssertionId, ID_ATTRIBUTE,
    PROTOCOL_NAMESPACE, RoleAssertion, attributes::flatten,
};
use crate::{Ticket, UnixTime};

/// What a response says around the assertion.
#[derive(Debug)]
pub struct ResponseFrame {
    /// The response's own id.
    pub id: AssertionId,
    /// The address of the client that asked.
    pub recipient: String,
    /// How the user logged in, with the session's own ticket: only in an answer to that ticket,
    /// never in one to a relying party's child ticket.
    pub authentication: Option<Authentication>,
}

/// The Spine's statement on the login, which holds the session's own ticket.
#[derive(Debug)]
pub struct Authentication {
    /// The id of the inner assertion.
    pub id: AssertionId,
    /// When the user logged in.
    pub at: UnixTime,
    /// The session's own ticket.
    pub ticket: Ticket,
    /// The address of the workstation.
    pub ip_address: String,
}

impl RoleAssertion {
    /// Prepares the signed response: what [`Prepared::to_be_signed`] gives goes to the server's
    /// assertion key, and the signature to [`Prepared::assemble`].
    ///
    /// # Errors
    /// [`AssertionError`] when a value cannot stand in XML, the algorithm is not RSA or ECDSA on
    /// P-256 with SHA-256, or the two inner ids are the same.
    pub fn prepare(
        &self,
        frame: &ResponseFrame,
        algorithm: SignatureAlgorithm,
    ) -> Result<Prepared, AssertionError> {
        let xml = self.write_unsigned(frame)?;
        let document = Document::parse(xml.as_bytes(), &Limits::DEFAULT)?;
        let assertion = document
            .root()
            .child(ASSERTION_NAMESPACE, "Assertion")
            .ok_or(AssertionError::Malformed("Assertion"))?;
        let profile = Profile::new(ID_ATTRIBUTE);
        Ok(dsig::prepare(xml.as_bytes(), assertion, &profile, algorithm)?)
    }

    /// The response without a signature, as the Spine's published samples are.
    ///
    /// # Errors
    /// [`AssertionError::Xml`] when a value holds a character that cannot stand in XML.
    pub fn write_unsigned(&self, frame: &ResponseFrame) -> Result<String, AssertionError> {
        let statement = ElementBuilder::new("saml:AttributeStatement")
            .child(self.subject(self.confirmation(frame)))
            .children(flatten(&self.person, &self.roles).into_iter().map(|(name, values)| {
                ElementBuilder::new("saml:Attribute")
                    .attribute("AttributeName", name)
                    .attribute("AttributeNamespace", ATTRIBUTE_NAMESPACE)
                    .children(
                        values
                            .into_iter()
                            .map(|value| ElementBuilder::new("saml:AttributeValue").text(value)),
                    )
            }));
        let assertion = versioned("saml:Assertion")
            .namespace("saml", ASSERTION_NAMESPACE)
            .attribute(ID_ATTRIBUTE, self.id.as_str())
            .attribute("Issuer", &self.issuer)
            .attribute("IssueInstant", self.issued_at.to_string())
            .child(self.conditions(true))
            .child(statement);
        let response = response(&frame.id, self.issued_at, &frame.recipient)
            .child(status("samlp:Success", None))
            .child(assertion);
        Ok(response.to_document()?)
    }

    fn conditions(&self, with_audience: bool) -> ElementBuilder {
        let audience = self.audience.as_ref().filter(|_| with_audience).map(|audience| {
            ElementBuilder::new("saml:AudienceRestrictionCondition")
                .child(ElementBuilder::new("saml:Audience").text(audience))
        });
        ElementBuilder::new("saml:Conditions")
            .attribute("NotBefore", self.not_before.to_string())
            .attribute("NotOnOrAfter", self.not_on_or_after.to_string())
            .children(audience)
    }

    fn subject(&self, confirmation: ElementBuilder) -> ElementBuilder {
        ElementBuilder::new("saml:Subject")
            .child(
                ElementBuilder::new("saml:NameIdentifier")
                    .attribute("NameQualifier", "o=nhs")
                    .text(subject_name(self.person.uid.as_str())),
            )
            .child(confirmation)
    }

    fn confirmation(&self, frame: &ResponseFrame) -> ElementBuilder {
        let method = || {
            ElementBuilder::new("saml:SubjectConfirmation")
                .child(ElementBuilder::new("saml:ConfirmationMethod").text("urn:com:sun:identity"))
        };
        let data = || ElementBuilder::new("saml:SubjectConfirmationData");
        let Some(authentication) = &frame.authentication else { return method() };
        let ticket = method().child(data().text(authentication.ticket.expose()));
        let statement = ElementBuilder::new("saml:AuthenticationStatement")
            .attribute("AuthenticationInstant", authentication.at.to_string())
            .attribute("AuthenticationMethod", "urn:com:sun:identity:ExtendedLoginModule")
            .child(self.subject(ticket))
            .child(
                ElementBuilder::new("saml:SubjectLocality")
                    .attribute("IPAddress", &authentication.ip_address),
            );
        let inner = versioned("saml:Assertion")
            .attribute(ID_ATTRIBUTE, authentication.id.as_str())
            .attribute("Issuer", &self.issuer)
            .attribute("IssueInstant", self.issued_at.to_string())
            .child(self.conditions(false))
            .child(statement);
        method().child(data().child(inner))
    }
}

/// The response for a ticket that yields no assertion; `message` is shown to developers.
///
/// # Errors
/// [`AssertionError::Xml`] when a value holds a character that cannot stand in XML.
pub fn write_refusal(
    id: &AssertionId,
    at: UnixTime,
    recipient: &str,
    message: &str,
) -> Result<String, AssertionError> {
    let response = response(id, at, recipient).child(status("samlp:Requester", Some(message)));
    Ok(response.to_document()?)
}

/// The name of a user in the directory.
pub(super) fn subject_name(uid: &str) -> String {
    format!("uid={uid},ou=People,o=nhs")
}

fn response(id: &AssertionId, at: UnixTime, recipient: &str) -> ElementBuilder {
    versioned("samlp:Response")
        .namespace("samlp", PROTOCOL_NAMESPACE)
        .attribute("ResponseID", id.as_str())
        .attribute("IssueInstant", at.to_string())
        .attribute("Recipient", recipient)
}

fn status(code: &str, message: Option<&str>) -> ElementBuilder {
    ElementBuilder::new("samlp:Status")
        .child(ElementBuilder::new("samlp:StatusCode").attribute("Value", code))
        .children(message.map(|text| ElementBuilder::new("samlp:StatusMessage").text(text)))
}

fn versioned(name: &str) -> ElementBuilder {
    ElementBuilder::new(name).attribute("MajorVersion", "1").attribute("MinorVersion", "1")
}
