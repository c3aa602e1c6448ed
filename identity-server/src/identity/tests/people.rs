//! The directory in the database: changed under a server that runs.

use super::*;
use crate::directory::{Format, Import, Mode, SourceFile};

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

async fn import(kept: &KeptDirectory, ldif: &str, dry_run: bool) -> Import {
    let file = SourceFile { name: "changes.ldif", content: ldif.as_bytes() };
    let changes = Format::Ldif.read(&[file]).unwrap();
    let import = kept.import(&changes, Mode::Merge, dry_run, testing::NOW).await.unwrap();
    assert_eq!(import.report.refused, []);
    import
}
