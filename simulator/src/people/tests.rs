use super::*;

const WRITTEN: &str = r#"
[[user]]
name = "Maya Lina Patel"
title = "Dr"

[[user.role]]
name = "General Practitioner"
organisation = "Mill Road Surgery"
activities = ["B0420"]

[[user.role]]
name = "Consultant"
organisation = "City Hospital"
organisation_code = "Z97H1"

[[user]]
name = "Tom Patel"
uid = "555000000777"
"#;

fn people(text: &str) -> People {
    People(toml::from_str::<File>(text).unwrap().users)
}

#[test]
fn what_a_developer_leaves_out_is_made_up() {
    let text = for_server(WRITTEN).unwrap();
    let values: toml::Table = toml::from_str(&text).unwrap();
    let maya = &values["user"][0];
    assert_eq!(maya["uid"].as_str(), Some("555000000201"));
    assert_eq!(
        (maya["given_name"].as_str(), maya["surname"].as_str()),
        (Some("Maya Lina"), Some("Patel"))
    );
    assert_eq!(maya["role"][0]["id"].as_str(), Some("555900000201"));
    assert_eq!(maya["role"][0]["job_role_code"].as_str(), Some(ANY_ROLE));
    assert_eq!(maya["role"][0]["organisation_code"].as_str(), Some("Z9800"));
    assert_eq!(maya["role"][1]["organisation_code"].as_str(), Some("Z97H1"));
    assert_eq!(values["organisation"].as_array().unwrap().len(), 2);
    let people = people(&text);
    let lines = |name: &str| people.named(name).unwrap().to_string();
    assert_eq!(
        lines("maya"),
        "Maya Lina Patel  555000000201\n    General Practitioner at Mill Road Surgery\n    \
         Consultant at City Hospital"
    );
    assert_eq!(lines("555000000777"), "Tom Patel  555000000777\n    no role");
}

#[test]
fn the_servers_own_file_is_taken_as_it_is() {
    let text = for_server(WRITTEN).unwrap();
    assert_eq!(for_server(&text).unwrap(), text);
}

#[test]
fn what_is_wrong_is_told() {
    for (text, said) in [
        ("", "missing field `user`"),
        ("user = []", "there is nobody in it"),
        ("[[user]]\nname = \" \"", "user 1 has no name"),
        ("[[user]]\nname = \"A\"\nrole = [{ name = \"B\" }]", "missing field `organisation`"),
        ("[[user]]\nname = \"A\"\nroles = []", "unknown field `roles`"),
    ] {
        let error = for_server(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}\n{said}");
    }
    let twice = WRITTEN.replace("City Hospital", "Mill Road Surgery");
    assert!(format!("{:#}", for_server(&twice).unwrap_err()).contains("has two codes"));
}

#[test]
fn people_go_by_any_part_of_their_name_that_is_theirs_alone() {
    let people = people(&for_server(WRITTEN).unwrap());
    for name in ["TOM", "tom patel", "to", " Tom "] {
        assert_eq!(people.named(name).unwrap().uid, "555000000777", "{name}");
    }
    let error = people.named("patel").unwrap_err().to_string();
    assert_eq!(error, "patel may be Maya Lina Patel, Tom Patel");
    assert!(people.named("rosa").unwrap_err().to_string().starts_with("nobody is called rosa"));
    assert!(people.named("").is_err());
}

const ANY_ROLE: &str = "S8000:G8000:R8000";
