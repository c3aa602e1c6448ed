use super::{AssertionError, Mode, Person, Role, VERSION};
use crate::UserId;

/// A SAML attribute: its name and values.
pub(super) type Attribute = (String, Vec<String>);

/// The flat list of attributes that a RoleAssertion is: header, person, then the roles one after
/// the other, each beginning with its organisation's code. What is empty is left out.
pub(super) fn flatten(person: &Person, roles: &[Role]) -> Vec<Attribute> {
    let mut out = Vec::new();
    let mut add = |name: &str, values: &[String]| {
        if values.iter().any(|value| !value.is_empty()) {
            out.push((name.to_owned(), values.to_vec()));
        }
    };
    let one = |value: &str| [value.to_owned()];
    add("ssbAssertionVersion", &one(VERSION));
    add("cn", &one(&person.cn));
    add("uid", &one(person.uid.as_str()));
    add("nhsOcsPrCode", &one(person.practitioner_code.as_deref().unwrap_or_default()));
    add("ssbSessionRoleUid", &one(&person.session_role));
    add("ssbMode", &one(person.mode.map_or("", Mode::as_str)));
    for role in roles {
        add("nhsIdCode", &one(&role.org_code));
        add("o", &one(&role.organisation));
        add("nhsBusinessFunctions", &role.business_functions);
        add("nhsBusinessFunctionsCodes", &role.business_function_codes);
        add("nhsAreaOfWork", &role.areas_of_work);
        add("nhsAreaOfWorkCodes", &role.area_of_work_codes);
        add("nhsWorkGroups", &role.work_groups);
        add("nhsWorkGroupsCodes", &role.work_group_codes);
        add("nhsJobRole", &one(&role.job_role));
        add("uniqueIdentifier", &one(&role.role_profile));
        add("nhsJobRoleCode", &one(&role.job_role_code));
    }
    out
}

/// Groups such a list by its positions; names that are not known are passed over.
pub(super) fn group(attributes: Vec<Attribute>) -> Result<(Person, Vec<Role>), AssertionError> {
    let mut header = Header::default();
    let mut roles: Vec<Role> = Vec::new();
    for (name, values) in attributes {
        match name.as_str() {
            "ssbAssertionVersion" => set(&mut header.version, "ssbAssertionVersion", values)?,
            "cn" => set(&mut header.cn, "cn", values)?,
            "uid" => set(&mut header.uid, "uid", values)?,
            "nhsOcsPrCode" => set(&mut header.practitioner_code, "nhsOcsPrCode", values)?,
            "ssbSessionRoleUid" => set(&mut header.session_role, "ssbSessionRoleUid", values)?,
            "ssbMode" => set(&mut header.mode, "ssbMode", values)?,
            // The published table has one spelling, the samples have the other.
            "nhsIdCode" | "nhsIDCode" => {
                let mut role = Role::default();
                set(&mut role.org_code, "nhsIdCode", values)?;
                roles.push(role);
            }
            _ => {
                let Some(name) = ROLE_NAMES.into_iter().find(|known| *known == name) else {
                    continue;
                };
                let role = roles.last_mut().ok_or(AssertionError::RoleOutsideBlock(name))?;
                role.take(name, values)?;
            }
        }
    }
    for role in &roles {
        role.check()?;
    }
    Ok((header.person()?, roles))
}

#[derive(Default)]
struct Header {
    version: String,
    cn: String,
    uid: String,
    practitioner_code: String,
    session_role: String,
    mode: String,
}

impl Header {
    fn person(self) -> Result<Person, AssertionError> {
        if required("ssbAssertionVersion", &self.version)? != VERSION {
            return Err(AssertionError::UnsupportedVersion);
        }
        required("cn", &self.cn)?;
        required("ssbSessionRoleUid", &self.session_role)?;
        Ok(Person {
            uid: UserId::parse(required("uid", &self.uid)?)
                .map_err(|_| AssertionError::Malformed("uid"))?,
            cn: self.cn,
            practitioner_code: Some(self.practitioner_code).filter(|code| !code.is_empty()),
            session_role: self.session_role,
            mode: match self.mode.as_str() {
                "" => None,
                "0" => Some(Mode::Live),
                "1" => Some(Mode::Training),
                _ => return Err(AssertionError::Malformed("ssbMode")),
            },
        })
    }
}

impl Role {
    fn take(&mut self, name: &'static str, values: Vec<String>) -> Result<(), AssertionError> {
        let list = match name {
            "o" => return set(&mut self.organisation, name, values),
            "nhsJobRole" => return set(&mut self.job_role, name, values),
            "nhsJobRoleCode" => return set(&mut self.job_role_code, name, values),
            "uniqueIdentifier" => return set(&mut self.role_profile, name, values),
            "nhsAreaOfWork" => &mut self.areas_of_work,
            "nhsAreaOfWorkCodes" => &mut self.area_of_work_codes,
            "nhsWorkGroups" => &mut self.work_groups,
            "nhsWorkGroupsCodes" => &mut self.work_group_codes,
            "nhsBusinessFunctions" => &mut self.business_functions,
            "nhsBusinessFunctionsCodes" => &mut self.business_function_codes,
            _ => return Ok(()),
        };
        // Within one role a list may come in one attribute or in several.
        list.extend(values);
        Ok(())
    }

    fn check(&self) -> Result<(), AssertionError> {
        required("nhsIdCode", &self.org_code)?;
        required("o", &self.organisation)?;
        required("nhsJobRole", &self.job_role)?;
        required("nhsJobRoleCode", &self.job_role_code)?;
        required("uniqueIdentifier", &self.role_profile)?;
        Ok(())
    }
}

impl Mode {
    fn as_str(self) -> &'static str {
        match self {
            Self::Live => "0",
            Self::Training => "1",
        }
    }
}

/// Takes a value that may be there once.
fn set(place: &mut String, name: &'static str, values: Vec<String>) -> Result<(), AssertionError> {
    match <[String; 1]>::try_from(values) {
        Ok([value]) if place.is_empty() => {
            *place = value;
            Ok(())
        }
        Ok(_) => Err(AssertionError::RepeatedAttribute(name)),
        // An empty attribute is one that could as well be left out.
        Err(values) if values.is_empty() => Ok(()),
        Err(_) => Err(AssertionError::RepeatedAttribute(name)),
    }
}

fn required<'a>(name: &'static str, value: &'a str) -> Result<&'a str, AssertionError> {
    if value.is_empty() { Err(AssertionError::MissingAttribute(name)) } else { Ok(value) }
}

const ROLE_NAMES: [&str; 10] = [
    "nhsAreaOfWork",
    "nhsAreaOfWorkCodes",
    "nhsBusinessFunctions",
    "nhsBusinessFunctionsCodes",
    "nhsJobRole",
    "nhsJobRoleCode",
    "nhsWorkGroups",
    "nhsWorkGroupsCodes",
    "o",
    "uniqueIdentifier",
];
