//! Whole flows over TLS, against a server as `serve` runs it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "each of these tests has use for another part")]
mod support;

use support::{
    agent::{APP, Session, World, device},
    card::{Asked, Card, order, proof_header},
};
use wardkey_identity::demo::{PersonOrder, PersonPurpose};
use wardkey_spine::{
    ErrorCode, LogSessionId, LogoutRequest, Message as _, STATUS_OK, Ticket, UnixTime, UserId,
    assertion::{AssertionError, Audience, Expected, read_unsigned, read_verified},
    role_assertion_path, role_selection_path,
    session_service::{Operation, Outcome, SessionRequest, SessionResponse},
};

const AMIRA: &str = "555000000101";
const TOM: &str = "555000000102";
const ROSA: &str = "555000000103";
const TOMS_ROLE: &str = "555900000103";

fn logout(world: &World, ticket: &Ticket, uid: &str, get: bool) -> (u16, String) {
    let body = LogoutRequest {
        sso_ticket: Ticket::parse(ticket.expose()).unwrap(),
        log_session_id: LogSessionId::parse("AbCdEfGhIj").unwrap(),
        device_id: device(),
        uid: UserId::parse(uid).unwrap(),
    };
    let body = body.write().unwrap();
    let path = "/login/authlogout";
    let reply = if get { world.get_with_body(path, &body) } else { world.post(path, &body) };
    (reply.status, reply.body)
}

fn service(world: &World, operation: Operation) -> Outcome {
    let request = SessionRequest { set_id: 1, request_id: 0, operation };
    let reply = world.post("/amserver/sessionservice", &request.write().unwrap());
    assert_eq!(reply.status, 200, "{reply:?}");
    SessionResponse::read(reply.body.as_bytes()).unwrap().outcome
}

fn get_session(world: &World, ticket: &Ticket) -> Option<String> {
    let asked = Ticket::parse(ticket.expose()).unwrap();
    match service(world, Operation::GetSession { ticket: asked, reset: true }) {
        Outcome::Session(session) => session.valid_for(ticket).map(|uid| uid.to_string()),
        Outcome::Exception { operation, message } => {
            assert_eq!((operation.as_str(), message.as_str()), ("GetSession", "no valid session"));
            None
        }
        _ => panic!("another answer"),
    }
}

/// A ticket that is not valid any more is answered like one that nobody ever had.
fn assert_invalid(world: &World, ticket: &Ticket) {
    assert_eq!(get_session(world, ticket), None);
    let asked = world.get(&role_assertion_path(ticket));
    let nobodys = Ticket::generate(&[1; Ticket::RANDOM_LENGTH]);
    let unknown = world.get(&role_assertion_path(&nobodys));
    assert_eq!((asked.status, unknown.status), (403, 403));
    for reply in [asked, unknown] {
        assert!(reply.body.contains("<samlp:StatusMessage>no valid session<"), "{reply:?}");
        let read = read_unsigned(reply.body.as_bytes());
        assert_eq!(read, Err(AssertionError::Refused("samlp:Requester".to_owned())));
    }
}

#[test]
fn from_login_to_logout() {
    let world = World::start();
    let card = world.card(TOM);
    let mut session = world.sign_in(TOM, &card);
    assert_eq!(session.response.cn, "Lindqvist Tom Mr");
    assert_eq!(session.response.roles.len(), 3);
    assert_eq!(session.response.roles[0].organisation(), "FELLSIDE & DALE SURGERY");
    assert_eq!(session.response.session.as_ref().unwrap().lease_seconds, 30);
    assert!(session.response.sso_logout_url.starts_with(&world.address));
    let error_page = session.response.error_url.strip_prefix(&world.address).unwrap();
    let shown = world.get(&format!("{error_page}?error_text=%3Cscript%3E"));
    assert_eq!((shown.status, shown.content_type.as_str()), (200, "text/html; charset=utf-8"));
    assert!(shown.body.contains("You are not signed in"), "{shown:?}");
    assert!(!shown.body.contains("script"), "{shown:?}");

    let reply = world.prove(&mut session, "ticket", Some(APP));
    assert_eq!((reply.status, reply.body.as_str()), (409, r#"{"error":"role_required"}"#));
    let reply = world.get(&role_selection_path(&session.ticket, TOMS_ROLE));
    assert_eq!((reply.status, reply.body.as_str()), (200, STATUS_OK));
    assert_eq!(reply.cache_control, "no-store");

    let reply = world.prove(&mut session, "lease", None);
    assert_eq!(reply.body, r#"{"state":"active","leaseSeconds":30}"#);
    let child = world.child(&mut session);
    assert_eq!(get_session(&world, &child).as_deref(), Some(TOM));

    let response = world.get(&role_assertion_path(&child));
    assert_eq!((response.status, response.cache_control.as_str()), (200, "no-store"));
    assert!(!response.body.contains(session.ticket.expose()));
    let expected = Expected {
        now: UnixTime::from_seconds(world.now().millis() / 1000),
        audience: Audience::RelyingParty(APP),
    };
    let key = world.assertion_key();
    let pending = read_verified(response.body.as_bytes(), &key, &expected).unwrap();
    let answers: Vec<bool> = pending.obligations().iter().map(|owed| owed.discharge()).collect();
    let assertion = pending.conclude(&answers).unwrap();
    assert_eq!(assertion.issuer, world.address);
    assert_eq!(assertion.person.session_role, TOMS_ROLE);
    assert_eq!(assertion.session_role().unwrap().job_role_code, "S8000:G8000:R8001");

    assert_eq!(logout(&world, &child, TOM, false).0, 403, "a child ends nothing");
    assert_eq!(logout(&world, &session.ticket, TOM, false), (200, STATUS_OK.to_owned()));
    assert_invalid(&world, &child);
    assert_invalid(&world, &session.ticket);
    let reply = world.prove(&mut session, "lease", None);
    assert_eq!((reply.status, reply.body.as_str()), (403, r#"{"error":"session_ended"}"#));
}

#[test]
fn an_assertion_says_all_that_the_directory_knows_and_nothing_empty() {
    let world = World::start();
    let said = |session: &Session| {
        let reply = world.get(&role_assertion_path(&session.ticket));
        assert_eq!(reply.status, 200, "{reply:?}");
        attributes(&reply.body)
    };
    let owned = |table: &[(&str, &[&str])]| -> Vec<(String, Vec<String>)> {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        table.iter().map(|(name, of)| ((*name).to_owned(), values(of))).collect()
    };
    let amira = world.sign_in(AMIRA, &world.card(AMIRA));
    let expected = owned(&[
        ("ssbAssertionVersion", &["1.1"]),
        ("cn", &["Okafor Amira Dr"]),
        ("uid", &[AMIRA]),
        ("nhsOcsPrCode", &["G9990101"]),
        ("ssbSessionRoleUid", &["555900000101"]),
        ("ssbMode", &["0"]),
        ("nhsIdCode", &["Z9901"]),
        ("o", &["FELLSIDE & DALE SURGERY"]),
        ("nhsBusinessFunctions", &["Independent Prescribing", "View Detailed Health Records"]),
        ("nhsBusinessFunctionsCodes", &["B0420", "B0360"]),
        ("nhsJobRole", &["\"Clinical\":\"Clinical Provision\":\"Independent Prescriber GP\""]),
        ("uniqueIdentifier", &["555900000101"]),
        ("nhsJobRoleCode", &["S8000:G8000:R8000"]),
    ]);
    assert_eq!(said(&amira), expected);

    let tom = world.sign_in(TOM, &world.card(TOM));
    assert_eq!(world.get(&role_selection_path(&tom.ticket, TOMS_ROLE)).body, STATUS_OK);
    let nurse = "\"Clinical\":\"Clinical Provision\":\"Nurse Access Role\"";
    let clerk = "\"Admin and Clerical\":\"Administration\":\"Admin/Clinical Support Access Role\"";
    let expected = owned(&[
        ("ssbAssertionVersion", &["1.1"]),
        ("cn", &["Lindqvist Tom Mr"]),
        ("uid", &[TOM]),
        ("ssbSessionRoleUid", &[TOMS_ROLE]),
        ("ssbMode", &["0"]),
        ("nhsIdCode", &["Z9901"]),
        ("o", &["FELLSIDE & DALE SURGERY"]),
        ("nhsBusinessFunctions", &["View Patient Medication"]),
        ("nhsBusinessFunctionsCodes", &["B0401"]),
        ("nhsJobRole", &[nurse]),
        ("uniqueIdentifier", &["555900000102"]),
        ("nhsJobRoleCode", &["S8000:G8000:R8001"]),
        ("nhsIdCode", &["Z99H2"]),
        ("o", &["HARBOUR LANE HOSPITAL"]),
        ("nhsBusinessFunctions", &["View Patient Medication"]),
        ("nhsBusinessFunctionsCodes", &["B0401"]),
        ("nhsAreaOfWork", &["\"Medicine\":\"Medicine\":\"Acute Medicine\""]),
        ("nhsAreaOfWorkCodes", &["P9901:Q9901:T9901"]),
        ("nhsWorkGroups", &["Harbour Lane ward 3"]),
        ("nhsWorkGroupsCodes", &["555700000101"]),
        ("nhsJobRole", &[nurse]),
        ("uniqueIdentifier", &[TOMS_ROLE]),
        ("nhsJobRoleCode", &["S8000:G8000:R8001"]),
        ("nhsIdCode", &["Z99H2"]),
        ("o", &["HARBOUR LANE HOSPITAL"]),
        ("nhsBusinessFunctions", &["Amend Patient Demographics", "Local System Administration"]),
        ("nhsBusinessFunctionsCodes", &["B0825", "B0062"]),
        ("nhsJobRole", &[clerk]),
        ("uniqueIdentifier", &["555900000104"]),
        ("nhsJobRoleCode", &["S8001:G8002:R8008"]),
    ]);
    assert_eq!(said(&tom), expected);
}

/// Name and values of each attribute, in the order of the response.
fn attributes(response: &str) -> Vec<(String, Vec<String>)> {
    let until = |text: &str, end: &str| text.split_once(end).unwrap().0.to_owned();
    let plain = |text: String| {
        assert!(!text.contains('<'), "{text}");
        text.replace("&quot;", "\"").replace("&amp;", "&")
    };
    let read = |attribute: &str| {
        let attribute = until(attribute, "</saml:Attribute>");
        let values = attribute.split("<saml:AttributeValue>").skip(1);
        let values = values.map(|value| plain(until(value, "</saml:AttributeValue>")));
        (until(&attribute, "\""), values.collect())
    };
    response.split("<saml:Attribute AttributeName=\"").skip(1).map(read).collect()
}

#[test]
fn a_child_rules_nothing_and_older_agents_log_out_by_get() {
    let world = World::start();
    let card = world.card(AMIRA);
    let mut session = world.sign_in(AMIRA, &card);
    let child = world.child(&mut session);
    let reply = world.get(&role_selection_path(&child, "555900000101"));
    assert_eq!(reply.status, 403);
    assert!(reply.body.contains("<STATUS>FAILED</STATUS>"), "{reply:?}");
    let same = |ticket: &Ticket| Ticket::parse(ticket.expose()).unwrap();
    for operation in [
        Operation::Logout { ticket: same(&child) },
        Operation::DestroySession { ticket: same(&child), target: same(&session.ticket) },
    ] {
        assert!(matches!(service(&world, operation), Outcome::Exception { .. }));
    }
    assert_eq!(get_session(&world, &child).as_deref(), Some(AMIRA));
    assert_eq!(logout(&world, &session.ticket, AMIRA, true), (200, STATUS_OK.to_owned()));
    assert_invalid(&world, &child);
}

fn evil(asked: Asked<'_>) -> Asked<'_> {
    Asked { server: "https://evil.example", ..asked }
}

fn other(asked: Asked<'_>) -> Asked<'_> {
    Asked { transaction: "ZZZZZZZZZZ", ..asked }
}

#[test]
fn an_answer_works_once_for_one_server_and_one_login() {
    let world = World::start();
    let card = world.card(AMIRA);
    let code = |request| world.validate(&request).err().map(|refusal| refusal.code);
    let right = world.request(AMIRA, &card, |asked| asked);
    assert_eq!(code(right.clone()), None);
    assert_eq!(code(right), Some(ErrorCode::ChallengeInvalid));

    assert_eq!(code(world.request(AMIRA, &card, evil)), Some(ErrorCode::LoginRefused));
    assert_eq!(code(world.request(AMIRA, &card, other)), Some(ErrorCode::LoginRefused));
    let mut moved = world.request(AMIRA, &card, |asked| asked);
    moved.log_session_id = LogSessionId::parse("ZZZZZZZZZZ").unwrap();
    assert_eq!(code(moved), Some(ErrorCode::ChallengeInvalid));
    let late = world.request(AMIRA, &card, |asked| asked);
    world.pass(121);
    assert_eq!(code(late), Some(ErrorCode::ChallengeInvalid));
}

#[test]
fn each_fault_of_card_and_user_has_its_code() {
    let world = World::start();
    let refused = |uid: &str, card: &Card| {
        let refusal = world.validate(&world.request(uid, card, |asked| asked)).unwrap_err();
        assert!(refusal.text.starts_with("Failed To Validate: "), "{refusal:?}");
        refusal.code
    };
    let issue = |order: PersonOrder| {
        let card = Card::issue(&world.demo(), &order, world.now());
        world.register(AMIRA, &card);
        card
    };
    let expired = issue(PersonOrder { expired: true, ..order(AMIRA) });
    assert_eq!(refused(AMIRA, &expired), ErrorCode::CertificateExpired);
    let wrong = issue(PersonOrder { wrong_usage: true, ..order(AMIRA) });
    assert_eq!(refused(AMIRA, &wrong), ErrorCode::CertificateWrongUsage);
    let content = issue(PersonOrder { purpose: PersonPurpose::Content, ..order(AMIRA) });
    assert_ne!(refused(AMIRA, &content), ErrorCode::LoginRefused);

    let revoked = issue(order(AMIRA));
    world.sign_in(AMIRA, &revoked);
    world.demo().revoke(&revoked.certificate.to_pem(), world.now()).unwrap();
    assert_eq!(refused(AMIRA, &revoked), ErrorCode::CertificateRevoked);

    let elsewhere = World::start();
    let untrusted = elsewhere.card(AMIRA);
    world.register(AMIRA, &untrusted);
    assert_eq!(refused(AMIRA, &untrusted), ErrorCode::CertificateUntrusted);

    assert_eq!(refused(ROSA, &world.card(ROSA)), ErrorCode::LoginRefused);
    assert_eq!(refused(TOM, &issue(order(AMIRA))), ErrorCode::LoginRefused);
    let stranger = "555000000999";
    assert_eq!(refused(stranger, &world.card(stranger)), ErrorCode::UserUnknown);

    world.pass(25 * 3600);
    assert_eq!(refused(AMIRA, &issue(order(AMIRA))), ErrorCode::RevocationUnavailable);
}

#[test]
fn a_proof_works_once_and_a_lapsed_lease_suspends() {
    let world = World::start();
    let card = world.card(AMIRA);
    let mut session = world.sign_in(AMIRA, &card);
    let child = world.child(&mut session);
    world.pass(29);
    assert_eq!(world.prove(&mut session, "lease", None).status, 200);
    session.sequence -= 1;
    let replayed = world.prove(&mut session, "lease", None);
    assert_eq!((replayed.status, replayed.body.as_str()), (401, r#"{"error":"proof_invalid"}"#));
    assert_eq!(get_session(&world, &child).as_deref(), Some(AMIRA));

    world.pass(31);
    assert_invalid(&world, &child);
    let lapsed = world.prove(&mut session, "lease", None);
    assert_eq!((lapsed.status, lapsed.body.as_str()), (403, r#"{"error":"session_suspended"}"#));

    // The card brings the session back, with a new ticket.
    let mut request = world.request(AMIRA, &card, |asked| asked);
    request.resume_session = Some(session.id.clone());
    let reply = world.post("/login/authvalidate", &request.write().unwrap());
    assert_eq!(reply.status, 200, "{reply:?}");
    let resumed = wardkey_spine::ValidateResponse::read(reply.body.as_bytes()).unwrap();
    assert_eq!(resumed.session.unwrap().id, session.id);
    assert_eq!(get_session(&world, &resumed.sso_ticket).as_deref(), Some(AMIRA));
    assert_invalid(&world, &session.ticket);
    assert_eq!(world.prove(&mut session, "lock", None).body, r#"{"state":"locked"}"#);
    assert_invalid(&world, &resumed.sso_ticket);
    assert_eq!(world.prove(&mut session, "end", None).body, r#"{"state":"ended"}"#);
}

#[test]
fn no_input_gets_more_than_a_refusal() {
    let world = World::start();
    let doctype = "<!DOCTYPE gpOBJECT [<!ENTITY a 'b'>]><gpOBJECT/>";
    for body in ["", "x", "<gpOBJECT>", doctype, "\u{0}\u{1}"] {
        for path in ["/login/authactivate", "/login/authvalidate", "/login/authlogout"] {
            let reply = world.post(path, body);
            assert!((400..500).contains(&reply.status), "{path} {reply:?}");
            assert_eq!(reply.cache_control, "no-store");
            assert!(reply.body.contains("Invalid input request: "), "{path} {reply:?}");
        }
        for path in ["/wardkey/session", "/amserver/sessionservice"] {
            let reply = world.post(path, body);
            assert!((400..500).contains(&reply.status), "{path} {reply:?}");
        }
    }
    // The server does not wait for the rest of it, so the client may find the connection cut.
    let huge = world.try_post("/wardkey/session", &"x".repeat(200 * 1024));
    assert!(huge.is_none_or(|reply| reply.status == 413));
    for query in ["", "?token=", "?token=%zz", "?token=a&token=b", "?token=x%00y"] {
        assert_eq!(world.get(&format!("/saml/RoleAssertion{query}")).status, 403, "{query}");
        assert_eq!(world.get(&format!("/saml/RoleSelectionGP.jsp{query}")).status, 401, "{query}");
    }
    let token = world.card(AMIRA);
    let session = world.sign_in(AMIRA, &token);
    let unsigned = session.key.prove(&proof_header(&session.id).replace("ES256", "none"), "{}");
    assert_eq!(world.post("/wardkey/session", &unsigned).status, 401);
    assert_eq!(world.get("/nowhere").status, 404);
    assert_eq!(world.get("/login/authactivate").status, 405);
    assert_eq!(world.get("/health").body, "ok");
}

#[test]
fn a_client_that_offers_http_2_gets_http_1() {
    let world = World::start();
    assert_eq!(world.negotiated(&["h2", "http/1.1"]).as_deref(), Some("http/1.1"));
}

#[test]
fn the_revocation_lists_are_served_in_the_clear() {
    let world = World::start();
    for list in ["root", "login", "content"] {
        let (status, der) = world.get_octets(&format!("{}/crl/{list}.crl", world.crl_address));
        assert_eq!(status, 200);
        assert!(wardkey_pki::Crl::from_der(&der).unwrap().is_current(world.now().to_unix()));
    }
    let card = world.card(AMIRA);
    let named = format!("{}/crl/login.crl", world.crl_address);
    assert_eq!(card.certificate.crl_urls(), [named.as_str()]);
    for path in ["/crl/none.crl", "/crl/..%2Ftls.key.pem", "/crl/.crl", "/crl/login.key", "/"] {
        let (status, _) = world.get_octets(&format!("{}{path}", world.crl_address));
        assert_eq!(status, 404, "{path}");
    }
}
