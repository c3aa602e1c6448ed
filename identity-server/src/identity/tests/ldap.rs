//! People of a directory elsewhere.

use super::*;
use crate::directory::{
    LdapDirectory, LdapSettings,
    slapd::{PASSWORD, READER, Slapd},
};

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_a_directory_elsewhere_is_out_when_it_is_asked_again() {
    let folder = testing::copy();
    let password = folder.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let reader = format!(
        "dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
         cn: reader\nuserPassword: {PASSWORD}\n"
    );
    let people = crate::demo::people().unwrap().to_ldif().replace("version: 1\n\n", "");
    let test = "who_leaves_a_directory_elsewhere_is_out_when_it_is_asked_again";
    let Some(mut slapd) = Slapd::start(test, &(people + &reader), None) else { return };
    let settings = LdapSettings {
        bind_dn: Some(READER.into()),
        password_file: Some(password),
        cache_seconds: 0,
        ..LdapSettings::new(slapd.url())
    };
    let file = Database::File(folder.path().join("wardkey.db"));
    let store = Store::open(&file, "main").await.unwrap();
    let mut world = World::new(store.clone(), folder).await;
    let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
    let directory = LdapDirectory::new(&settings, clock).unwrap();
    world.identity().people = People::Ldap(Box::new(directory));
    let (tom, amira) = (world.card(TOM).await, world.card(AMIRA).await);
    let (of_tom, of_amira) = (world.sign_in(TOM, &tom).await, world.sign_in(AMIRA, &amira).await);

    let (then, people) = (world.clock.now(), &world.identity.people);
    let later = |seconds| then.plus(std::time::Duration::from_secs(seconds));
    assert!(!people.may_differ(then, later(299)) && people.may_differ(then, later(300)));
    world.identity.recheck_people().await.unwrap();
    // One that does not answer ends nothing, and lets nobody in.
    slapd.stop();
    world.identity.recheck_people().await.unwrap();
    for (agent, uid) in [(&of_tom, TOM), (&of_amira, AMIRA)] {
        assert_eq!(world.get_session(&agent.ticket, false).await, Ok(uid.into()));
    }
    let request = world.request(TOM, &tom, &SessionKey::new(7)).await;
    let refused = world.identity.validate(&request).await;
    assert!(matches!(refused, Err(Failed::Internal(InternalError::Directory(_)))));

    slapd.resume();
    slapd.change(&format!(
        "dn: uid={TOM},ou=People,o=nhs\nchangetype: modify\nreplace: nhsPersonStatus\n\
         nhsPersonStatus: 0\n-\n"
    ));
    world.identity.recheck_people().await.unwrap();
    world.assert_invalid(&of_tom.ticket).await;
    assert_eq!(world.get_session(&of_amira.ticket, false).await, Ok(AMIRA.into()));
    store.close().await;
}
