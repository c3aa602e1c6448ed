use super::{
    super::{AssociatedOrganisation, testing},
    *,
};

/// The one fault of Tom after this change.
fn fault_of(change: impl FnOnce(&mut User)) -> Fault {
    let mut user = testing::tom();
    change(&mut user);
    let faults = user.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.into_iter().next().unwrap()
}

#[test]
fn the_people_of_the_demo_are_right() {
    for user in testing::demo().users() {
        assert_eq!(user.faults(), []);
    }
}

#[test]
fn a_persons_attributes_are_checked() {
    let reason = |change: fn(&mut User)| fault_of(change).reason;
    assert_eq!(reason(|user| user.uid = "1".into()), CodeError::Profile.into());
    assert_eq!(reason(|user| user.surname.clear()), FaultReason::Missing);
    assert_eq!(reason(|user| user.surname = "Lind\nqvist".into()), FaultReason::Text);
    assert_eq!(reason(|user| user.title = " Mr".into()), FaultReason::Text);
    assert_eq!(reason(|user| user.given_name = "o".repeat(513)), FaultReason::TooLong);
    assert_eq!(reason(|user| user.professional.rcn = Some(String::new())), FaultReason::Missing);
    assert_eq!(reason(|user| user.id_assurance_level = Some(5)), FaultReason::Level);
    for email in ["tom", "@example.org", "tom@", "tom@a@b", "tom @example.org", "tom@exa\tmple"] {
        let fault = fault_of(|user| user.email = Some(email.into()));
        assert_eq!(fault, Fault { attribute: "mail", reason: FaultReason::Email }, "{email}");
    }
    let longest = format!("{}@example.org", "t".repeat(254 - 12));
    let mut user = testing::tom();
    user.email = Some(longest.clone());
    assert_eq!(user.faults(), []);
    assert_eq!(
        fault_of(|user| user.email = Some(format!("t{longest}"))).reason,
        FaultReason::Email
    );
}

#[test]
fn organisations_of_a_person_are_checked() {
    let associated = |code: &str| AssociatedOrganisation { code: code.into(), name: "X".into() };
    let fault = fault_of(|user| user.associated_organisations = vec![associated("z9901")]);
    assert_eq!(fault.reason, CodeError::Organisation.into());
    let twice = vec![associated("Z9901"), associated("Z9901")];
    assert_eq!(fault_of(|user| user.associated_organisations = twice).reason, FaultReason::Twice);
}

#[test]
fn a_roles_attributes_are_checked() {
    let reason = |change: fn(&mut RoleProfile)| fault_of(|user| change(&mut user.roles[1])).reason;
    assert_eq!(reason(|role| role.id.push('1')), CodeError::Profile.into());
    assert_eq!(reason(|role| role.job_role_code = "R8001".into()), CodeError::JobRole.into());
    assert_eq!(reason(|role| role.job_role[2].push('"')), FaultReason::JobRole);
    assert_eq!(reason(|role| role.job_role[0].clear()), FaultReason::Missing);
    let activity = |role: &mut RoleProfile| role.business_function_codes.push("0420".into());
    assert_eq!(reason(activity), CodeError::Activity.into());
    assert_eq!(
        reason(|role| role.work_groups.push(role.work_groups[0].clone())),
        FaultReason::Twice
    );
    let many = |role: &mut RoleProfile| {
        role.areas_of_work = (0..=MAX_VALUES).map(|n| n.to_string()).collect();
    };
    assert_eq!(reason(many), FaultReason::TooMany);
    let day = |text| Some(Date::parse(text).unwrap());
    let same_day = |role: &mut RoleProfile| {
        (role.open, role.close) = (day("20260101"), day("20260101"));
    };
    let mut user = testing::tom();
    same_day(&mut user.roles[1]);
    assert_eq!(user.faults()[0].reason, FaultReason::Closed);
}

#[test]
fn a_role_hangs_from_a_membership_of_the_same_organisation() {
    let reason = |change: fn(&mut RoleProfile)| fault_of(|user| change(&mut user.roles[1])).reason;
    let unknown = |role: &mut RoleProfile| role.membership = Some("555800000999".into());
    assert_eq!(reason(unknown), FaultReason::UnknownMembership("555800000999".into()));
    let other = |role: &mut RoleProfile| role.organisation_code = "Z9901".into();
    assert_eq!(reason(other), FaultReason::OtherOrganisation);
    let same = |role: &mut RoleProfile| role.id = "555800000102".into();
    assert_eq!(reason(same), FaultReason::Duplicate("555800000102".into()));
}
