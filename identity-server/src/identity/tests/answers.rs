//! Answers to applications, and the log.

use super::*;

pub(super) async fn applications_are_answered(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    world.pass(10);
    let get = Operation::GetSession { ticket: same(&agent.ticket), reset: false };
    let Outcome::Session(session) = world.service(get).await else { panic!("no session") };
    assert_eq!((session.max_minutes, session.max_idle_minutes), (600, 60));
    assert_eq!((session.idle_seconds, session.left_seconds), (10, 600 * 60 - 10));
    assert_eq!(session.client_id, "uid=555000000101,ou=People,o=nhs");
    let destroy =
        Operation::DestroySession { ticket: same(&agent.ticket), target: same(&agent.ticket) };
    assert!(matches!(world.service(destroy).await, Outcome::Destroyed));
    let logout = |ticket| Operation::Logout { ticket };
    assert!(matches!(
        world.service(logout(same(&agent.ticket))).await,
        Outcome::Exception { operation, message }
            if operation == "Logout" && message == "no valid session"
    ));
    let agent = world.sign_in(AMIRA, &card).await;
    assert!(matches!(world.service(logout(same(&agent.ticket))).await, Outcome::LoggedOut));
    let unknown = Ticket::generate(&[1; Ticket::RANDOM_LENGTH]);
    world.assert_invalid(&unknown).await;
}

pub(super) async fn assertions_say_whether_they_are_for_training(mut world: World) {
    use wardkey_spine::assertion::{Mode, read_unsigned};
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    for (training, mode) in [(false, Mode::Live), (true, Mode::Training)] {
        world.rules().training = training;
        let response = world.assertion(&agent.ticket).await.unwrap();
        let assertion = read_unsigned(response.as_bytes()).unwrap();
        assert_eq!(assertion.person.mode, Some(mode));
    }
}

pub(super) async fn the_log_tells_all_and_holds_no_secret(world: World) {
    let card = world.card(AMIRA).await;
    assert_eq!(world.refused(TOM, &card).await, ErrorCode::LoginRefused);
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    world.assertion(&child).await.unwrap();
    world.prove(&mut agent, "lock", None).await.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let _ = world.prove(&mut agent, "ticket", Some(APP)).await;
    world.logout(&agent.ticket, AMIRA).await.unwrap();

    let log = world.identity.store.audit_after("main", 0, 100).await.unwrap();
    AuditEntry::verify(None, &log).unwrap();
    let seeded = log.iter().filter(|entry| entry.event.action.starts_with("directory_put")).count();
    assert_eq!(seeded, 5);
    let log = &log[seeded..];
    let told: Vec<(&str, &str)> = log
        .iter()
        .map(|entry| (entry.event.action.as_str(), entry.event.outcome.as_str()))
        .collect();
    let expected = [
        ("login", "login_refused"),
        ("login", "ok"),
        ("ticket", "ok"),
        ("assertion", "ok"),
        ("lock", "ok"),
        ("ticket", "session_locked"),
        ("logout", "ok"),
    ];
    assert_eq!(told, expected);
    let fingerprint = Some(card.certificate.sha256_hex());
    assert!(log[..2].iter().all(|entry| entry.event.certificate == fingerprint));
    assert_eq!(log[2].event.relying_party.as_deref(), Some(APP));
    let text = format!("{log:?}");
    assert!(!text.contains(agent.ticket.expose()) && !text.contains(child.expose()));
}

pub(super) async fn a_log_that_is_not_the_one_that_was_signed_is_signed_no_more(world: World) {
    use crate::audit::{AuditHead, HEAD_FILE};
    let identity = &world.identity;
    let file = world.folder.path().join(HEAD_FILE);
    let checkpoints = async || identity.store.audit_checkpoints("main").await.unwrap().len();
    let log = async || identity.audit(AuditEvent::default()).await.unwrap();
    identity.checkpoint().await.unwrap();
    let signed = AuditHead::read(&file).unwrap().unwrap();
    assert_eq!(signed, AuditHead::at(&identity.store.audit_head().await.unwrap().unwrap()));
    log().await;
    identity.checkpoint().await.unwrap();
    assert_eq!(checkpoints().await, 2);
    let signed = AuditHead::read(&file).unwrap().unwrap();
    log().await;
    for other in [
        AuditHead { hash: "00".repeat(32), ..signed.clone() },
        AuditHead { number: signed.number + 100, ..signed.clone() },
        AuditHead { chain: "lost".into(), ..signed.clone() },
    ] {
        other.keep(&file).unwrap();
        let refused = identity.checkpoint().await.unwrap_err();
        assert!(matches!(refused, InternalError::AuditLost(number) if number == other.number));
        assert_eq!(checkpoints().await, 2, "another log was signed");
    }
    std::fs::write(&file, "{").unwrap();
    assert!(matches!(identity.checkpoint().await, Err(InternalError::AuditHead(_))));
    std::fs::remove_file(&file).unwrap();
    identity.checkpoint().await.unwrap();
    assert_eq!(checkpoints().await, 3);
}
