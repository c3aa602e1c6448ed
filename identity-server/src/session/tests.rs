use super::*;

const START: Timestamp = Timestamp::from_millis(1_000_000);

fn session() -> Session {
    Session {
        id: "s".into(),
        revision: 0,
        state: State::Active,
        uid: "555000000101".into(),
        authenticator: Authenticator::Card,
        credential: [1; 32],
        role: None,
        session_key: vec![],
        last_sequence: 0,
        created: START,
        authenticated: START,
        last_activity: START,
        max_expires: START.plus(Duration::from_secs(1000)),
        idle: Duration::from_secs(100),
        lease_expires: START.plus(Duration::from_secs(30)),
    }
}

fn after(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

#[test]
fn a_lapsed_lease_suspends_and_idleness_and_age_end() {
    let mut session = session();
    assert_eq!(session.state_at(after(29)), State::Active);
    assert_eq!(session.state_at(after(30)), State::Suspended);
    session.lease_expires = after(5000);
    assert_eq!(session.state_at(after(99)), State::Active);
    assert_eq!(session.state_at(after(100)), State::Ended);
    session.last_activity = after(990);
    assert_eq!(session.state_at(after(999)), State::Active);
    assert_eq!(session.state_at(after(1000)), State::Ended);
}

#[test]
fn locked_stays_locked_when_the_lease_lapses_and_ended_is_final() {
    let mut session = session();
    session.state = State::Locked;
    assert_eq!(session.state_at(after(31)), State::Locked);
    assert_eq!(session.state_at(after(100)), State::Ended);
    session.settle(after(100));
    assert_eq!(session.state_at(START), State::Ended);
}

#[test]
fn sequence_numbers_only_rise() {
    let mut session = session();
    assert!(!session.accept_sequence(0));
    assert!(session.accept_sequence(1));
    assert!(!session.accept_sequence(1));
    assert!(!session.accept_sequence(u64::MAX));
    assert!(session.accept_sequence(7));
}
