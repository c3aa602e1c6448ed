//! Proofs of agents, and tickets.

use super::*;

pub(super) async fn a_proof_works_once_whoever_sends_it(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let proof = |seq| {
        let claims = claims(SERVER, seq, "ticket", Some(APP));
        agent.key.prove(&proof_header(&agent.id), &claims)
    };
    let (identity, five) = (&world.identity, proof(5));
    let (one, two) = tokio::join!(identity.session(&five), identity.session(&five));
    let granted = [one, two].into_iter().filter(Result::is_ok).count();
    assert_eq!(granted, 1);
    for seq in [5, 4, 0, u64::MAX] {
        let again = refusal_only(identity.session(&proof(seq)).await);
        assert_eq!(again.err(), Some(Refusal::ProofInvalid), "{seq}");
    }
    assert!(identity.session(&proof(6)).await.is_ok());
}

pub(super) async fn a_proof_of_another_key_server_or_form_is_refused(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let (header, right) = (proof_header(&agent.id), claims(SERVER, 1, "lease", None));
    let invalid = async |proof: &str| {
        let refused = refusal_only(world.identity.session(proof).await);
        assert_eq!(refused.err(), Some(Refusal::ProofInvalid), "{proof}");
    };
    invalid(&SessionKey::new(9).prove(&header, &right)).await;
    invalid(&agent.key.prove(&proof_header("0123456789abcdef"), &right)).await;
    invalid(&agent.key.prove(&header, &claims("https://evil.example", 1, "lease", None))).await;
    invalid(&agent.key.prove(&header, &claims(SERVER, 1, "destroy", None))).await;
    invalid(&agent.key.prove(&header, &claims(SERVER, 1, "lease", Some(APP)))).await;
    invalid(&agent.key.prove(&header, &claims(SERVER, 1, "ticket", None))).await;
    invalid(&agent.key.prove(&header, &right.replace('}', r#","more":1}"#))).await;
    invalid(&agent.key.prove(&header.replace("wardkey-session+jwt", "JWT"), &right)).await;
    invalid(&agent.key.prove(&header.replace("ES256", "none"), &right)).await;
    invalid(&agent.key.prove(&header.replace("ES256", "HS256"), &right)).await;
    invalid("").await;
    invalid("a.b.c").await;
    let proof = agent.key.prove(&header, &right);
    assert!(world.identity.session(&proof).await.is_ok(), "none of them used the number up");
}

pub(super) async fn a_ticket_needs_a_role_and_a_known_relying_party(world: World) {
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    let refused = world.prove(&mut agent, "ticket", Some(APP)).await;
    assert_eq!(refused.err(), Some(Refusal::RoleRequired));
    assert_eq!(world.assertion(&agent.ticket).await, Err(TicketRefusal::RoleRequired));
    let unknown = world.select_role(&agent.ticket, "555900000101").await;
    assert_eq!(unknown, Err(TicketRefusal::RoleUnknown), "a role of somebody else");
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    world.child(&mut agent).await;
    for origin in ["https://other.example", "http://localhost:8301", "null", "HTTP://LOCALHOST"] {
        let refused = world.prove(&mut agent, "ticket", Some(origin)).await;
        assert_eq!(refused.err(), Some(Refusal::RelyingPartyUnknown), "{origin}");
    }
}

pub(super) async fn a_child_ticket_is_bound_and_rules_nothing(world: World) {
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    let child = world.child(&mut agent).await;
    let not_permitted = Err(TicketRefusal::NotPermitted);
    assert_eq!(world.select_role(&child, TOMS_ROLES[1]).await, not_permitted);
    assert_eq!(world.logout(&child, TOM).await, not_permitted);
    for operation in [
        Operation::Logout { ticket: same(&child) },
        Operation::DestroySession { ticket: same(&child), target: same(&agent.ticket) },
        Operation::DestroySession { ticket: same(&child), target: same(&child) },
    ] {
        let Outcome::Exception { message, .. } = world.service(operation).await else {
            panic!("a child ended its parent");
        };
        assert_eq!(message, "not permitted with this ticket");
    }
    assert_eq!(world.get_session(&child, true).await, Ok(TOM.into()));

    let own = world.assertion(&agent.ticket).await.unwrap();
    assert!(own.contains(agent.ticket.expose()) && !own.contains("saml:Audience"));
    let childs = world.assertion(&child).await.unwrap();
    assert!(childs.contains(&format!("<saml:Audience>{APP}</saml:Audience>")));
    assert!(!childs.contains("SubjectConfirmationData"));
}

pub(super) async fn another_role_takes_the_tickets_of_the_former(world: World) {
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    let first = world.child(&mut agent).await;
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    world.get_session(&first, false).await.unwrap();
    world.select_role(&agent.ticket, TOMS_ROLES[1]).await.unwrap();
    world.assert_invalid(&first).await;
    let second = world.child(&mut agent).await;
    let response = world.assertion(&second).await.unwrap();
    let assertion = wardkey_spine::assertion::read_unsigned(response.as_bytes()).unwrap();
    assert_eq!(assertion.person.session_role, TOMS_ROLES[1]);
    assert_eq!(assertion.session_role().unwrap().organisation, "HARBOUR LANE HOSPITAL");
}

pub(super) async fn another_role_needs_the_card_where_policy_says_so(mut world: World) {
    world.rules().times.role_change_needs_card = true;
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    for _ in 0..6 {
        world.pass(25);
        world.lease(&mut agent).await.unwrap();
    }
    // The first role is a choice, not a change, however late.
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    let child = world.child(&mut agent).await;
    let changed = world.select_role(&agent.ticket, TOMS_ROLES[1]).await;
    assert_eq!(changed, Err(TicketRefusal::RoleFixed));
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    assert_eq!(world.get_session(&child, false).await, Ok(TOM.into()));
    let again = world.sign_in_again(TOM, &card, Some(&agent.id)).await;
    assert_eq!(again.id, agent.id);
    world.select_role(&again.ticket, TOMS_ROLES[1]).await.unwrap();
    world.assert_invalid(&child).await;
}

pub(super) async fn sessions_of_one_user_and_of_others_do_not_meet(world: World) {
    let card = world.card(AMIRA).await;
    let (one, two) = (world.sign_in(AMIRA, &card).await, world.sign_in(AMIRA, &card).await);
    assert_ne!(one.id, two.id);
    assert_eq!(world.logout(&one.ticket, TOM).await, Err(TicketRefusal::NoSession));
    let stranger =
        Operation::DestroySession { ticket: same(&one.ticket), target: same(&two.ticket) };
    assert!(matches!(world.service(stranger).await, Outcome::Exception { .. }));
    world.logout(&one.ticket, AMIRA).await.unwrap();
    assert_eq!(world.get_session(&two.ticket, false).await, Ok(AMIRA.into()));
}

pub(super) async fn ending_is_final_and_may_be_repeated(world: World) {
    let card = world.card(AMIRA).await;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for _ in 0..2 {
        match world.prove(&mut agent, "end", None).await {
            Ok(Granted::State(changed)) => assert_eq!(changed.state, SessionState::Ended),
            _ => panic!("not ended"),
        }
    }
    world.assert_invalid(&child).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionEnded));
    assert_eq!(world.logout(&agent.ticket, AMIRA).await, Err(TicketRefusal::NoSession));
    let again = world.sign_in_again(AMIRA, &card, Some(&agent.id)).await;
    assert_ne!(again.id, agent.id);

    // A locked session can be ended by its own ticket, though that validates nothing.
    let mut agent = again;
    agent.key = SessionKey::new(8);
    world.prove(&mut agent, "lock", None).await.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    world.logout(&agent.ticket, AMIRA).await.unwrap();
}
