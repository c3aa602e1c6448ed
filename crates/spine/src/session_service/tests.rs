use proptest::prelude::*;

use super::{
    MAX_REQUESTS, NotificationKind, Operation, Outcome, Session, SessionNotification,
    SessionRequest, SessionResponse, SessionServiceError, SessionState,
};
use crate::{Ticket, UserId};

fn ticket(seed: u8) -> Ticket {
    Ticket::generate(&[seed; Ticket::RANDOM_LENGTH])
}

fn session() -> Session {
    let user = UserId::parse("555000000101").unwrap();
    Session {
        sid: ticket(1).expose().to_owned(),
        client_id: "uid=555000000101,ou=People,o=nhs".to_owned(),
        client_domain: "o=nhs".to_owned(),
        max_minutes: 600,
        max_idle_minutes: 10,
        max_caching_minutes: 1,
        idle_seconds: 3,
        left_seconds: 35_000,
        state: SessionState::Valid,
        properties: Session::validity_properties(&ticket(1), &user),
    }
}

fn trip(outcome: Outcome) -> Outcome {
    let response = SessionResponse { set_id: 7, request_id: 2, outcome };
    let read = SessionResponse::read(response.write().unwrap().as_bytes()).unwrap();
    assert_eq!((read.set_id, read.request_id), (7, 2));
    read.outcome
}

#[test]
fn the_request_of_a_known_client_is_read() {
    let body = format!(
        "<RequestSet vers=\"1.0\" svcid=\"session\" reqid=\"1\"><Request><![CDATA[\n \
         <SessionRequest vers=\"1.0\" reqid=\"0\"><GetSession reset=\"true\"><SessionID>{}\
         </SessionID></GetSession></SessionRequest>\n]]></Request></RequestSet>",
        ticket(1).expose()
    );
    let request = SessionRequest::read(body.as_bytes()).unwrap();
    assert_eq!((request.set_id, request.request_id), (1, 0));
    match request.operation {
        Operation::GetSession { ticket: asked, reset: true } => {
            assert_eq!(asked.expose(), ticket(1).expose());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_request_survives_the_trip() {
    for operation in [
        Operation::GetSession { ticket: ticket(1), reset: false },
        Operation::GetSession { ticket: ticket(1), reset: true },
        Operation::Logout { ticket: ticket(1) },
        Operation::DestroySession { ticket: ticket(1), target: ticket(2) },
        Operation::GetValidSessions { ticket: ticket(1), pattern: None },
        Operation::GetValidSessions { ticket: ticket(1), pattern: Some("5550*".to_owned()) },
        Operation::AddSessionListener {
            ticket: ticket(1),
            url: "https://ward.example/notify?a=1&b=<2>".to_owned(),
        },
    ] {
        let request = SessionRequest { set_id: 5, request_id: 9, operation };
        let written = request.write().unwrap();
        let read = SessionRequest::read(written.as_bytes()).unwrap();
        assert_eq!(read.write().unwrap(), written);
    }
}

#[test]
fn every_response_survives_the_trip() {
    assert!(matches!(trip(Outcome::LoggedOut), Outcome::LoggedOut));
    assert!(matches!(trip(Outcome::Destroyed), Outcome::Destroyed));
    assert!(matches!(trip(Outcome::ListenerAdded), Outcome::ListenerAdded));
    for complete in [true, false] {
        let sessions = vec![session(), Session { sid: "another".to_owned(), ..session() }];
        match trip(Outcome::Sessions { sessions, complete }) {
            Outcome::Sessions { sessions, complete: read } => {
                assert_eq!(read, complete);
                assert!(sessions[0] == session() && sessions[1].sid == "another");
            }
            _ => panic!("not sessions"),
        }
    }
    let failed = Outcome::Exception {
        operation: "GetSession".to_owned(),
        message: "Invalid <session> & ]]> ID".to_owned(),
    };
    match trip(failed) {
        Outcome::Exception { operation, message } => {
            assert_eq!(
                (operation.as_str(), message.as_str()),
                ("GetSession", "Invalid <session> & ]]> ID")
            );
        }
        _ => panic!("not an exception"),
    }
    match trip(Outcome::Session(Box::new(session()))) {
        Outcome::Session(read) => assert!(*read == session()),
        _ => panic!("not a session"),
    }
}

#[test]
fn a_set_is_read_and_answered_in_its_order() {
    let one = |operation: &str| {
        let id = format!("<SessionID>{}</SessionID>", ticket(1).expose());
        let request = format!("<{operation}>{id}</{operation}>");
        format!(
            "<Request><![CDATA[<SessionRequest reqid='3'>{request}</SessionRequest>]]></Request>"
        )
    };
    let set = |inner: &str| format!("<RequestSet reqid='9'>{inner}</RequestSet>");
    let body = set(&(one("GetSession") + &one("Logout")));
    let requests = SessionRequest::read_set(body.as_bytes()).unwrap();
    assert!(matches!(requests[0].operation, Operation::GetSession { reset: false, .. }));
    assert!(matches!(requests[1].operation, Operation::Logout { .. }));
    assert_eq!(requests.len(), 2);
    assert_eq!(SessionRequest::read(body.as_bytes()).unwrap_err(), SessionServiceError::TooMany);
    let full = set(&one("Logout").repeat(MAX_REQUESTS));
    assert_eq!(SessionRequest::read_set(full.as_bytes()).unwrap().len(), MAX_REQUESTS);
    let over = set(&one("Logout").repeat(MAX_REQUESTS + 1));
    assert_eq!(
        SessionRequest::read_set(over.as_bytes()).unwrap_err(),
        SessionServiceError::TooMany
    );

    let response = |request_id, outcome| SessionResponse { set_id: 9, request_id, outcome };
    let all = [response(3, Outcome::Destroyed), response(4, Outcome::LoggedOut)];
    let written = SessionResponse::write_set(9, &all).unwrap();
    let (destroyed, out) = (written.find("Destroy").unwrap(), written.find("Logout").unwrap());
    assert!(destroyed < out && written.matches("<Response>").count() == 2, "{written}");
}

#[test]
fn a_notification_survives_the_trip() {
    for (number, kind) in [
        (1, NotificationKind::IdleTimeout),
        (2, NotificationKind::MaxTimeout),
        (3, NotificationKind::Logout),
        (5, NotificationKind::Destroy),
    ] {
        let session = Session { state: SessionState::Destroyed, ..session() };
        let sent = SessionNotification { id: 12, session, kind, at: 1_795_426_200_123 };
        let written = sent.write().unwrap();
        assert!(written.contains(&format!("<Type>{number}</Type>")), "{written}");
        assert!(SessionNotification::read(written.as_bytes()).unwrap() == sent);
        for (from, to) in [("<Type>", "<Type>9"), ("<Time>", "<Time>x"), ("session", "sessions")] {
            let changed = written.replacen(from, to, 1);
            assert!(SessionNotification::read(changed.as_bytes()).is_err(), "{changed}");
        }
    }
}

#[test]
fn clients_that_look_by_pattern_find_the_session() {
    let outcome = Outcome::Session(Box::new(session()));
    let body = SessionResponse { set_id: 1, request_id: 0, outcome }.write().unwrap();
    let handle =
        format!("<Property name=\"SessionHandle\" value=\"shandle:{}\">", ticket(1).expose());
    assert!(body.contains(&handle), "{body}");
    assert!(body.contains("<Property name=\"UserId\" value=\"555000000101\">"), "{body}");
}

#[test]
fn a_session_is_valid_only_for_its_ticket_and_state() {
    let user = UserId::parse("555000000101").unwrap();
    assert_eq!(session().valid_for(&ticket(1)), Some(user));
    assert_eq!(session().valid_for(&ticket(2)), None);
    for state in [SessionState::Destroyed, SessionState::Inactive, SessionState::Invalid] {
        assert_eq!(Session { state, ..session() }.valid_for(&ticket(1)), None);
    }
    let mut doubled = session();
    doubled.properties.push(("UserId".to_owned(), "555000000102".to_owned()));
    assert_eq!(doubled.valid_for(&ticket(1)), None);
    assert_eq!(Session { properties: vec![], ..session() }.valid_for(&ticket(1)), None);
}

#[test]
fn what_is_no_request_is_refused() {
    let wrap = |inner: &str| {
        format!("<RequestSet reqid='1'><Request><![CDATA[{inner}]]></Request></RequestSet>")
    };
    let id = format!("<SessionID>{}</SessionID>", ticket(1).expose());
    let request =
        |operation: &str| wrap(&format!("<SessionRequest reqid='0'>{operation}</SessionRequest>"));
    for (body, error) in [
        ("<X reqid='1'/>".to_owned(), SessionServiceError::Malformed("RequestSet")),
        ("<RequestSet reqid='x'/>".to_owned(), SessionServiceError::Malformed("reqid")),
        ("<RequestSet reqid='1'/>".to_owned(), SessionServiceError::Malformed("Request")),
        (wrap("<X/>"), SessionServiceError::Malformed("SessionRequest")),
        (request(""), SessionServiceError::Malformed("SessionRequest")),
        (
            request(&format!("<Logout>{id}</Logout><Logout>{id}</Logout>")),
            SessionServiceError::Malformed("SessionRequest"),
        ),
        (request("<Logout/>"), SessionServiceError::Malformed("SessionID")),
        (
            request(&format!("<Logout>{id}{id}</Logout>")),
            SessionServiceError::Malformed("SessionID"),
        ),
        (
            request(&format!("<GetSession reset='maybe'>{id}</GetSession>")),
            SessionServiceError::Malformed("reset"),
        ),
        (
            request(&format!("<DestroySession>{id}</DestroySession>")),
            SessionServiceError::Malformed("DestroySessionID"),
        ),
        (
            request(&format!("<AddSessionListener>{id}</AddSessionListener>")),
            SessionServiceError::Malformed("URL"),
        ),
        (
            request(&format!("<AddSessionListener>{id}<URL> </URL></AddSessionListener>")),
            SessionServiceError::Malformed("URL"),
        ),
        (
            request(&format!("<SetProperty>{id}</SetProperty>")),
            SessionServiceError::OperationUnknown,
        ),
    ] {
        assert_eq!(SessionRequest::read(body.as_bytes()).unwrap_err(), error, "{body}");
    }
    for body in [
        "<!DOCTYPE RequestSet><RequestSet/>".to_owned(),
        wrap("<!DOCTYPE SessionRequest [<!ENTITY a 'b'>]><SessionRequest/>"),
    ] {
        assert!(
            matches!(SessionRequest::read(body.as_bytes()), Err(SessionServiceError::Xml(_))),
            "{body}"
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = SessionRequest::read(&octets);
        let _ = SessionRequest::read_set(&octets);
        let _ = SessionResponse::read(&octets);
        let _ = SessionNotification::read(&octets);
    }
}
