use super::*;

#[test]
fn published_codes_have_names() {
    let activity = |code| activity_name(&ActivityCode::parse(code).unwrap());
    assert_eq!(activity("B0420"), Some("Independent Prescribing"));
    assert_eq!(activity("B1611"), Some("Access Sensitive Flagged Records"));
    assert_eq!(activity("B9999"), None);
    let role = |code| job_role_name(&JobRoleCode::parse(code).unwrap());
    assert_eq!(role("S8000:G8000:R8001").unwrap()[2], "Nurse Access Role");
    assert_eq!(role("S0080:G0450:R5080").unwrap()[2], "Registration Authority Manager");
    assert_eq!(role("S9999:G9999:R9999"), None);
}

#[test]
fn the_lists_hold_codes_in_order() {
    assert!(ACTIVITIES.is_sorted_by(|a, b| a.0 < b.0) && JOB_ROLES.is_sorted_by(|a, b| a.0 < b.0));
    assert!(ACTIVITIES.iter().all(|(code, _)| ActivityCode::parse(code).is_ok()));
    assert!(JOB_ROLES.iter().all(|(code, _)| JobRoleCode::parse(code).is_ok()));
}
