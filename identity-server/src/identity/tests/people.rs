//! The directory in the database: changed under a server that runs.

use super::*;
use crate::{
    administration::AdministrationError,
    directory::{Format, Import, Mode, SourceFile},
};

pub(super) async fn who_leaves_the_directory_is_out_at_once(world: World) {
    let (tom, amira) = (world.card(TOM).await, world.card(AMIRA).await);
    let of_tom = world.sign_in(TOM, &tom).await;
    let of_amira = world.sign_in(AMIRA, &amira).await;
    // Another process over the same database, as the command is.
    let other = KeptDirectory::open(world.identity.store.clone()).await.unwrap();
    let ldif = "dn: uid=555000000102,ou=People,o=nhs\nchangetype: modify\n\
                replace: nhsPersonStatus\nnhsPersonStatus: 0\n\n";
    assert_eq!(import(&other, ldif, true).await.edits.len(), 1);
    world.identity.refresh_people().await.unwrap();
    assert_eq!(world.get_session(&of_tom.ticket, false).await, Ok(TOM.to_owned()));

    assert_eq!(import(&other, ldif, false).await.edits.len(), 1);
    world.identity.refresh_people().await.unwrap();
    world.assert_invalid(&of_tom.ticket).await;
    assert_eq!(world.get_session(&of_amira.ticket, false).await, Ok(AMIRA.to_owned()));
    assert_eq!(world.refused(TOM, &tom).await, ErrorCode::LoginRefused);

    import(&other, "dn: uid=555000000101,ou=People,o=nhs\nchangetype: delete\n\n", false).await;
    world.identity.refresh_people().await.unwrap();
    world.assert_invalid(&of_amira.ticket).await;
    assert_eq!(world.refused(AMIRA, &amira).await, ErrorCode::UserUnknown);

    let log = world.identity.store.audit_after("main", 5, 100).await.unwrap();
    let told: Vec<(&str, &str)> = log
        .iter()
        .map(|entry| (entry.event.action.as_str(), entry.event.uid.as_deref().unwrap_or_default()))
        .filter(|(action, _)| *action != "login")
        .collect();
    let expected = [
        ("directory_put_person", TOM),
        ("destroy", TOM),
        ("directory_delete_person", AMIRA),
        ("destroy", AMIRA),
    ];
    assert_eq!(told, expected);
}

/// A user id that somebody gets again: no card and no passkey of before signs in.
pub(super) async fn who_comes_back_has_nothing_of_before(world: World) {
    use crate::store::StoredPasskey;
    let card = world.card(AMIRA).await;
    let (identity, store) = (&world.identity, &world.identity.store);
    let passkey = |octet, uid: &str| StoredPasskey {
        id: [octet; 32],
        uid: uid.to_owned(),
        name: "Telephone".to_owned(),
        document: "{}".to_owned(),
        registered: testing::NOW,
        last_used: None,
    };
    let mut unit = store.begin().await.unwrap();
    for passkey in [passkey(1, AMIRA), passkey(2, AMIRA), passkey(3, TOM)] {
        assert!(unit.put_passkey(&passkey).await.unwrap());
    }
    unit.commit().await.unwrap();
    let toms = world.card(TOM).await;
    let ldif = identity.kept().unwrap().current().user(AMIRA).unwrap().to_ldif();
    identity.delete_person(AMIRA).await.unwrap();
    assert_eq!(store.certificates(AMIRA).await.unwrap(), [] as [[u8; 32]; 0]);
    assert_eq!(store.passkeys(AMIRA).await.unwrap(), []);
    assert_eq!(store.passkeys(TOM).await.unwrap(), [passkey(3, TOM)]);
    world.sign_in(TOM, &toms).await;

    import(identity.kept().unwrap(), &ldif, false).await;
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::LoginRefused);
    world.register(AMIRA, &card).await;
    world.sign_in(AMIRA, &card).await;
    // One who is changed keeps them.
    let promoted = ldif.replace("personalTitle: Dr", "personalTitle: Prof");
    assert_eq!(identity.put_person(AMIRA, &promoted).await.unwrap().refused, []);
    world.sign_in(AMIRA, &card).await;
}

pub(super) async fn a_role_that_is_closed_ends_its_sessions(world: World) {
    // Shortly before midnight.
    world.pass(159 * 60);
    let card = world.card(TOM).await;
    let mut sessions = Vec::new();
    for role in [Some(TOMS_ROLES[0]), Some(TOMS_ROLES[1]), None] {
        let agent = world.sign_in(TOM, &card).await;
        if let Some(role) = role {
            world.select_role(&agent.ticket, role).await.unwrap();
        }
        sessions.push(agent);
    }
    let valid = async || {
        let mut valid = Vec::new();
        for agent in &sessions {
            valid.push(world.get_session(&agent.ticket, false).await.is_ok());
        }
        valid
    };
    let other = KeptDirectory::open(world.identity.store.clone()).await.unwrap();
    // With its organisation.
    let closed = "dn: uniqueIdentifier=Z99H2,ou=Organisations,o=nhs\nchangetype: modify\n\
                  add: nhsOrgCloseDate\nnhsOrgCloseDate: 20200101\n\n";
    import(&other, closed, false).await;
    world.identity.refresh_people().await.unwrap();
    assert_eq!(valid().await, [true, false, true]);
    // Of itself, on a day that comes.
    let dn = "dn: uniqueIdentifier=555900000102,uniqueIdentifier=555800000102,\
              uid=555000000102,ou=People,o=nhs";
    let (then, soon) = (world.clock.now(), std::time::Duration::from_secs(120));
    let tomorrow = crate::directory::Date::of(then.plus(soon)).to_string();
    let closes = format!(
        "{dn}\nchangetype: modify\nadd: wardkeyRoleCloseDate\nwardkeyRoleCloseDate: {tomorrow}\n\n"
    );
    import(&other, &closes, false).await;
    world.identity.refresh_people().await.unwrap();
    assert_eq!(valid().await, [true, false, true]);
    assert!(world.identity.people.may_differ(then, then.plus(soon)));
    assert!(!world.identity.people.may_differ(then, then));
    world.pass(soon.as_secs());
    world.identity.recheck_people().await.unwrap();
    for agent in &sessions {
        let stored = world.identity.store.session(&agent.id).await.unwrap().unwrap();
        assert_eq!(stored.state, State::Ended);
    }
}

pub(super) async fn two_who_change_the_directory_lose_nothing(world: World) {
    let store = &world.identity.store;
    let one = KeptDirectory::open(store.clone()).await.unwrap();
    let two = KeptDirectory::open(store.clone()).await.unwrap();
    let title = |uid: &str, title: &str| {
        format!(
            "dn: uid={uid},ou=People,o=nhs\nchangetype: modify\n\
             replace: personalTitle\npersonalTitle: {title}\n\n"
        )
    };
    import(&one, &title(AMIRA, "Prof"), false).await;
    // It does not know yet what the other did.
    import(&two, &title(TOM, "Dr"), false).await;
    one.refresh().await.unwrap();
    assert_eq!(one.current(), two.current());
    let current = one.current();
    let titles = [AMIRA, TOM].map(|uid| current.user(uid).unwrap().title.as_str());
    assert_eq!(titles, ["Prof", "Dr"]);
    assert!(!one.seed(&Directory::default(), testing::NOW).await.unwrap());
    assert!(!one.seed(&current, testing::NOW).await.unwrap());
}

pub(super) async fn the_entries_of_one_person_are_saved_and_no_others(world: World) {
    let identity = &world.identity;
    let kept = || identity.kept().unwrap().current();
    let ldif = kept().user(TOM).unwrap().to_ldif();
    let put = async |uid: &str, ldif: &str| identity.put_person(uid, ldif).await;
    assert_eq!(put(TOM, &ldif).await.unwrap().refused, []);
    // What is left out goes: a role, and with it one entry.
    let role = ldif.find("dn: uniqueIdentifier=555900000104").unwrap();
    let report = put(TOM, &ldif[..role]).await.unwrap();
    assert_eq!((report.refused, kept().user(TOM).unwrap().roles.len()), (Vec::new(), 2));

    let others = format!("{ldif}\ndn: uid={AMIRA},ou=People,o=nhs\nchangetype: delete\n");
    let elsewhere = AdministrationError::Import("the entries are not all of this person".into());
    assert_eq!(put(TOM, &others).await.unwrap_err().to_string(), elsewhere.to_string());
    assert!(put(TOM, &kept().user(AMIRA).unwrap().to_ldif()).await.is_err());
    assert!(put(TOM, "").await.is_err(), "a person without entries");
    assert!(!put(TOM, &ldif.replace("sn: ", "xx: ")).await.unwrap().refused.is_empty());
    // An id with a second line would delete somebody else.
    let two = format!("{TOM},ou=People,o=nhs\nchangetype: delete\n\ndn: uid={AMIRA}");
    let unknown = put(&two, &ldif).await;
    assert!(matches!(unknown, Err(AdministrationError::Unknown(_))), "{unknown:?}");
    assert!(identity.delete_person(&two).await.is_err());
    assert_eq!(kept().user(TOM).unwrap().roles.len(), 2, "a refusal changed something");

    let card = world.card(TOM).await;
    let agent = world.sign_in(TOM, &card).await;
    identity.delete_person(TOM).await.unwrap();
    world.assert_invalid(&agent.ticket).await;
    assert!(matches!(identity.delete_person(TOM).await, Err(AdministrationError::Unknown(_))));
    assert!(kept().user(AMIRA).is_some());
}

async fn import(kept: &KeptDirectory, ldif: &str, dry_run: bool) -> Import {
    let file = SourceFile { name: "changes.ldif", content: ldif.as_bytes() };
    let changes = Format::Ldif.read(&[file]).unwrap();
    let import = kept.import(&changes, Mode::Merge, dry_run, testing::NOW).await.unwrap();
    assert_eq!(import.report.refused, []);
    import
}
