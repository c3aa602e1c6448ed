//! Logins of agents that sign the bare challenge.

use super::*;
use crate::{LegacyDigest, LegacyLogin};

pub(super) async fn a_legacy_agent_logs_in_where_configuration_says_so(mut world: World) {
    let card = world.card(AMIRA).await;
    assert_eq!(legacy(&world, &card).await.unwrap_err().code, ErrorCode::LoginRefused);
    let admit = |world: &mut World, digests: &[LegacyDigest], users: Option<&[&str]>| {
        let mut trust = Config::read(world.folder.path()).unwrap().trust;
        let users = users.map(|users| users.iter().map(|user| (*user).to_owned()).collect());
        trust.legacy_login = Some(LegacyLogin { digests: digests.to_vec(), users });
        world.identity.rules.trust = LoginTrust::read(&trust).unwrap();
    };
    for (digests, users) in
        [(&[LegacyDigest::Sha1][..], None), (&[LegacyDigest::Sha2], Some(&[TOM][..]))]
    {
        admit(&mut world, digests, users);
        assert_eq!(legacy(&world, &card).await.unwrap_err().code, ErrorCode::LoginRefused);
    }

    admit(&mut world, &[LegacyDigest::Sha2], Some(&[AMIRA]));
    let response = legacy(&world, &card).await.unwrap();
    assert_eq!((response.cn.as_str(), response.session), ("Okafor Amira Dr", None));
    let ticket = response.sso_ticket;
    // Nobody renews a lease, and the session lasts.
    world.pass(120);
    assert_eq!(world.get_session(&ticket, true).await, Ok(AMIRA.to_owned()));
    world.assertion(&ticket).await.unwrap();
    // No key, so no proof holds, with whatever key it is made.
    let id = world.identity.store.sessions(Some(AMIRA), 1).await.unwrap().remove(0).id;
    let key = SessionKey::new(7);
    let same_ticket = same(&ticket);
    let mut agent = Agent { id: id.clone(), uid: AMIRA.into(), ticket, key, sequence: 0 };
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::ProofInvalid));
    // The same certificate gives the session a key.
    let anew = world.sign_in_again(AMIRA, &card, Some(&id)).await;
    assert_eq!(anew.id, id);

    world.logout(&same_ticket, AMIRA).await.unwrap_err();
    world.logout(&anew.ticket, AMIRA).await.unwrap();
    world.assert_invalid(&anew.ticket).await;
    let log = world.identity.store.audit_after("main", 0, 100).await.unwrap();
    let of_legacy: Vec<&str> = log
        .iter()
        .filter(|entry| entry.event.action == "legacy_login")
        .map(|entry| entry.event.outcome.as_str())
        .collect();
    assert_eq!(of_legacy, ["ok"]);
    assert!(log.iter().any(|entry| entry.event.action == "resume"));
}

async fn legacy(world: &World, card: &Card) -> Result<ValidateResponse, ErrorBody> {
    let mut request = world.request(AMIRA, card, &SessionKey::new(7)).await;
    request.response = card.legacy_answer(&request.challenge);
    world.validate(&request).await
}
