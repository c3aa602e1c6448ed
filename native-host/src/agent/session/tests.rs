use super::*;

fn session(id: &str, certificate: u8, now: Instant) -> Arc<Session> {
    let credentials = Credentials {
        prover: SessionProver::generate().unwrap(),
        parent: Zeroizing::new("ticket".to_owned()),
    };
    let opened = Opened {
        server: "https://id.example".into(),
        card: CardOfSession {
            reader: "reader".into(),
            serial: "serial".into(),
            certificate: [certificate; 32],
            holder: None,
        },
        uid: format!("user {certificate}"),
        name: "Name".into(),
        roles: Vec::new(),
        credentials,
        lifetime: Duration::from_secs(600),
        lease_seconds: 30,
    };
    Arc::new(Session::new(id.into(), opened, now))
}

const GRACE: Duration = Duration::from_secs(5);

#[test]
fn a_card_counts_as_taken_out_when_its_grace_is_over_and_not_before() {
    let now = Instant::now();
    let session = session("a", 1, now);
    let absence = session.card_left(now, GRACE);
    assert!(!session.is_overdue(absence, now + GRACE - Duration::from_millis(1)));
    assert!(session.is_overdue(absence, now + GRACE));
    assert!(session.card_is_in("another reader"));
    assert_eq!(session.reader(), "another reader");
    assert!(!session.is_overdue(absence, now + 2 * GRACE), "it was put back in time");

    // Out again: the time of before does not count.
    let later = now + 2 * GRACE;
    let again = session.card_left(later, GRACE);
    assert!(!session.is_overdue(absence, later + GRACE));
    assert!(session.is_overdue(again, later + GRACE));
    assert!(session.hold(SessionState::Locked));
    assert!(!session.is_overdue(again, later + GRACE), "that was done");
    assert!(!session.card_is_in("reader"), "a card that is put in resumes nothing by itself");
    assert!(!session.is_active());
}

#[test]
fn only_the_monotonic_clock_ends_a_session() {
    let now = Instant::now();
    let session = session("a", 1, now);
    // Nothing of a session knows the computer's clock, which may say anything.
    assert!(!session.is_over(now + Duration::from_secs(599)));
    assert!(session.is_over(now + Duration::from_secs(600)));
    assert_eq!(session.time_left(now + Duration::from_secs(599)), Duration::from_secs(1));
    assert_eq!(session.time_left(now + Duration::from_secs(700)), Duration::ZERO);
    assert!(session.hold(SessionState::Suspended));
    session.resume("reader");
    assert!(session.is_over(now + Duration::from_secs(600)), "a resume gives no more time");
}

#[test]
fn a_session_that_waits_has_no_tickets_and_locked_may_become_suspended_but_not_back() {
    let now = Instant::now();
    let session = session("a", 1, now);
    let origin = Origin::parse("https://app.example").unwrap();
    session.keep_ticket(origin.clone(), "t".into(), now + GRACE);
    assert!(session.hold(SessionState::Locked));
    assert!(session.ticket(&origin, now).is_none());
    assert!(!session.hold(SessionState::Locked), "it is already");
    assert!(session.hold(SessionState::Suspended));
    assert!(!session.hold(SessionState::Locked));
    session.keep_ticket(origin.clone(), "late".into(), now + GRACE);
    session.resume("reader");
    assert!(session.ticket(&origin, now).is_none(), "an answer that came late is of no use");
}

#[test]
fn one_session_of_a_server_is_active_and_each_card_has_its_own() {
    let now = Instant::now();
    let sessions = Sessions::default();
    let (first, second) = (session("a", 1, now), session("b", 2, now));
    let id = |session: Option<Arc<Session>>| session.map(|session| session.id().to_owned());
    assert!(sessions.put(&first).is_empty());
    let displaced = sessions.put(&second);
    assert_eq!(displaced.len(), 1);
    assert!(Arc::ptr_eq(&displaced[0], &first));
    assert_eq!(id(sessions.at("https://id.example")), Some("b".into()), "the newest");
    first.hold(SessionState::Suspended);
    assert_eq!(id(sessions.waiting("https://id.example", &[1; 32])), Some("a".into()));
    assert_eq!(id(sessions.waiting("https://id.example", &[2; 32])), None, "that one is active");
    assert_eq!(id(sessions.waiting("https://other.example", &[1; 32])), None);

    // The first is back: the second is in its way, and the first is there once.
    second.hold(SessionState::Suspended);
    first.resume("reader");
    assert!(sessions.put(&first).is_empty());
    assert_eq!(sessions.every().len(), 2);
    assert_eq!(id(sessions.at("https://id.example")), Some("a".into()));
    // Another of the same card, while the first waits, takes its place.
    first.hold(SessionState::Locked);
    let anew = sessions.put(&session("c", 1, now));
    assert!(Arc::ptr_eq(&anew[0], &first));
}
