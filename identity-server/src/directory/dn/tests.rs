use proptest::prelude::*;

use super::*;

fn place(dn: &str) -> Option<Place> {
    Dn::parse(dn).unwrap().place(&Dn::parse("o=nhs").unwrap())
}

#[test]
fn what_a_name_names() {
    let (uid, id, membership) = ("1".to_owned(), "3".to_owned(), "2".to_owned());
    for folder in ["o=nhs", "O=NHS", "ou=People,o=nhs", "ou=organisations, o=nhs"] {
        assert_eq!(place(folder), Some(Place::Folder), "{folder}");
    }
    assert_eq!(place("uid=1,ou=people,o=nhs"), Some(Place::Person("1".into())));
    let code = Some(Place::Organisation("Z9901".into()));
    assert_eq!(place("uniqueIdentifier=Z9901,ou=Organisations,o=nhs"), code);
    assert_eq!(place("nhsIDCode=Z9901 , ou=Organisations , o=nhs"), code);
    let below = Place::BelowPerson { uid: uid.clone(), id: id.clone() };
    assert_eq!(place("uniqueIdentifier=3,uid=1,ou=People,o=nhs"), Some(below));
    let below = Place::BelowMembership { uid, membership, id };
    let name = below.name("o=nhs");
    assert_eq!(name, "uniqueIdentifier=3,uniqueIdentifier=2,uid=1,ou=People,o=nhs");
    assert_eq!(place(&name), Some(below));
}

#[test]
fn what_sds_has_not_is_nothing() {
    let none =
        ["o=other", "ou=Devices,o=nhs", "cn=1,ou=People,o=nhs", "uid=1,ou=Organisations,o=nhs"];
    let deep = "uniqueIdentifier=4,uniqueIdentifier=3,uniqueIdentifier=2,uid=1,ou=People,o=nhs";
    for dn in none.into_iter().chain([deep, "uid=1,ou=People,o=nhs,c=GB"]) {
        assert_eq!(place(dn), None, "{dn}");
    }
}

#[test]
fn escapes_are_read() {
    let dn = Dn::parse(r"cn=A\, B\2C \C3\A9\\,o=nhs").unwrap();
    assert_eq!(dn.0[0], ("cn".to_owned(), "A, B, é\\".to_owned()));
    for wrong in ["", "cn", "=x", "cn=", r"cn=a\", r"cn=\C3", "cn=a+sn=b", "c n=a", r"cn=\4"] {
        assert_eq!(Dn::parse(wrong), Err(DnError), "{wrong}");
    }
    assert_eq!(Dn::parse(&"o=a,".repeat(16)), Err(DnError));
    assert_eq!(Dn::parse(&format!("cn={}", "a".repeat(1024))), Err(DnError));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}|[a-c=,+\\\\ 0-9]{0,40}") {
        if let Ok(dn) = Dn::parse(&text) {
            let _ = dn.place(&Dn::parse("o=nhs").unwrap());
        }
    }
}
