use super::{super::dn::Place, *};

fn one(text: &str) -> Result<(Subject, Action), SyntaxError> {
    let changes = read("a.ldif", text.as_bytes());
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.into_iter().next().unwrap().wanted
}

fn put(text: &str) -> Attributes {
    match one(text).unwrap() {
        (Subject::At(Place::Person(uid)), Action::Put(attributes)) if uid == "1" => attributes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lines_are_unfolded_and_comments_left_out() {
    let text = "version: 1\r\n\r\n# people\r\n  of the ward\r\ndn: uid=1,ou=People,o=n\r\n hs\r\n\
                sn: Lind\r\n qvist\r\n# and\r\n  so on\r\ngivenName:Tom\r\n\r\n";
    let attributes = put(text);
    assert_eq!(attributes.values("SN"), ["Lindqvist"]);
    assert_eq!(attributes.values("givenname"), ["Tom"]);
}

#[test]
fn base64_is_read() {
    let attributes = put("dn:: dWlkPTEsb3U9UGVvcGxlLG89bmhz\nsn:: w4XDqQ==\n");
    assert_eq!(attributes.values("sn"), ["Åé"]);
}

#[test]
fn records_stand_between_empty_lines() {
    let text =
        "\n\ndn: uid=1,ou=People,o=nhs\n\n\n\ndn: uid=2,ou=People,o=nhs\n# end\n\n# no more\n";
    let lines: Vec<u64> =
        read("a", text.as_bytes()).iter().map(|change| change.source.line).collect();
    assert_eq!(lines, [3, 7]);
    let about: Vec<String> =
        read("a", text.as_bytes()).into_iter().map(|change| change.source.about).collect();
    assert_eq!(about, ["uid=1,ou=People,o=nhs", "uid=2,ou=People,o=nhs"]);
}

#[test]
fn kinds_of_change() {
    let of =
        |rest: &str| one(&format!("dn: uid=1,ou=People,o=nhs\n{rest}")).map(|(_, action)| action);
    assert!(matches!(of("changetype: add\nsn: A\n"), Ok(Action::Add(_))));
    assert_eq!(of("changetype: delete\n"), Ok(Action::Delete));
    let modify = "changetype: modify\nadd: nhsGMC\nnhsGMC: C1\n-\ndelete: mail\n-\ndelete: o\no: A\n\
                  o: B\n-\nreplace: sn\nsn:: QQ==\n-\n";
    let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let expected = vec![
        Modification::Add("nhsGMC".into(), texts(&["C1"])),
        Modification::Delete("mail".into(), Vec::new()),
        Modification::Delete("o".into(), texts(&["A", "B"])),
        Modification::Replace("sn".into(), texts(&["A"])),
    ];
    assert_eq!(of(modify), Ok(Action::Modify(expected)));
    for other in ["modrdn", "moddn", "increment", ""] {
        assert_eq!(of(&format!("changetype: {other}\n")), Err(SyntaxError::ChangeType), "{other}");
    }
    assert_eq!(of("changetype: delete\nsn: A\n"), Err(SyntaxError::Line));
    let wrong =
        ["increment: a\na: 1\n-\n", "add: a\nb: 1\n-\n", "add: \u{1b}[2J\n-\n", "add:\n-\n"];
    for wrong in wrong {
        let refused = of(&format!("changetype: modify\n{wrong}"));
        assert_eq!(refused, Err(SyntaxError::Modification), "{wrong}");
    }
}

#[test]
fn what_is_not_ldif_is_refused() {
    let of = |rest: &str| one(&format!("dn: uid=1,ou=People,o=nhs\n{rest}")).unwrap_err();
    assert_eq!(of("sn:< file:///etc/passwd\n"), SyntaxError::Url);
    assert_eq!(of("sn:: not base64\n"), SyntaxError::Base64);
    assert_eq!(of("sn:: gA==\n"), SyntaxError::Encoding);
    assert_eq!(of("sn\n"), SyntaxError::Line);
    assert_eq!(of(": a\n"), SyntaxError::Line);
    assert_eq!(of("s n: a\n"), SyntaxError::Line);
    assert_eq!(
        of("control: 1.2.840.113556.1.4.805 true\nchangetype: delete\n"),
        SyntaxError::Control
    );
    assert_eq!(one("sn: A\n").unwrap_err(), SyntaxError::Dn);
    assert_eq!(one("dn: somebody\n").unwrap_err(), SyntaxError::Dn);
    assert_eq!(one("dn: cn=1,o=nhs\n").unwrap_err(), SyntaxError::Place);
    let not_utf8 = read("a", b"dn: uid=1,ou=People,o=nhs\nsn: \xff\n");
    assert_eq!(not_utf8[0].wanted, Err(SyntaxError::Encoding));
}

#[test]
fn sizes_are_bounded() {
    let dn = "dn: uid=1,ou=People,o=nhs\n";
    let of =
        |length: usize| one(&format!("{dn}sn: {}\n {}\n", "a".repeat(length), "b".repeat(100)));
    let most = line::MAX_LENGTH - "sn: ".len() - 100;
    assert!(of(most).is_ok());
    assert_eq!(of(most + 1).unwrap_err(), SyntaxError::LineTooLong);
    assert!(one(&format!("{dn}{}", "o: a\n".repeat(MAX_LINES))).is_ok());
    let many = one(&format!("{dn}{}", "o: a\n".repeat(MAX_LINES + 1)));
    assert_eq!(many.unwrap_err(), SyntaxError::TooManyLines);
    // A record that is too large takes no other with it.
    let text = format!("{dn}sn: {}\n\n{dn}sn: A\n", "a".repeat(line::MAX_LENGTH));
    let read: Vec<bool> = read("a", text.as_bytes()).iter().map(|c| c.wanted.is_ok()).collect();
    assert_eq!(read, [false, true]);
}

#[test]
fn long_and_unsafe_values_are_written_so_that_they_are_read_back() {
    let directory = super::super::testing::demo();
    let text = write(&directory);
    assert!(text.is_ascii());
    assert!(text.lines().all(|line| line.len() <= 76), "{text}");
    assert!(text.starts_with("version: 1\n\ndn: o=nhs\n"));
    for line in [
        "dn: uid=555000000101,ou=People,o=nhs",
        "objectClass: nhsPerson",
        "cn: Okafor Amira Dr",
        "nhsPersonStatus: 1",
        "nhsJobRoleCode: S8000:G8000:R8001",
        "nhsBusinessFunctionsCodes: B0420",
        "wardkeyAssociatedOrganisation: Z99H2$HARBOUR LANE HOSPITAL",
        "dn: uniqueIdentifier=555800000101,uid=555000000101,ou=People,o=nhs",
    ] {
        assert!(text.lines().any(|written| written == line), "{line}\n{text}");
    }
}
