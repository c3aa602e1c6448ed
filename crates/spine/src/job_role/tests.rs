use super::{JobRole, JobRoleName};

#[test]
fn organisation_and_role_are_told_apart() {
    let text =
        r#"MEADOW, BROOK & CO SURGERY, "Clinical":"Clinical Provision":"Nurse, Access Role""#;
    let role = JobRole { id: "1".to_owned(), org_code: None, text: text.to_owned() };
    assert_eq!(role.organisation(), "MEADOW, BROOK & CO SURGERY");
    let name = role.name().unwrap();
    assert_eq!((name.group.as_str(), name.role.as_str()), ("Clinical", "Nurse, Access Role"));
    assert_eq!(JobRole::new("1", "X", role.organisation(), &name).text, text);
}

#[test]
fn text_of_another_form_stays_whole() {
    for text in ["", "SURGERY", r#"SURGERY, "Clinical":"Nurse""#, r#"SURGERY, "a":"b":"c""d""#] {
        let role = JobRole { id: "1".to_owned(), org_code: None, text: text.to_owned() };
        assert_eq!(role.name(), None, "{text}");
        assert_eq!(role.organisation(), text);
    }
    assert!(r#""a":"b":"c":"d""#.parse::<JobRoleName>().is_err());
    assert!("\"".parse::<JobRoleName>().is_err());
}
