use super::{
    super::{FaultReason, Format, RefusalReason, RoleProfile, SourceFile, User, testing},
    *,
};

const TOM: &str = "uid=555000000102,ou=People,o=nhs";
const AT_HARBOUR: &str = "uniqueIdentifier=555800000103,uid=555000000102,ou=People,o=nhs";

fn plan(format: Format, mode: Mode, texts: &[&str]) -> Import {
    let files: Vec<SourceFile<'_>> =
        texts.iter().map(|text| SourceFile { name: "a", content: text.as_bytes() }).collect();
    Import::plan(&testing::demo(), &format.read(&files).unwrap(), mode).unwrap()
}

fn ldif(text: &str) -> Import {
    plan(Format::Ldif, Mode::Merge, &[text])
}

fn csv(texts: &[&str]) -> Import {
    plan(Format::Csv, Mode::Merge, texts)
}

fn tom(import: &Import) -> &User {
    import.directory.user("555000000102").unwrap()
}

/// The one thing that was refused; then nothing is done.
fn refused(import: Import) -> (Option<&'static str>, RefusalReason) {
    assert_eq!(import.report.refused.len(), 1, "{:?}", import.report);
    assert!(import.edits.is_empty());
    assert_eq!(import.directory, testing::demo());
    let refusal = import.report.refused.into_iter().next().unwrap();
    (refusal.attribute, refusal.reason)
}

/// What was done, which makes the directory that was told.
fn edits(import: &Import) -> Vec<String> {
    assert_eq!(import.report.refused, []);
    let mut directory = testing::demo();
    for edit in &import.edits {
        directory.apply(edit.clone());
    }
    assert_eq!(directory, import.directory);
    let told = |edit: &Edit| match edit {
        Edit::DeleteOrganisation(code) => format!("-{code}"),
        Edit::DeletePerson(uid) => format!("-{uid}"),
        Edit::PutOrganisation(organisation) => format!("+{}", organisation.code),
        Edit::PutPerson(user) => format!("+{}", user.uid),
    };
    import.edits.iter().map(told).collect()
}

#[test]
fn what_is_known_changes_nothing() {
    let import = ldif(&testing::demo().to_ldif());
    let Report { accepted, unchanged, changed, deleted, .. } = import.report;
    // Two organisations, three people, three memberships, four roles; folders don't count.
    assert_eq!((accepted, unchanged, changed, deleted), (12, 12, 0, 0));
    assert_eq!(edits(&import), [] as [&str; 0]);
}

#[test]
fn a_person_is_modified() {
    let import = ldif(&format!(
        "dn: {TOM}\nchangetype: modify\nreplace: nhsPersonStatus\nnhsPersonStatus: 0\n-\n\
         add: nhsRCN\nnhsRCN: R99\n-\ndelete: displayName\n-\ndelete: personalTitle\n\
         personalTitle: Mr\n"
    ));
    assert_eq!(edits(&import), ["+555000000102"]);
    let user = tom(&import);
    assert!(!user.is_active());
    assert_eq!(
        (user.professional.rcn.as_deref(), user.display_name.as_deref()),
        (Some("R99"), None)
    );
    assert_eq!((user.title.as_str(), user.roles.len()), ("", 3));
    assert_eq!((import.report.changed, import.report.unchanged), (1, 0));
}

#[test]
fn a_modification_has_to_fit() {
    let modify = |rest: &str| refused(ldif(&format!("dn: {TOM}\nchangetype: modify\n{rest}")));
    let other = modify("delete: mail\nmail: other@example.org\n-\n");
    assert_eq!(other, (None, RefusalReason::NoSuchValue("mail".into())));
    let none = modify("delete: nhsRCN\n-\n");
    assert_eq!(none, (None, RefusalReason::NoSuchValue("nhsRCN".into())));
    let twice = modify("add: sn\nsn: Lindqvist\n-\n");
    assert_eq!(twice, (None, RefusalReason::ValueExists("sn".into())));
    let second = modify("add: sn\nsn: Lind\n-\n");
    assert_eq!(second, (Some("sn"), FaultReason::Several.into()));
    let named = modify("replace: uid\nuid: 555000000109\n-\n");
    assert_eq!(named, (Some("uid"), FaultReason::OtherThanName.into()));
    let gone = modify("delete: sn\n-\n");
    assert_eq!(gone, (Some("sn"), FaultReason::Missing.into()));
}

#[test]
fn entries_are_added_once() {
    let role = format!(
        "dn: uniqueIdentifier=555900000109,{AT_HARBOUR}\nchangetype: add\n\
         objectClass: nhsOrgPersonRole\nnhsJobRoleCode: S8000:G8000:R8003\n"
    );
    let import = ldif(&format!("{role}\n{role}"));
    assert_eq!(edits(&import), ["+555000000102"]);
    // The organisation is that of the membership, and the name of the code is published.
    let added = tom(&import).role("555900000109").unwrap();
    assert_eq!(added.organisation, "HARBOUR LANE HOSPITAL");
    assert_eq!(added.job_role[2], "Health Professional Access Role");
    assert_eq!(added.membership.as_deref(), Some("555800000103"));
    let other = ldif(&format!("{role}\n{}", role.replace("R8003", "R8001")));
    assert_eq!(refused(other), (None, RefusalReason::Exists));
}

#[test]
fn a_role_may_hang_from_its_person() {
    let import = ldif(&format!(
        "dn: uniqueIdentifier=555900000109,{TOM}\nobjectClass: nhsOrgPersonRole\nnhsIDCode: Z9901\n\
         o: FELLSIDE & DALE SURGERY\nnhsJobRoleCode: S8000:G8000:R8001\n"
    ));
    assert_eq!(edits(&import), ["+555000000102"]);
    assert_eq!(tom(&import).role("555900000109").unwrap().membership, None);
    let import = ldif(&format!(
        "dn: uniqueIdentifier=555800000109,{TOM}\nobjectClass: nhsOrgPerson\nnhsIDCode: Z9901\no: F\n"
    ));
    assert_eq!(tom(&import).membership("555800000109").unwrap().organisation, "F");
}

#[test]
fn only_a_deletion_deletes() {
    let import = ldif(&format!("dn: {TOM}\nchangetype: delete\n"));
    assert_eq!((edits(&import), import.report.deleted), (vec!["-555000000102".to_owned()], 1));
    let import = ldif(&format!("dn: {AT_HARBOUR}\nchangetype: delete\n"));
    let user = tom(&import);
    let left: Vec<&str> = user.roles.iter().map(|role| role.id.as_str()).collect();
    assert_eq!((left, user.memberships.len()), (vec!["555900000102"], 1));
    let import =
        ldif(&format!("dn: uniqueIdentifier=555900000104,{AT_HARBOUR}\nchangetype: delete\n"));
    assert_eq!(tom(&import).roles.len(), 2);
    let code = "dn: uniqueIdentifier=Z99H2,ou=Organisations,o=nhs\nchangetype: delete\n";
    assert_eq!(edits(&ldif(code)), ["-Z99H2"]);
    // The same ids may come back elsewhere.
    let moved = format!(
        "dn: uniqueIdentifier=555900000104,{AT_HARBOUR}\nchangetype: delete\n\n\
         dn: uniqueIdentifier=555900000104,uid=555000000103,ou=People,o=nhs\n\
         nhsJobRoleCode: S8000:G8000:R8001\nnhsIDCode: Z9901\no: F\n"
    );
    assert_eq!(edits(&ldif(&moved)), ["+555000000102", "+555000000103"]);
}

#[test]
fn what_is_not_there_is_neither_deleted_nor_modified() {
    for dn in [
        "uid=555000000109,ou=People,o=nhs",
        "uniqueIdentifier=Z9909,ou=Organisations,o=nhs",
        "uniqueIdentifier=555900000109,uid=555000000102,ou=People,o=nhs",
        // It hangs from the other membership.
        "uniqueIdentifier=555900000104,uniqueIdentifier=555800000102,uid=555000000102,ou=People,o=nhs",
        "uniqueIdentifier=555900000104,uid=555000000102,ou=People,o=nhs",
    ] {
        let import = ldif(&format!("dn: {dn}\nchangetype: delete\n"));
        assert_eq!(refused(import).1, RefusalReason::NotFound, "{dn}");
    }
    let folder = ldif("dn: ou=People,o=nhs\nchangetype: delete\n");
    assert_eq!(refused(folder).1, RefusalReason::Folder);
    let nobody = ldif("dn: uniqueIdentifier=555900000109,uid=555000000109,ou=People,o=nhs\no: A\n");
    assert_eq!(refused(nobody).1, RefusalReason::PersonUnknown("555000000109".into()));
}

#[test]
fn ids_stay_one_persons() {
    let import = ldif(
        "dn: uniqueIdentifier=555900000104,uid=555000000103,ou=People,o=nhs\n\
         nhsJobRoleCode: S8000:G8000:R8001\nnhsIDCode: Z9901\no: F\n",
    );
    let reason = FaultReason::Duplicate("555900000104".into());
    assert_eq!(refused(import), (Some("uniqueIdentifier"), reason.into()));
}

#[test]
fn everything_wrong_is_told_with_its_place() {
    let import = ldif(&format!(
        "dn: {TOM}\nsn: Lindqvist\nmail: nowhere\nnhsPersonStatus: 1\nwardkeyIdAssuranceLevel: 9\n\n\
         dn: uid=1,ou=People,o=nhs\nsn: A\nnhsPersonStatus: yes\n\nsn: B\n"
    ));
    let told: Vec<String> = import.report.refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            format!("a:1: {TOM}: mail: not an address of electronic mail"),
            format!("a:1: {TOM}: wardkeyIdAssuranceLevel: not a level from 0 to 4"),
            "a:7: uid=1,ou=People,o=nhs: nhsPersonStatus: not a value that this attribute has"
                .into(),
            "a:11: : begins with no distinguished name".into(),
        ]
    );
    assert_eq!(import.report.accepted, 0);
}

#[test]
fn nothing_is_half_imported() {
    let text = format!(
        "dn: {TOM}\nchangetype: modify\nreplace: sn\nsn: Lind\n-\n\ndn: uid=555000000109,ou=People,o=nhs\n"
    );
    let import = plan(Format::Ldif, Mode::Merge, &[&text]);
    assert_eq!((import.edits.len(), import.report.changed), (0, 1));
    assert_eq!(import.directory, testing::demo());
    let import = plan(Format::Ldif, Mode::MergeSkippingRefused, &[&text]);
    assert_eq!(import.edits.len(), 1);
    assert_eq!(tom(&import).surname, "Lind");
    assert_eq!(import.report.refused.len(), 2, "neither sn nor nhsPersonStatus");
}

#[test]
fn a_set_may_replace_everything() {
    let mut people: Vec<User> = testing::demo().users().cloned().collect();
    people.truncate(2);
    people[1].title = "Sir".into();
    let text = Directory::new(people).unwrap().to_ldif();
    let import = plan(Format::Ldif, Mode::Replace, &[&text]);
    assert_eq!(edits(&import), ["-555000000103", "-Z9901", "-Z99H2", "+555000000102"]);
    assert_eq!(import.report.deleted, 3);
    assert_eq!((import.report.changed, import.report.unchanged), (1, 8));
    let wrong = plan(Format::Ldif, Mode::Replace, &[&format!("{text}\ndn: nobody\n")]);
    assert_eq!(refused(wrong), (None, RefusalReason::Syntax(super::super::SyntaxError::Dn)));
}

#[test]
fn a_set_with_nobody_in_it_replaces_nothing() {
    let people = testing::demo().to_csv().unwrap().people;
    for text in [people.as_str(), "uid,sn\n"] {
        let file = SourceFile { name: "people.csv", content: text.as_bytes() };
        let changes = Format::Csv.read(&[file]).unwrap();
        let planned =
            Import::plan(&testing::demo(), &changes, Mode::Replace).map(|import| import.edits);
        // The memberships and roles are in other files, which somebody forgot.
        assert_eq!(planned.unwrap_err(), NobodyLeft);
    }
}

#[test]
fn tables_leave_alone_what_they_have_no_column_for() {
    let import = csv(&["uid,nhsRCN,displayName\n555000000102,R99,\n"]);
    assert_eq!(edits(&import), ["+555000000102"]);
    let expected = testing::tom();
    let user = tom(&import);
    assert_eq!(
        (user.professional.rcn.as_deref(), user.display_name.as_deref()),
        (Some("R99"), None)
    );
    assert_eq!(
        (&user.professional.nmc, &user.roles),
        (&expected.professional.nmc, &expected.roles)
    );
}

#[test]
fn tables_come_in_any_order() {
    let people = "uid,sn,nhsPersonStatus\n555000000109,New,1\n";
    let memberships = "uid,personOrgId,nhsIDCode,o\n555000000109,555800000109,Z9901,F\n";
    let roles = "uid,uniqueIdentifier,personOrgId,nhsJobRoleCode,nhsWorkGroups\n\
                 555000000109,555900000109,555800000109,S8000:G8000:R8001,a|b\n";
    let import = csv(&[roles, people, memberships]);
    assert_eq!(edits(&import), ["+555000000109"]);
    let user = import.directory.user("555000000109").unwrap();
    let expected = RoleProfile {
        id: "555900000109".into(),
        membership: Some("555800000109".into()),
        organisation_code: "Z9901".into(),
        organisation: "F".into(),
        job_role: ["Clinical", "Clinical Provision", "Nurse Access Role"].map(Into::into),
        job_role_code: "S8000:G8000:R8001".into(),
        work_groups: vec!["a".into(), "b".into()],
        ..RoleProfile::default()
    };
    assert_eq!(user.roles, [expected]);
}

#[test]
fn what_is_told_can_be_shown() {
    let told = |import: Import| {
        let told: Vec<String> = import.report.refused.iter().map(ToString::to_string).collect();
        assert!(!told.is_empty() && told.iter().all(|text| !text.contains('\u{1b}')), "{told:?}");
    };
    told(csv(&["uid,sn\n\u{1b}[2J,A\n"]));
    told(csv(&["uid,personOrgId\n\u{1b}[2J,1\n"]));
    told(csv(&["uid,uniqueIdentifier,personOrgId\n555000000102,555900000102,\u{1b}[2J\n"]));
    told(ldif("dn: uniqueIdentifier=\u{1b}[2J,uid=\u{1b}[2J,ou=People,o=nhs\n"));
    told(ldif(&format!("dn: {TOM}\nchangetype: modify\nadd: sn\nsn: \u{1b}[2J\n-\n")));
}

#[test]
fn what_means_nothing_is_counted() {
    let import = ldif(&format!(
        "dn: {TOM}\nchangetype: modify\nreplace: telephoneNumber\ntelephoneNumber: 1\n-\n\n\
         dn: uniqueIdentifier=Z9902,ou=Organisations,o=nhs\nobjectClass: nhsOrg\no: NEW\nPostalCode: X\n\n\
         dn: uniqueIdentifier=Z9903,ou=Organisations,o=nhs\no: NEW TOO\npostalcode: X\n"
    ));
    assert_eq!(edits(&import), ["+Z9902", "+Z9903"]);
    let ignored: Vec<_> = import.report.ignored.into_iter().collect();
    assert_eq!(ignored, [("postalcode".to_owned(), 2), ("telephoneNumber".to_owned(), 1)]);
}
