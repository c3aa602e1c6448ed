//! The card login, from challenge to session.

use super::*;

pub(super) async fn from_login_to_logout(world: World) {
    let card = world.card(AMIRA).await;
    let key = SessionKey::new(7);
    let request = world.request(AMIRA, &card, &key).await;
    let response = world.validate(&request).await.unwrap();
    assert_eq!(response.cn, "Okafor Amira Dr");
    assert_eq!(response.roles[0].id, "555900000101");
    assert_eq!(response.roles[0].name().unwrap().role, "Independent Prescriber GP");
    assert_eq!(response.sso_logout_url, "https://localhost:8443/login/authlogout");
    let session = response.session.unwrap();
    assert_eq!(session.lease_seconds, 30);
    let (id, uid) = (session.id, AMIRA.to_owned());
    let mut agent = Agent { id, uid, ticket: response.sso_ticket, key, sequence: 0 };

    let child = world.child(&mut agent).await;
    let spki = world.identity.rules.assertion_key.spki().to_vec();
    let expected = Expected {
        now: wardkey_spine::UnixTime::from_seconds(testing::NOW.millis() / 1000),
        audience: Audience::RelyingParty(APP),
    };
    let response = world.assertion(&child).await.unwrap();
    assert!(!response.contains(agent.ticket.expose()) && !response.contains(child.expose()));
    let pending = read_verified(response.as_bytes(), &spki, &expected).unwrap();
    let answers: Vec<bool> = pending.obligations().iter().map(|owed| owed.discharge()).collect();
    let assertion = pending.conclude(&answers).unwrap();
    assert_eq!(assertion.issuer, SERVER);
    assert_eq!(assertion.person.uid.as_str(), AMIRA);
    assert_eq!(assertion.session_role().unwrap().business_function_codes, ["B0420", "B0360"]);

    world.logout(&agent.ticket, &agent.uid).await.unwrap();
    world.assert_invalid(&child).await;
    world.assert_invalid(&agent.ticket).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionEnded));
}

pub(super) async fn a_challenge_has_the_shape_of_the_spine(world: World) {
    let (one, two) = (world.activate().await, world.activate().await);
    assert_eq!(one.challenge.len(), 48);
    assert_eq!(one.challenge[20..28], testing::NOW.millis().to_be_bytes());
    assert_ne!(one.challenge[..20], two.challenge[..20]);
    assert_ne!(one.challenge[28..], two.challenge[28..]);
    assert_ne!(one.signature, two.signature);
    let login = one.login.unwrap();
    assert_eq!((login.server.as_str(), login.label.as_str()), (SERVER, "wardkey-login:1"));
}

pub(super) async fn a_challenge_works_once_and_for_its_own_login(world: World) {
    let card = world.card(AMIRA).await;
    let key = SessionKey::new(7);
    let code = async |request: &ValidateRequest| {
        world.validate(request).await.err().map(|refusal| refusal.code)
    };
    let request = world.request(AMIRA, &card, &key).await;
    assert_eq!(code(&request).await, None);
    assert_eq!(code(&request).await, Some(ErrorCode::ChallengeInvalid));

    let mut forged = world.request(AMIRA, &card, &key).await;
    forged.signature[5] ^= 1;
    assert_eq!(code(&forged).await, Some(ErrorCode::ChallengeInvalid));
    forged.signature[5] ^= 1;
    assert_eq!(code(&forged).await, Some(ErrorCode::ChallengeInvalid), "used up by the forgery");

    let mut moved = world.request(AMIRA, &card, &key).await;
    moved.log_session_id = LogSessionId::parse("ZZZZZZZZZZ").unwrap();
    assert_eq!(code(&moved).await, Some(ErrorCode::ChallengeInvalid));

    let late = world.request(AMIRA, &card, &key).await;
    world.pass(120);
    assert_eq!(code(&late).await, Some(ErrorCode::ChallengeInvalid));
    let in_time = world.request(AMIRA, &card, &key).await;
    world.pass(119);
    assert_eq!(code(&in_time).await, None);

    let mut unknown = world.request(AMIRA, &card, &key).await;
    unknown.challenge = vec![1; 48];
    assert_eq!(code(&unknown).await, Some(ErrorCode::ChallengeInvalid));
}

pub(super) async fn an_answer_serves_no_other_server_transaction_or_key(world: World) {
    let card = world.card(AMIRA).await;
    let key = SessionKey::new(7);
    type Answer = fn(Asked<'_>, &Card, &SessionKey) -> Vec<u8>;
    let answers: [Answer; 4] = [
        |asked, card, key| card.answer(Asked { server: "https://evil.example", ..asked }, key),
        |asked, card, key| card.answer(Asked { transaction: "ZZZZZZZZZZ", ..asked }, key),
        |asked, card, key| {
            let mut answer = card.answer(asked, key);
            *answer.last_mut().unwrap() ^= 1;
            answer
        },
        |asked, card, key| card.answer(Asked { challenge: &[9; 48], ..asked }, key),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let mut request = world.request(AMIRA, &card, &key).await;
        let challenge = request.challenge.clone();
        let transaction = request.log_session_id.clone();
        let asked =
            Asked { challenge: &challenge, server: SERVER, transaction: transaction.as_str() };
        request.response = answer(asked, &card, &key);
        let expected =
            if number == 3 { ErrorCode::ChallengeInvalid } else { ErrorCode::LoginRefused };
        assert_eq!(world.validate(&request).await.unwrap_err().code, expected, "{number}");
    }
    let mut request = world.request(AMIRA, &card, &key).await;
    request.response = b"no structure".to_vec();
    assert_eq!(world.validate(&request).await.unwrap_err().code, ErrorCode::RequestMalformed);
}

pub(super) async fn each_fault_of_a_certificate_has_its_code(world: World) {
    let issue = async |change: fn(&mut PersonOrder)| {
        let mut order = order(AMIRA);
        change(&mut order);
        let card = Card::issue(&world.demo(), &order, testing::NOW);
        world.register(AMIRA, &card).await;
        card
    };
    let expired = issue(|order| order.expired = true).await;
    assert_eq!(world.refused(AMIRA, &expired).await, ErrorCode::CertificateExpired);
    let wrong = issue(|order| order.wrong_usage = true).await;
    assert_eq!(world.refused(AMIRA, &wrong).await, ErrorCode::CertificateWrongUsage);

    let revoked = issue(|_| ()).await;
    world.demo().revoke(&revoked.certificate.to_pem(), testing::NOW).unwrap();
    assert_eq!(world.refused(AMIRA, &revoked).await, ErrorCode::CertificateRevoked);

    // Of a root with the same names, but not the same keys.
    let other = tempfile::tempdir().unwrap();
    let other_demo = Demo::new(other.path());
    other_demo.init(&testing::init(), testing::NOW, &Ambient).unwrap();
    let foreign = Card::login(&other_demo, AMIRA, testing::NOW);
    world.register(AMIRA, &foreign).await;
    assert_eq!(world.refused(AMIRA, &foreign).await, ErrorCode::CertificateUntrusted);

    let day = 24 * 3600;
    let future = Timestamp::from_millis(testing::NOW.millis() + day * 1000);
    let early = Card::login(&world.demo(), AMIRA, future);
    world.register(AMIRA, &early).await;
    assert_eq!(world.refused(AMIRA, &early).await, ErrorCode::CertificateNotYetValid);

    // The key of a login certificate is used for 70 % of its validity.
    let card = world.card(AMIRA).await;
    world.pass(2 * 365 * day * 7 / 10);
    world.demo().reissue_lists(world.clock.now()).unwrap();
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::CertificateExpired);

    // A certificate for content, which has neither the usage nor the policy, never logs in.
    let content = PersonOrder { purpose: PersonPurpose::Content, ..order(AMIRA) };
    let content = Card::issue(&world.demo(), &content, world.clock.now());
    world.register(AMIRA, &content).await;
    assert_ne!(world.refused(AMIRA, &content).await, ErrorCode::LoginRefused);
}

pub(super) async fn a_login_certificate_has_a_policy_that_is_asked_for(mut world: World) {
    let card = world.card(AMIRA).await;
    let config = Config::read(world.folder.path()).unwrap();
    let of_the_card = config.trust.login_policies.clone();
    let asks = |login_policies| {
        let trust = crate::Trust { login_policies, ..config.trust.clone() };
        LoginTrust::read(&trust).unwrap()
    };
    world.rules().trust = asks(vec!["1.2.3".to_owned(), "1.2.4".to_owned()]);
    let request = world.request(AMIRA, &card, &SessionKey::new(7)).await;
    let refusal = world.validate(&request).await.unwrap_err();
    assert_eq!(refusal.code, ErrorCode::CertificateWrongUsage);
    assert_eq!(
        refusal.text,
        "Failed To Validate: no required certificate policy holds over the path"
    );
    let store = &world.identity.store;
    assert_eq!(store.sessions(None, 9).await.unwrap(), []);
    let log = store.audit_after("main", 0, 99).await.unwrap();
    let told = &log.last().unwrap().event;
    assert_eq!((told.action.as_str(), told.outcome.as_str()), ("login", refusal.code.as_str()));
    assert_eq!(told.uid.as_deref(), Some(AMIRA));
    assert_eq!(told.certificate, Some(card.certificate.sha256_hex()));

    // One of several is enough.
    world.rules().trust = asks([vec!["1.2.3".to_owned()], of_the_card].concat());
    world.sign_in(AMIRA, &card).await;
}

pub(super) async fn a_certificate_is_bound_to_its_user(world: World) {
    let amira = world.card(AMIRA).await;
    assert_eq!(world.refused(TOM, &amira).await, ErrorCode::LoginRefused);
    // Registered by mistake for another than it names.
    let mistaken = Card::login(&world.demo(), AMIRA, testing::NOW);
    world.register(TOM, &mistaken).await;
    assert_eq!(world.refused(TOM, &mistaken).await, ErrorCode::LoginRefused);
    assert_eq!(world.refused(AMIRA, &mistaken).await, ErrorCode::LoginRefused);
    let unregistered = Card::login(&world.demo(), AMIRA, testing::NOW);
    assert_eq!(world.refused(AMIRA, &unregistered).await, ErrorCode::LoginRefused);
    let stranger = world.card("555000000999").await;
    assert_eq!(world.refused("555000000999", &stranger).await, ErrorCode::UserUnknown);

    let rosa = world.card(ROSA).await;
    let request = world.request(ROSA, &rosa, &SessionKey::new(7)).await;
    let refusal = world.validate(&request).await.unwrap_err();
    assert_eq!(refusal.code, ErrorCode::LoginRefused);
    assert_eq!(refusal.text, "Failed To Validate: user has no role profile");
}
