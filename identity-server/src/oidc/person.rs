use wardkey_oidc::{Membership, Organisation, Person, Role};

use crate::{Identity, InternalError, RoleProfile, Timestamp, User, directory::Person as Known};

impl Identity {
    /// What claims tell of a person; `None`: the directory has none of this id, or no longer.
    pub(super) async fn claims_of(&self, uid: &str) -> Result<Option<Person>, InternalError> {
        let known = self.person(uid).await?.filter(|known| known.user.is_active());
        let now = self.clock.now();
        Ok(known.map(|known| person(&known, now)))
    }

    /// How sure the registration is of who this user is, 0 where the directory does not say.
    pub(super) async fn id_assurance_level(&self, uid: &str) -> Result<u8, InternalError> {
        let level = self.person(uid).await?.and_then(|known| known.user.id_assurance_level);
        Ok(level.unwrap_or(0))
    }
}

/// What is closed is not told: applications take rights from it.
fn person(known: &Known, now: Timestamp) -> Person {
    let user = &known.user;
    let professional = &user.professional;
    let numbers = [
        ("gmc_id", &professional.gmc),
        ("gmp_id", &professional.gmp),
        ("gdc_id", &professional.gdc),
        ("gdp_id", &professional.gdp),
        ("nmc_id", &professional.nmc),
        ("rcn_id", &professional.rcn),
        ("gphc_id", &professional.gphc),
        ("consultant_id", &professional.consultant),
    ];
    let organisation = |code: &str, name: &str| Organisation {
        org_name: name.to_owned(),
        org_code: code.to_owned(),
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Person {
        uid: user.uid.clone(),
        family_name: user.surname.clone(),
        given_name: user.given_name.clone(),
        middle_names: text(&user.middle_names),
        initials: text(&user.initials),
        title: user.title.clone(),
        display_name: user.display_name(),
        email: text(&user.email),
        id_assurance_level: user.id_assurance_level.unwrap_or(0),
        roles: known.offered(now).into_iter().map(|profile| role(user, profile)).collect(),
        associated: known
            .associated(now)
            .iter()
            .map(|other| organisation(&other.code, &other.name))
            .collect(),
        memberships: known
            .memberships(now)
            .into_iter()
            .map(|membership| Membership {
                person_orgid: membership.id.clone(),
                organisation: organisation(&membership.organisation_code, &membership.organisation),
                gnc: text(&membership.gnc),
            })
            .collect(),
        professional: numbers.into_iter().map(|(name, number)| (name, text(number))).collect(),
    }
}

fn role(user: &User, profile: &RoleProfile) -> Role {
    let membership = profile.membership.clone().or_else(|| {
        let at = |code: &str| code == profile.organisation_code;
        let membership = user.memberships.iter().find(|other| at(&other.organisation_code));
        membership.map(|membership| membership.id.clone())
    });
    Role {
        person_orgid: membership.unwrap_or_default(),
        person_roleid: profile.id.clone(),
        org_code: profile.organisation_code.clone(),
        role_name: profile.job_role_name().to_string(),
        role_code: profile.job_role_code.clone(),
        activities: profile.business_functions.clone(),
        activity_codes: profile.business_function_codes.clone(),
        workgroups: profile.work_groups.clone(),
        workgroups_codes: profile.work_group_codes.clone(),
        aow: profile.areas_of_work.clone(),
        aow_codes: profile.area_of_work_codes.clone(),
    }
}
