use super::*;

fn changes(text: &str) -> Vec<Change> {
    read("a.csv", text.as_bytes()).unwrap().1
}

fn merged(text: &str) -> Attributes {
    match changes(text).into_iter().next().unwrap().wanted.unwrap() {
        (_, Action::Merge(attributes)) => attributes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_row_tells_what_a_table_is_of() {
    let kind = |header: &str| read("a", header.as_bytes()).map(|(kind, _)| kind);
    assert_eq!(kind("nhsIDCode,o\n"), Ok(Kind::Organisations));
    assert_eq!(kind("\u{feff}UID , SN\r\n"), Ok(Kind::People));
    assert_eq!(kind("uid,personOrgId\n"), Ok(Kind::Memberships));
    assert_eq!(kind("personOrgId,uid,uniqueIdentifier\n"), Ok(Kind::Roles));
    assert_eq!(kind(""), Err(ColumnError::NoKey));
    assert_eq!(kind("sn,o\n"), Err(ColumnError::NoKey));
    assert_eq!(kind("uid,sn,UID\n"), Err(ColumnError::Twice("uid".into())));
    let unknown = ColumnError::Unknown("people", "nhsPersonStaus".into());
    assert_eq!(kind("uid,nhsPersonStaus\n"), Err(unknown));
    assert_eq!(read("a", b"uid,\xff\n").unwrap_err(), ColumnError::Unreadable);
}

#[test]
fn cells_are_values() {
    let attributes = merged("uid,sn,mail,givenName\n1,\"Li, \"\"nd\"\"\",,  Tom \n");
    assert_eq!(attributes.values("sn"), ["Li, \"nd\""]);
    assert_eq!(attributes.values("givenName"), ["Tom"]);
    assert!(attributes.values("mail").is_empty());
    let names: Vec<&str> = attributes.names().collect();
    assert_eq!(
        names,
        ["givenname", "mail", "sn", "uid"],
        "an empty cell empties, a column that is not there does not"
    );
}

#[test]
fn cells_with_several_values_are_split() {
    let attributes =
        merged("uid,uniqueIdentifier,nhsWorkGroups,nhsJobRole\n1,2,a|b\\|c\\\\|d| |\\,x|y\n");
    assert_eq!(attributes.values("nhsWorkGroups"), ["a", "b|c\\", "d"]);
    assert_eq!(attributes.values("nhsJobRole"), ["x|y"]);
}

#[test]
fn rows_tell_where_they_stand_and_what_they_are_about() {
    let read = changes("uid,personOrgId,o\n1,2,\"a\nb\"\n3,4,c\n");
    let told: Vec<(u64, &str)> =
        read.iter().map(|change| (change.source.line, change.source.about.as_str())).collect();
    assert_eq!(told, [(2, "1/2"), (4, "3/4")]);
}

#[test]
fn a_row_that_can_not_be_read_takes_no_other_with_it() {
    let content = b"uid,sn\n1\n2,a,b\n3,\xff\n4,d\n";
    let read = read("a", content).unwrap().1;
    let wanted: Vec<_> = read.iter().map(|change| change.wanted.as_ref().err().copied()).collect();
    let cells = Some(SyntaxError::Cells);
    assert_eq!(wanted, [cells, cells, Some(SyntaxError::Encoding), None]);
    let lines: Vec<u64> = read.iter().map(|change| change.source.line).collect();
    assert_eq!(lines, [2, 3, 4, 5]);
}
