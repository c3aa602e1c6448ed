//! People, memberships, roles and organisations as entries of SDS, and back.

use wardkey_spine::JobRoleName;

use super::{
    AssociatedOrganisation, Fault, FaultReason, JobRoleCode, OdsCode, Organisation,
    OrganisationMembership, ProfessionalMemberships, RoleProfile, Status, User, attribute as name,
    attributes::{Attributes, Reader},
    fault::fault,
    job_role_name,
};

/// An attribute that an entry may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Whether it may have several values.
    pub(super) many: bool,
}

/// An entry's lines: names of attributes with their values.
pub(super) type Lines = Vec<(&'static str, String)>;

pub(super) fn person_lines(user: &User) -> Lines {
    let User {
        uid,
        surname,
        given_name,
        middle_names,
        initials,
        title,
        display_name,
        email,
        status,
        id_assurance_level,
        practitioner_code,
        professional,
        associated_organisations,
        memberships: _,
        roles: _,
    } = user;
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let status = match status {
        Status::Active => ACTIVE,
        Status::Inactive => INACTIVE,
    };
    let mut lines = lines(vec![
        (name::UID, Some(uid.clone())),
        (name::SURNAME, Some(surname.clone())),
        (name::GIVEN_NAME, filled(given_name)),
        (name::MIDDLE_NAMES, middle_names.clone()),
        (name::INITIALS, initials.clone()),
        (name::TITLE, filled(title)),
        (name::DISPLAY_NAME, display_name.clone()),
        (name::MAIL, email.clone()),
        (name::STATUS, Some(status.to_owned())),
        (name::ID_ASSURANCE_LEVEL, id_assurance_level.map(|level| level.to_string())),
        (name::PRACTITIONER_CODE, practitioner_code.clone()),
        (name::CONSULTANT, professional.consultant.clone()),
        (name::GDC, professional.gdc.clone()),
        (name::GDP, professional.gdp.clone()),
        (name::GMC, professional.gmc.clone()),
        (name::GMP, professional.gmp.clone()),
        (name::GPHC, professional.gphc.clone()),
        (name::NMC, professional.nmc.clone()),
        (name::RCN, professional.rcn.clone()),
    ]);
    lines.extend(associated_organisations.iter().map(|organisation| {
        let AssociatedOrganisation { code, name } = organisation;
        (name::ASSOCIATED_ORGANISATION, format!("{code}{SEPARATOR}{name}"))
    }));
    lines
}

/// A person without memberships and roles.
pub(super) fn read_person(uid: &str, attributes: &Attributes) -> Result<User, Vec<Fault>> {
    let mut reader = Reader::new(attributes);
    let associated = reader.all(name::ASSOCIATED_ORGANISATION);
    let user = User {
        uid: reader.named(name::UID, uid),
        surname: reader.required(name::SURNAME),
        given_name: reader.one(name::GIVEN_NAME).unwrap_or_default(),
        middle_names: reader.one(name::MIDDLE_NAMES),
        initials: reader.one(name::INITIALS),
        title: reader.one(name::TITLE).unwrap_or_default(),
        display_name: reader.one(name::DISPLAY_NAME),
        email: reader.one(name::MAIL),
        status: status(&mut reader),
        id_assurance_level: level(&mut reader),
        practitioner_code: reader.one(name::PRACTITIONER_CODE),
        professional: ProfessionalMemberships {
            consultant: reader.one(name::CONSULTANT),
            gdc: reader.one(name::GDC),
            gdp: reader.one(name::GDP),
            gmc: reader.one(name::GMC),
            gmp: reader.one(name::GMP),
            gphc: reader.one(name::GPHC),
            nmc: reader.one(name::NMC),
            rcn: reader.one(name::RCN),
        },
        associated_organisations: associated
            .iter()
            .filter_map(|text| associated_organisation(&mut reader, text))
            .collect(),
        memberships: Vec::new(),
        roles: Vec::new(),
    };
    reader.end(user, User::own_faults)
}

pub(super) fn membership_lines(membership: &OrganisationMembership) -> Lines {
    let OrganisationMembership { id, organisation_code, organisation, gnc, open, close } =
        membership;
    lines(vec![
        (name::ID, Some(id.clone())),
        (name::ORGANISATION_CODE, Some(organisation_code.clone())),
        (name::ORGANISATION, Some(organisation.clone())),
        (name::GNC, gnc.clone()),
        (name::OPEN, open.map(String::from)),
        (name::CLOSE, close.map(String::from)),
    ])
}

pub(super) fn read_membership(
    id: &str,
    attributes: &Attributes,
) -> Result<OrganisationMembership, Vec<Fault>> {
    let mut reader = Reader::new(attributes);
    let membership = OrganisationMembership {
        id: reader.named(name::ID, id),
        organisation_code: reader.required(name::ORGANISATION_CODE),
        organisation: reader.required(name::ORGANISATION),
        gnc: reader.one(name::GNC),
        open: reader.date(name::OPEN),
        close: reader.date(name::CLOSE),
    };
    reader.end(membership, OrganisationMembership::faults)
}

pub(super) fn role_lines(role: &RoleProfile) -> Lines {
    let RoleProfile {
        id,
        membership,
        organisation_code,
        organisation,
        open,
        close,
        job_role: [group, sub_group, own],
        job_role_code,
        business_functions,
        business_function_codes,
        areas_of_work,
        area_of_work_codes,
        work_groups,
        work_group_codes,
    } = role;
    let mut lines = lines(vec![
        (name::ID, Some(id.clone())),
        (name::PERSON_ORG_ID, membership.clone()),
        (name::ORGANISATION_CODE, Some(organisation_code.clone())),
        (name::ORGANISATION, Some(organisation.clone())),
        (name::ROLE_OPEN, open.map(String::from)),
        (name::ROLE_CLOSE, close.map(String::from)),
        (name::JOB_ROLE, Some(format!("\"{group}\":\"{sub_group}\":\"{own}\""))),
        (name::JOB_ROLE_CODE, Some(job_role_code.clone())),
    ]);
    for (attribute, values) in [
        (name::BUSINESS_FUNCTIONS, business_functions),
        (name::BUSINESS_FUNCTION_CODES, business_function_codes),
        (name::AREAS_OF_WORK, areas_of_work),
        (name::AREA_OF_WORK_CODES, area_of_work_codes),
        (name::WORK_GROUPS, work_groups),
        (name::WORK_GROUP_CODES, work_group_codes),
    ] {
        lines.extend(values.iter().map(|value| (attribute, value.clone())));
    }
    lines
}

/// A role of a person with these memberships. What it does not say of its organisation, its
/// membership does; what it does not say of its job role, its code does, where the name of that
/// is published.
pub(super) fn read_role(
    id: &str,
    memberships: &[OrganisationMembership],
    attributes: &Attributes,
) -> Result<RoleProfile, Vec<Fault>> {
    let mut reader = Reader::new(attributes);
    let membership = reader.one(name::PERSON_ORG_ID);
    let at = memberships.iter().find(|known| Some(&known.id) == membership.as_ref());
    let mut of_membership = |attribute, said: fn(&OrganisationMembership) -> &String| match at {
        Some(at) if attributes.values(attribute).is_empty() => said(at).clone(),
        _ => reader.required(attribute),
    };
    let organisation_code = of_membership(name::ORGANISATION_CODE, |at| &at.organisation_code);
    let organisation = of_membership(name::ORGANISATION, |at| &at.organisation);
    let job_role_code = reader.required(name::JOB_ROLE_CODE);
    let role = RoleProfile {
        id: reader.named(name::ID, id),
        membership,
        organisation_code,
        organisation,
        open: reader.date(name::ROLE_OPEN),
        close: reader.date(name::ROLE_CLOSE),
        job_role: job_role(&mut reader, &job_role_code),
        job_role_code,
        business_functions: reader.all(name::BUSINESS_FUNCTIONS),
        business_function_codes: reader.all(name::BUSINESS_FUNCTION_CODES),
        areas_of_work: reader.all(name::AREAS_OF_WORK),
        area_of_work_codes: reader.all(name::AREA_OF_WORK_CODES),
        work_groups: reader.all(name::WORK_GROUPS),
        work_group_codes: reader.all(name::WORK_GROUP_CODES),
    };
    reader.end(role, RoleProfile::faults)
}

pub(super) fn organisation_lines(organisation: &Organisation) -> Lines {
    let Organisation { code, name, open, close } = organisation;
    lines(vec![
        (name::ORGANISATION_CODE, Some(code.to_string())),
        (name::ORGANISATION, Some(name.clone())),
        (name::OPEN, open.map(String::from)),
        (name::CLOSE, close.map(String::from)),
    ])
}

pub(super) fn read_organisation(
    code: &str,
    attributes: &Attributes,
) -> Result<Organisation, Vec<Fault>> {
    let parsed =
        OdsCode::parse(code).map_err(|error| vec![fault(name::ORGANISATION_CODE, error.into())])?;
    let mut reader = Reader::new(attributes);
    reader.named(name::ORGANISATION_CODE, code);
    reader.named(name::ID, code);
    let organisation = Organisation {
        code: parsed,
        name: reader.required(name::ORGANISATION),
        open: reader.date(name::OPEN),
        close: reader.date(name::CLOSE),
    };
    reader.end(organisation, Organisation::faults)
}

/// The attributes that these lines make.
pub(super) fn attributes(lines: &Lines) -> Attributes {
    let mut attributes = Attributes::default();
    for (name, value) in lines {
        attributes.add(name, value);
    }
    attributes
}

fn lines(lines: Vec<(&'static str, Option<String>)>) -> Lines {
    lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Published is that 1 is active; whatever else a directory has is not.
fn status(reader: &mut Reader<'_>) -> Status {
    let text = reader.required(name::STATUS);
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        reader.faults.push(fault(name::STATUS, FaultReason::Value));
    }
    if text == ACTIVE { Status::Active } else { Status::Inactive }
}

fn level(reader: &mut Reader<'_>) -> Option<u8> {
    let text = reader.one(name::ID_ASSURANCE_LEVEL)?;
    let level = text.parse().ok();
    if level.is_none() {
        reader.faults.push(fault(name::ID_ASSURANCE_LEVEL, FaultReason::Level));
    }
    level
}

fn associated_organisation(reader: &mut Reader<'_>, text: &str) -> Option<AssociatedOrganisation> {
    let Some((code, name)) = text.split_once(SEPARATOR) else {
        reader.faults.push(fault(name::ASSOCIATED_ORGANISATION, FaultReason::Value));
        return None;
    };
    Some(AssociatedOrganisation { code: code.to_owned(), name: name.to_owned() })
}

fn job_role(reader: &mut Reader<'_>, code: &str) -> [String; 3] {
    let Some(text) = reader.one(name::JOB_ROLE) else {
        let published = JobRoleCode::parse(code).ok().and_then(|code| job_role_name(&code));
        if published.is_none() {
            reader.faults.push(fault(name::JOB_ROLE, FaultReason::Missing));
        }
        return published.unwrap_or_default().map(str::to_owned);
    };
    match text.parse::<JobRoleName>() {
        Ok(JobRoleName { group, sub_group, role }) => [group, sub_group, role],
        Err(_) => {
            reader.faults.push(fault(name::JOB_ROLE, FaultReason::JobRole));
            <[String; 3]>::default()
        }
    }
}

const fn one(name: &'static str) -> Column {
    Column { name, many: false }
}

const fn many(name: &'static str) -> Column {
    Column { name, many: true }
}

pub(super) const PERSON: &[Column] = &[
    one(name::UID),
    one(name::SURNAME),
    one(name::GIVEN_NAME),
    one(name::MIDDLE_NAMES),
    one(name::INITIALS),
    one(name::TITLE),
    one(name::DISPLAY_NAME),
    one(name::MAIL),
    one(name::STATUS),
    one(name::ID_ASSURANCE_LEVEL),
    one(name::PRACTITIONER_CODE),
    one(name::CONSULTANT),
    one(name::GDC),
    one(name::GDP),
    one(name::GMC),
    one(name::GMP),
    one(name::GPHC),
    one(name::NMC),
    one(name::RCN),
    many(name::ASSOCIATED_ORGANISATION),
];

pub(super) const MEMBERSHIP: &[Column] = &[
    one(name::ID),
    one(name::ORGANISATION_CODE),
    one(name::ORGANISATION),
    one(name::GNC),
    one(name::OPEN),
    one(name::CLOSE),
];

pub(super) const ROLE: &[Column] = &[
    one(name::ID),
    one(name::PERSON_ORG_ID),
    one(name::ORGANISATION_CODE),
    one(name::ORGANISATION),
    one(name::ROLE_OPEN),
    one(name::ROLE_CLOSE),
    one(name::JOB_ROLE),
    one(name::JOB_ROLE_CODE),
    many(name::BUSINESS_FUNCTIONS),
    many(name::BUSINESS_FUNCTION_CODES),
    many(name::AREAS_OF_WORK),
    many(name::AREA_OF_WORK_CODES),
    many(name::WORK_GROUPS),
    many(name::WORK_GROUP_CODES),
];

pub(super) const ORGANISATION: &[Column] =
    &[one(name::ORGANISATION_CODE), one(name::ORGANISATION), one(name::OPEN), one(name::CLOSE)];

const ACTIVE: &str = "1";
const INACTIVE: &str = "0";
/// Between the code and the name of an organisation in one value.
const SEPARATOR: char = '$';
