//! People for the tests of a directory.

use proptest::{collection::vec, option, prelude::*};

use super::*;

/// The people of the demo.
pub(super) fn demo() -> Directory {
    crate::demo::people().unwrap()
}

/// One with three roles at two organisations.
pub(super) fn tom() -> User {
    demo().user("555000000102").unwrap().clone()
}

/// Any directory, of few people.
pub(super) fn directories() -> impl Strategy<Value = Directory> {
    let organisations = vec((text(), dates()), 0..4).prop_map(|organisations| {
        let organisation = |(number, (name, (open, close)))| {
            let code = OdsCode::parse(&format!("ODS{number}")).unwrap();
            Organisation { code, name, open, close }
        };
        (0..).zip(organisations).map(organisation).collect()
    });
    (vec(person(), 0..4), organisations).prop_map(|(people, organisations): (Vec<User>, _)| {
        let people = (0..).zip(people).map(|(number, user)| numbered(number, user)).collect();
        Directory::new(people).unwrap().with_organisations(organisations).unwrap()
    })
}

/// Gives a person and the memberships and roles ids of their own. A role hangs from the membership
/// that its `membership` counts to, if there is one, and is at its organisation then.
fn numbered(number: u32, mut user: User) -> User {
    user.uid = format!("1000000000{number:02}");
    for (index, membership) in user.memberships.iter_mut().enumerate() {
        membership.id = format!("20000000{number:02}{index:02}");
    }
    for (index, role) in user.roles.iter_mut().enumerate() {
        role.id = format!("30000000{number:02}{index:02}");
        let at = role.membership.take().and_then(|at| user.memberships.get(at.len()));
        if let Some(at) = at {
            role.membership = Some(at.id.clone());
            role.organisation_code.clone_from(&at.organisation_code);
        }
    }
    user
}

fn person() -> impl Strategy<Value = User> {
    let names = (text(), maybe_empty(), option::of(text()), option::of(text()), maybe_empty());
    let others = (
        option::of(text()),
        option::of(Just("someone@example.org".to_owned())),
        prop_oneof![Just(Status::Active), Just(Status::Inactive)],
        option::of(0..=4_u8),
        option::of(text()),
    );
    let associated = vec((code(), text()), 0..3).prop_map(|associated| {
        let associated: BTreeMap<String, String> = associated.into_iter().collect();
        associated.into_iter().map(|(code, name)| AssociatedOrganisation { code, name }).collect()
    });
    let below = (associated, vec(membership(), 0..3), vec(role(), 0..4));
    (names, others, professional(), below).prop_map(|(names, others, professional, below)| User {
        uid: String::new(),
        surname: names.0,
        given_name: names.1,
        middle_names: names.2,
        initials: names.3,
        title: names.4,
        display_name: others.0,
        email: others.1,
        status: others.2,
        id_assurance_level: others.3,
        practitioner_code: others.4,
        professional,
        associated_organisations: below.0,
        memberships: below.1,
        roles: below.2,
    })
}

fn professional() -> impl Strategy<Value = ProfessionalMemberships> {
    proptest::array::uniform8(option::of(text())).prop_map(
        |[consultant, gdc, gdp, gmc, gmp, gphc, nmc, rcn]| ProfessionalMemberships {
            consultant,
            gdc,
            gdp,
            gmc,
            gmp,
            gphc,
            nmc,
            rcn,
        },
    )
}

fn membership() -> impl Strategy<Value = OrganisationMembership> {
    (code(), text(), option::of(text()), dates()).prop_map(
        |(organisation_code, organisation, gnc, (open, close))| OrganisationMembership {
            id: String::new(),
            organisation_code,
            organisation,
            gnc,
            open,
            close,
        },
    )
}

fn role() -> impl Strategy<Value = RoleProfile> {
    let own = (option::of("x{0,3}"), code(), text(), dates());
    let unquoted = || text().prop_map(|text| text.replace('"', "'"));
    let job = ([unquoted(), unquoted(), unquoted()], "S[0-9]{4}:G[0-9]{4}:R[0-9]{4}");
    let activities = prop::collection::btree_set("B[0-9]{4}", 0..4);
    let lists = proptest::array::uniform5(prop::collection::btree_set(text(), 0..4));
    (own, job, activities, lists).prop_map(|(own, job, activities, lists)| {
        let [functions, areas, area_codes, groups, group_codes] =
            lists.map(|list| list.into_iter().rev().collect());
        RoleProfile {
            id: String::new(),
            membership: own.0,
            organisation_code: own.1,
            organisation: own.2,
            open: own.3.0,
            close: own.3.1,
            job_role: job.0,
            job_role_code: job.1,
            business_functions: functions,
            business_function_codes: activities.into_iter().collect(),
            areas_of_work: areas,
            area_of_work_codes: area_codes,
            work_groups: groups,
            work_group_codes: group_codes,
        }
    })
}

fn dates() -> impl Strategy<Value = (Option<Date>, Option<Date>)> {
    let date = || "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])";
    (option::of(date()), option::of(date())).prop_map(|(open, close)| {
        let date = |text: String| Date::parse(&text).unwrap();
        let (open, close) = (open.map(date), close.map(date));
        match (open, close) {
            (Some(one), Some(other)) if one == other => (Some(one), None),
            (Some(one), Some(other)) => (Some(one.min(other)), Some(one.max(other))),
            other => other,
        }
    })
}

/// Any text that may be a value.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{1,120}", "\\PC{1,40}", "[|\\\\$,;:<\"']{1,6}"].prop_map(|text: String| {
        match text.trim() {
            "" => "-".to_owned(),
            text => text.to_owned(),
        }
    })
}

fn maybe_empty() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), text()]
}

fn code() -> impl Strategy<Value = String> {
    "[A-Z0-9]{3,12}"
}
