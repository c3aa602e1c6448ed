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
