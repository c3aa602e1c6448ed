use base64ct::{Base64, Encoding as _};

use super::{
    super::{
        Directory, User, attribute as name,
        dn::Place,
        sds::{self, Lines},
    },
    BASE,
};

/// A directory as LDIF, each entry after the one above it, and lines folded at 76 bytes.
pub(in super::super) fn write(directory: &Directory) -> String {
    let mut text = String::from("version: 1\n\n");
    for (dn, classes, lines) in folders() {
        entry(&mut text, &dn, classes, &lines);
    }
    for organisation in directory.organisations() {
        let place = Place::Organisation(organisation.code.to_string());
        let mut lines = vec![(name::ID, organisation.code.to_string())];
        lines.extend(sds::organisation_lines(organisation));
        entry(&mut text, &place.name(BASE), &["nhsOrg"], &lines);
    }
    directory.users().for_each(|user| person(&mut text, user));
    text
}

/// One person's entries.
pub(in super::super) fn write_person(user: &User) -> String {
    let mut text = String::new();
    person(&mut text, user);
    text
}

fn person(text: &mut String, user: &User) {
    let uid = user.uid.clone();
    let mut lines = sds::person_lines(user);
    lines.push((name::COMMON_NAME, user.common_name()));
    entry(text, &Place::Person(uid).name(BASE), &["nhsPerson"], &lines);
    for membership in &user.memberships {
        let place = Place::BelowPerson { uid: user.uid.clone(), id: membership.id.clone() };
        entry(text, &place.name(BASE), &["nhsOrgPerson"], &sds::membership_lines(membership));
    }
    for role in &user.roles {
        let (uid, id) = (user.uid.clone(), role.id.clone());
        let place = match role.membership.clone() {
            Some(membership) => Place::BelowMembership { uid, membership, id },
            None => Place::BelowPerson { uid, id },
        };
        let mut lines = sds::role_lines(role);
        lines.retain(|(name, _)| *name != name::PERSON_ORG_ID);
        entry(text, &place.name(BASE), &["nhsOrgPersonRole"], &lines);
    }
}

/// What people and organisations hang from.
fn folders() -> [(String, &'static [&'static str], Lines); 3] {
    let folder = |unit: &str| {
        (format!("ou={unit},{BASE}"), &["organizationalUnit"][..], vec![("ou", unit.to_owned())])
    };
    let root = (BASE.to_owned(), &["organization"][..], vec![(name::ORGANISATION, "nhs".into())]);
    [root, folder("Organisations"), folder("People")]
}

fn entry(text: &mut String, dn: &str, classes: &[&str], lines: &Lines) {
    line(text, "dn", dn);
    for class in classes {
        line(text, name::OBJECT_CLASS, class);
    }
    for (name, value) in lines {
        line(text, name, value);
    }
    text.push('\n');
}

fn line(text: &mut String, name: &str, value: &str) {
    let line = if is_safe(value) {
        format!("{name}: {value}")
    } else {
        format!("{name}:: {}", Base64::encode_string(value.as_bytes()))
    };
    // ASCII, so that a line may be cut anywhere.
    let mut width = WIDTH;
    let mut rest = line.as_str();
    while let Some((first, more)) =
        rest.split_at_checked(width).filter(|(_, more)| !more.is_empty())
    {
        text.push_str(first);
        text.push_str("\n ");
        (rest, width) = (more, WIDTH - 1);
    }
    text.push_str(rest);
    text.push('\n');
}

/// SAFE-STRING of RFC 2849, with no space at the end.
fn is_safe(value: &str) -> bool {
    let beginning = |b: u8| !matches!(b, b' ' | b':' | b'<');
    value.bytes().next().is_none_or(beginning)
        && !value.ends_with(' ')
        && value.bytes().all(|b| b.is_ascii() && !matches!(b, 0 | b'\n' | b'\r'))
}

const WIDTH: usize = 76;
