use std::collections::BTreeSet;

use wardkey_spine::UserId;

use super::{
    ActivityCode, CodeError, Date, DateError, JobRoleCode, OdsCode, Organisation,
    OrganisationMembership, ProfileId, RoleProfile, User, attribute as name,
};

/// Something wrong with an attribute of a person, a role or an organisation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{attribute}: {reason}")]
pub struct Fault {
    /// The attribute, by its name in SDS.
    pub attribute: &'static str,
    /// What is wrong.
    pub reason: FaultReason,
}

/// What is wrong with an attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultReason {
    /// No code of its kind.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// It ends no later than it begins.
    #[error("closes on or before the day it opens")]
    Closed,
    /// No date.
    #[error(transparent)]
    Date(#[from] DateError),
    /// Another entry has this id.
    #[error("the id {0} occurs twice")]
    Duplicate(String),
    /// No address of electronic mail.
    #[error("not an address of electronic mail")]
    Email,
    /// It names a job role in another form.
    #[error("not a job role of three quoted parts")]
    JobRole,
    /// No level of identity assurance.
    #[error("not a level from 0 to 4")]
    Level,
    /// It has to be there.
    #[error("is missing")]
    Missing,
    /// The organisation is not that of the role's membership.
    #[error("not the organisation of the membership")]
    OtherOrganisation,
    /// Not the value in the entry's name.
    #[error("not the value that the entry is named by")]
    OtherThanName,
    /// More than one value where one has its place.
    #[error("has several values")]
    Several,
    /// Control characters, or space at an end.
    #[error("has control characters, or space at an end")]
    Text,
    /// Longer than the limit.
    #[error("is longer than {MAX_TEXT} bytes")]
    TooLong,
    /// More values than the limit.
    #[error("has more than {MAX_VALUES} values")]
    TooMany,
    /// The same value twice.
    #[error("has a value twice")]
    Twice,
    /// The person has no such membership.
    #[error("the person has no membership {0}")]
    UnknownMembership(String),
    /// A value that is not defined.
    #[error("not a value that this attribute has")]
    Value,
}

impl User {
    /// What is wrong with this person and the person's memberships and roles; nothing: it may
    /// stand in a directory.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.own_faults();
        let mut ids = BTreeSet::new();
        for membership in &self.memberships {
            faults.extend(membership.faults());
            if !ids.insert(&membership.id) {
                faults.push(fault(name::ID, FaultReason::Duplicate(membership.id.clone())));
            }
        }
        for role in &self.roles {
            faults.extend(role.faults());
            faults.extend(self.membership_fault(role));
            if !ids.insert(&role.id) {
                faults.push(fault(name::ID, FaultReason::Duplicate(role.id.clone())));
            }
        }
        many(&mut faults, name::ID, self.memberships.len());
        many(&mut faults, name::ID, self.roles.len());
        faults
    }

    /// What is wrong with the person, memberships and roles aside.
    pub(super) fn own_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if UserId::parse(&self.uid).is_err() {
            faults.push(fault(name::UID, CodeError::Profile.into()));
        }
        text(&mut faults, name::SURNAME, &self.surname);
        for (attribute, value) in [(name::GIVEN_NAME, &self.given_name), (name::TITLE, &self.title)]
        {
            optional(&mut faults, attribute, Some(value).filter(|value| !value.is_empty()));
        }
        let professional = &self.professional;
        for (attribute, value) in [
            (name::MIDDLE_NAMES, &self.middle_names),
            (name::INITIALS, &self.initials),
            (name::DISPLAY_NAME, &self.display_name),
            (name::PRACTITIONER_CODE, &self.practitioner_code),
            (name::CONSULTANT, &professional.consultant),
            (name::GDC, &professional.gdc),
            (name::GDP, &professional.gdp),
            (name::GMC, &professional.gmc),
            (name::GMP, &professional.gmp),
            (name::GPHC, &professional.gphc),
            (name::NMC, &professional.nmc),
            (name::RCN, &professional.rcn),
        ] {
            optional(&mut faults, attribute, value.as_ref());
        }
        if self.email.as_ref().is_some_and(|email| !is_email(email)) {
            faults.push(fault(name::MAIL, FaultReason::Email));
        }
        if self.id_assurance_level.is_some_and(|level| level > MAX_LEVEL) {
            faults.push(fault(name::ID_ASSURANCE_LEVEL, FaultReason::Level));
        }
        let mut codes = BTreeSet::new();
        for organisation in &self.associated_organisations {
            let attribute = name::ASSOCIATED_ORGANISATION;
            if let Err(error) = OdsCode::parse(&organisation.code) {
                faults.push(fault(attribute, error.into()));
            }
            if !codes.insert(&organisation.code) {
                faults.push(fault(attribute, FaultReason::Twice));
            }
            text(&mut faults, attribute, &organisation.name);
        }
        many(&mut faults, name::ASSOCIATED_ORGANISATION, self.associated_organisations.len());
        faults
    }

    fn membership_fault(&self, role: &RoleProfile) -> Option<Fault> {
        let id = role.membership.as_ref()?;
        if let Err(error) = ProfileId::parse(id) {
            return Some(fault(name::PERSON_ORG_ID, error.into()));
        }
        match self.membership(id) {
            None => Some(fault(name::PERSON_ORG_ID, FaultReason::UnknownMembership(id.clone()))),
            Some(membership) if membership.organisation_code != role.organisation_code => {
                Some(fault(name::ORGANISATION_CODE, FaultReason::OtherOrganisation))
            }
            Some(_) => None,
        }
    }
}

impl OrganisationMembership {
    /// What is wrong with this membership.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        profile(&mut faults, &self.id);
        organisation(&mut faults, &self.organisation_code, &self.organisation);
        optional(&mut faults, name::GNC, self.gnc.as_ref());
        dates(&mut faults, name::CLOSE, self.open, self.close);
        faults
    }
}

impl RoleProfile {
    /// What is wrong with this role, its membership aside.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        profile(&mut faults, &self.id);
        organisation(&mut faults, &self.organisation_code, &self.organisation);
        dates(&mut faults, name::ROLE_CLOSE, self.open, self.close);
        for part in &self.job_role {
            text(&mut faults, name::JOB_ROLE, part);
            if part.contains('"') {
                faults.push(fault(name::JOB_ROLE, FaultReason::JobRole));
            }
        }
        if let Err(error) = JobRoleCode::parse(&self.job_role_code) {
            faults.push(fault(name::JOB_ROLE_CODE, error.into()));
        }
        for (attribute, values) in [
            (name::BUSINESS_FUNCTIONS, &self.business_functions),
            (name::BUSINESS_FUNCTION_CODES, &self.business_function_codes),
            (name::AREAS_OF_WORK, &self.areas_of_work),
            (name::AREA_OF_WORK_CODES, &self.area_of_work_codes),
            (name::WORK_GROUPS, &self.work_groups),
            (name::WORK_GROUP_CODES, &self.work_group_codes),
        ] {
            many(&mut faults, attribute, values.len());
            for value in values {
                text(&mut faults, attribute, value);
            }
            if values.iter().collect::<BTreeSet<_>>().len() != values.len() {
                faults.push(fault(attribute, FaultReason::Twice));
            }
        }
        let activities = self.business_function_codes.iter();
        if let Some(error) = activities.filter_map(|code| ActivityCode::parse(code).err()).next() {
            faults.push(fault(name::BUSINESS_FUNCTION_CODES, error.into()));
        }
        faults
    }
}

impl Organisation {
    /// What is wrong with this organisation.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        text(&mut faults, name::ORGANISATION, &self.name);
        dates(&mut faults, name::CLOSE, self.open, self.close);
        faults
    }
}

pub(super) fn fault(attribute: &'static str, reason: FaultReason) -> Fault {
    Fault { attribute, reason }
}

fn profile(faults: &mut Vec<Fault>, id: &str) {
    if let Err(error) = ProfileId::parse(id) {
        faults.push(fault(name::ID, error.into()));
    }
}

fn organisation(faults: &mut Vec<Fault>, code: &str, organisation: &str) {
    if let Err(error) = OdsCode::parse(code) {
        faults.push(fault(name::ORGANISATION_CODE, error.into()));
    }
    text(faults, name::ORGANISATION, organisation);
}

fn dates(
    faults: &mut Vec<Fault>,
    attribute: &'static str,
    open: Option<Date>,
    close: Option<Date>,
) {
    if open.zip(close).is_some_and(|(open, close)| close <= open) {
        faults.push(fault(attribute, FaultReason::Closed));
    }
}

fn optional(faults: &mut Vec<Fault>, attribute: &'static str, value: Option<&String>) {
    if let Some(value) = value {
        text(faults, attribute, value);
    }
}

/// A text that can be shown on one line, and that no format changes on its way.
fn text(faults: &mut Vec<Fault>, attribute: &'static str, value: &str) {
    let reason = if value.is_empty() {
        FaultReason::Missing
    } else if value.len() > MAX_TEXT {
        FaultReason::TooLong
    } else if value.chars().any(char::is_control) || value.trim() != value {
        FaultReason::Text
    } else {
        return;
    };
    faults.push(fault(attribute, reason));
}

fn many(faults: &mut Vec<Fault>, attribute: &'static str, count: usize) {
    if count > MAX_VALUES {
        faults.push(fault(attribute, FaultReason::TooMany));
    }
}

/// One `@` between texts without space: whoever sends mail learns the rest.
fn is_email(text: &str) -> bool {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '@';
    text.len() <= MAX_EMAIL
        && text.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && !host.is_empty() && user.chars().chain(host.chars()).all(plain)
        })
}

/// Bytes of one value.
const MAX_TEXT: usize = 512;
/// Values of one attribute; memberships and roles of one person.
pub(super) const MAX_VALUES: usize = 512;
const MAX_EMAIL: usize = 254;
const MAX_LEVEL: u8 = 4;

#[cfg(test)]
mod tests;
