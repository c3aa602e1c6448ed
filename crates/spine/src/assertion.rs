//! The RoleAssertion: who the user is and in which roles, as a SAML 1.1 assertion
//! (`GET /saml/RoleAssertion`).
//!
//! Shapes follow the samples that NHS Digital published; those are not signed. Wardkey's are,
//! with an enveloped signature on the assertion, and name the relying party they are for.
//!
//! A relying party calls [`read_verified`] and nothing else.

mod attributes;
mod read;
mod write;

pub use read::{
    AssertionPending, Audience, CLOCK_SKEW_SECONDS, Expected, read_unsigned, read_verified,
};
pub use write::{Authentication, ResponseFrame, write_refusal};

use wardkey_xml::{XmlError, dsig::DsigError};

use crate::{UnixTime, UserId};

/// Who the user is and in which roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleAssertion {
    /// The assertion's id, unique to it.
    pub id: AssertionId,
    /// Who says so: the server's base URL.
    pub issuer: String,
    /// When.
    pub issued_at: UnixTime,
    /// The first moment at which it holds.
    pub not_before: UnixTime,
    /// The first moment at which it no longer holds.
    pub not_on_or_after: UnixTime,
    /// The origin of the relying party that it is for; `None`: for any, as the Spine's are.
    pub audience: Option<String>,
    /// The user.
    pub person: Person,
    /// The user's role profiles, in the server's order.
    pub roles: Vec<Role>,
}

/// The id of an assertion or response.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssertionId(String);

/// The user, and how the session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name, as `Surname Given Title`.
    pub cn: String,
    /// The number in the directory.
    pub uid: UserId,
    /// The practitioner code (`nhsOcsPrCode`).
    pub practitioner_code: Option<String>,
    /// The role profile that the session is in (`ssbSessionRoleUid`).
    pub session_role: String,
    /// Live or training (`ssbMode`).
    pub mode: Option<Mode>,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Work.
    Live,
    /// Training.
    Training,
}

/// One role profile. Names and codes are separate lists: the first name need not belong to the
/// first code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// The organisation's ODS code (`nhsIdCode`).
    pub org_code: String,
    /// The organisation's name (`o`).
    pub organisation: String,
    /// The job role, `"Group":"Sub group":"Role"` (`nhsJobRole`).
    pub job_role: String,
    /// The job role's code, as `S8000:G8000:R8001` (`nhsJobRoleCode`).
    pub job_role_code: String,
    /// The role profile's number (`uniqueIdentifier`).
    pub role_profile: String,
    /// Areas of work by name (`nhsAreaOfWork`).
    pub areas_of_work: Vec<String>,
    /// Areas of work by code (`nhsAreaOfWorkCodes`).
    pub area_of_work_codes: Vec<String>,
    /// Work groups by name (`nhsWorkGroups`).
    pub work_groups: Vec<String>,
    /// Work groups by code (`nhsWorkGroupsCodes`).
    pub work_group_codes: Vec<String>,
    /// Business functions by name (`nhsBusinessFunctions`).
    pub business_functions: Vec<String>,
    /// Business functions by code, as `B0420` (`nhsBusinessFunctionsCodes`).
    pub business_function_codes: Vec<String>,
}

/// Why a response holds no RoleAssertion that can be relied on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssertionError {
    /// The signature cannot be made, is missing or does not hold.
    #[error("assertion: {0}")]
    Dsig(#[from] DsigError),
    /// It no longer holds.
    #[error("assertion: expired")]
    Expired,
    /// It names no relying party, where one is demanded.
    #[error("assertion: no audience")]
    NoAudience,
    /// It is for another relying party.
    #[error("assertion: for another audience")]
    OtherAudience,
    /// A condition that this version does not know.
    #[error("assertion: unknown condition")]
    UnknownCondition,
    /// An element or XML attribute is missing, repeated or malformed.
    #[error("assertion: malformed {0}")]
    Malformed(&'static str),
    /// There is more than one assertion.
    #[error("assertion: more than one")]
    ManyAssertions,
    /// A SAML attribute is missing.
    #[error("assertion: attribute {0} missing")]
    MissingAttribute(&'static str),
    /// It does not hold yet.
    #[error("assertion: not valid yet")]
    NotYetValid,
    /// The response is not a success.
    #[error("assertion: refused with {0}")]
    Refused(String),
    /// A SAML attribute is given twice where it may be there once.
    #[error("assertion: attribute {0} repeated")]
    RepeatedAttribute(&'static str),
    /// An attribute of a role stands before the organisation that begins each role.
    #[error("assertion: attribute {0} outside of a role")]
    RoleOutsideBlock(&'static str),
    /// The subject is another user than the attributes name.
    #[error("assertion: subject and uid differ")]
    SubjectMismatch,
    /// A SAML version other than 1.1, or a RoleAssertion version other than 1.1.
    #[error("assertion: unsupported version")]
    UnsupportedVersion,
    /// Not XML, or a value that cannot stand in it.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl RoleAssertion {
    /// The role that the session is in, when it is among the roles.
    #[must_use]
    pub fn session_role(&self) -> Option<&Role> {
        self.roles.iter().find(|role| role.role_profile == self.person.session_role)
    }
}

impl AssertionId {
    /// Random octets that a new id is made of.
    pub const RANDOM_LENGTH: usize = 20;

    /// A new id.
    #[must_use]
    pub fn generate(random: &[u8; Self::RANDOM_LENGTH]) -> Self {
        Self(format!("_{}", base16ct::lower::encode_string(random)))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let admitted = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let right = (1..=MAX_ID_LENGTH).contains(&text.len()) && text.chars().all(admitted);
        right.then(|| Self(text.to_owned()))
    }
}

const MAX_ID_LENGTH: usize = 128;
/// The namespace of SAML 1.0 and 1.1 assertions.
const ASSERTION_NAMESPACE: &str = "urn:oasis:names:tc:SAML:1.0:assertion";
/// The namespace of SAML 1.0 and 1.1 responses.
const PROTOCOL_NAMESPACE: &str = "urn:oasis:names:tc:SAML:1.0:protocol";
/// The namespace of the Spine's attributes.
const ATTRIBUTE_NAMESPACE: &str = "http://www.syntegra.com";
/// The XML attribute that holds an assertion's id.
const ID_ATTRIBUTE: &str = "AssertionID";
/// The version of both SAML and the RoleAssertion.
const VERSION: &str = "1.1";

#[cfg(test)]
mod tests;
